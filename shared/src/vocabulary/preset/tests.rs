use super::*;

fn preset(fit: Fit, formats: &[OutputFormat]) -> Preset {
    Preset {
        fit,
        width: 320,
        height: 240,
        quality: None,
        gravity: Gravity::Center,
        background: None,
        blur: 0,
        watermark: None,
        dpr: Density::ONE,
        eager: false,
        formats: formats.to_vec(),
    }
}

#[test]
fn auto_is_the_best_that_the_viewer_takes() {
    use OutputFormat::{Avif, Jpg, Webp};
    for (offered, best, given) in [
        (&[Avif, Webp, Jpg][..], Avif, Avif),
        (&[Avif, Webp, Jpg], Webp, Webp),
        (&[Avif, Webp, Jpg], Jpg, Jpg),
        (&[Webp, Jpg], Avif, Webp),
        (&[Avif, Jpg], Webp, Jpg),
        (&[Webp], Jpg, Webp),
        (&[Jpg], Avif, Jpg),
    ] {
        assert_eq!(
            preset(Fit::Inside, offered).automatic(best, false),
            given,
            "{offered:?} for {best}"
        );
    }
    for (offered, best, given) in [
        (&[Avif, Webp, Jpg][..], Avif, Webp),
        (&[Avif, Webp, Jpg], Webp, Webp),
        (&[Avif, Webp, Jpg], Jpg, Jpg),
        (&[Avif, Webp], Jpg, Webp),
        (&[Avif, Jpg], Avif, Avif),
    ] {
        let found = preset(Fit::Inside, offered).automatic(best, true);
        assert_eq!(found, given, "an animation, {offered:?} for {best}");
    }
}

#[test]
fn inside_never_enlarges_and_the_others_are_exact() {
    let of = |fit, width, height| preset(fit, &FORMATS).size_of(Dimensions { width, height });
    for (fit, image, size) in [
        (Fit::Inside, (640, 480), (320, 240)),
        (Fit::Inside, (1000, 100), (320, 32)),
        (Fit::Inside, (10, 20), (10, 20)),
        (Fit::Inside, (300, 900), (80, 240)),
        (Fit::Cover, (10, 20), (320, 240)),
        (Fit::Exact, (9000, 20), (320, 240)),
    ] {
        let given = of(fit, image.0, image.1);
        assert_eq!((given.width, given.height), size, "{fit:?} {image:?}");
    }
}

/// A picture that is too small for a density is as blurred on the page as at the others.
#[test]
fn what_is_not_enlarged_for_a_density_is_blurred_as_little() {
    for (fit, image, density, blur) in [
        (Fit::Inside, (3_200, 2_400), 1, 10),
        (Fit::Inside, (3_200, 2_400), 2, 20),
        (Fit::Inside, (320, 240), 2, 10),
        (Fit::Inside, (480, 360), 2, 15),
        (Fit::Inside, (480, 360), 4, 15),
        (Fit::Inside, (10, 20), 4, 10),
        (Fit::Cover, (10, 20), 2, 20),
        (Fit::Exact, (10, 20), 4, 40),
    ] {
        let registered = Preset {
            blur: 10,
            dpr: Density::new(4).unwrap(),
            ..preset(fit, &FORMATS)
        };
        let density = Density::new(density).unwrap();
        let (width, height) = image;
        let given = registered.at(density).unwrap();
        let given = given.for_image(density, Dimensions { width, height });
        assert_eq!(given.blur, blur, "{fit:?} {image:?} {density:?}");
    }
}
