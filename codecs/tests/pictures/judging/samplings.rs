//! Tests sampling factors that are rare and legal (ITU-T T.81, A.1.1).

use super::{accept, case, seed, shown};
use dozo_codecs::Encoding;
use image::RgbImage;
use image::imageops::{FilterType, resize};
use mozjpeg::{ColorSpace, Compress};

/// The sampling factors of luma and the two chromas, horizontal and vertical.
const FACTORS: [[(i32, i32); 3]; 14] = [
    [(3, 1), (1, 1), (1, 1)],
    [(1, 3), (1, 1), (1, 1)],
    [(4, 1), (1, 1), (1, 1)],
    [(1, 4), (1, 1), (1, 1)],
    [(2, 4), (1, 1), (1, 1)],
    [(4, 2), (1, 1), (1, 1)],
    [(1, 1), (2, 2), (1, 1)],
    [(1, 1), (1, 1), (2, 2)],
    [(1, 2), (2, 1), (1, 1)],
    [(2, 1), (1, 2), (2, 2)],
    [(2, 2), (2, 1), (1, 2)],
    [(1, 1), (3, 1), (1, 1)],
    [(2, 2), (1, 1), (2, 2)],
    [(1, 1), (1, 4), (1, 2)],
];

/// A smooth picture, so that every sampling can represent it.
fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let part = |at: u32, of: u32| u8::try_from(40 + at * 170 / of).unwrap();
        image::Rgb([part(x, width), part(y, height), part(width - x, width)])
    })
}

fn sampled(picture: &RgbImage, factors: [(i32, i32); 3], is_progressive: bool) -> Vec<u8> {
    let side = |length: u32| usize::try_from(length).unwrap();
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_size(side(picture.width()), side(picture.height()));
    encoder.set_fastest_defaults();
    encoder.set_quality(95.0);
    if is_progressive {
        encoder.set_progressive_mode();
    }
    for (component, (across, down)) in encoder.components_mut().iter_mut().zip(factors) {
        (component.h_samp_factor, component.v_samp_factor) = (across, down);
    }
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started.write_scanlines(picture.as_raw()).unwrap();
    started.finish().unwrap()
}

/// Asserts that no sample differs by more than the limit.
fn assert_alike(got: &RgbImage, wanted: &RgbImage, limit: u8, what: &str) {
    assert_eq!(got.dimensions(), wanted.dimensions(), "{what}");
    let differences = got
        .iter()
        .zip(wanted.iter())
        .map(|(got, wanted)| got.abs_diff(*wanted));
    let worst = differences.max().unwrap();
    assert!(worst <= limit, "{what}: {worst} levels");
}

#[test]
fn every_sampling_is_shown_at_every_size() {
    for (width, height) in [(96, 64), (97, 61)] {
        let picture = gradient(width, height);
        for factors in FACTORS {
            for is_progressive in [false, true] {
                let what =
                    format!("{factors:?}, {width} × {height}, progressive: {is_progressive}");
                let file = sampled(&picture, factors, is_progressive);
                let file =
                    accept(Encoding::Jpeg, &file).unwrap_or_else(|error| panic!("{what}: {error}"));
                for (reduction, limit) in [(1, 12), (2, 12), (4, 12), (9, 14), (20, 24)] {
                    let got = shown(Encoding::Jpeg, &file, reduction).to_rgb8();
                    let (width, height) = got.dimensions();
                    let wanted = resize(&picture, width, height, FilterType::Triangle);
                    assert_alike(&got, &wanted, limit, &format!("{what}, 1/{reduction}"));
                }
            }
        }
    }
}

/// libjpeg has no upsampling for ratios that are not whole, and neither has any program that uses it.
#[test]
fn a_sampling_that_libjpeg_does_not_show_is_refused() {
    let mut file = sampled(&gradient(96, 64), [(3, 1), (1, 1), (1, 1)], false);
    let frame = file
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    // The second component: its id, factors and table.
    assert_eq!(file[frame + 14], 0x11);
    file[frame + 14] = 0x21;
    assert!(accept(Encoding::Jpeg, &file).is_err());
}

#[test]
fn files_of_others_with_rare_samplings_are_accepted() {
    for file in [
        case("jpeg-sampling-3x1.jpg"),
        seed("sampling-1x1-2x2-1x1.jpg"),
        seed("sampling-3x1-progressive.jpg"),
    ] {
        let file = accept(Encoding::Jpeg, &file).unwrap();
        for reduction in [1, 3, 9, 30] {
            shown(Encoding::Jpeg, &file, reduction);
        }
    }
}
