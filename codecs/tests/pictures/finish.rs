//! The changes at the end of a rendering: a cut where most is to be seen, a blur, a colour under transparent parts.

use std::io::Cursor;
use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, RenderError, Turn, render,
};
use image::codecs::gif::{GifDecoder, GifEncoder};
use image::{
    AnimationDecoder, Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage,
};

const PALE: [u8; 3] = [200, 220, 240];

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn recipe((width, height): (u32, u32), finish: Finish, output: Output) -> Recipe {
    Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width,
            height,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish,
        output,
    }
}

fn rendered(encoding: Encoding, file: &[u8], recipe: &Recipe) -> Result<Vec<u8>, RenderError> {
    let budget = Budget {
        pixels: 1_000_000,
        frames: 10,
        output_pixels: 1_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    render(encoding, file, recipe, &budget)
}

fn opened(file: &[u8]) -> RgbaImage {
    image::load_from_memory(file).unwrap().to_rgba8()
}

/// The left half is transparent, and red where nobody sees it; the right half is opaque blue.
fn half_transparent() -> Vec<u8> {
    png(RgbaImage::from_fn(40, 20, |x, _| match x < 20 {
        true => Rgba([250, 0, 0, 0]),
        false => Rgba([0, 0, 250, 255]),
    }))
}

#[test]
fn transparent_parts_have_the_background_in_every_format() {
    let file = half_transparent();
    for output in [
        Output::Jpeg { quality: 95 },
        Output::Webp { quality: 95 },
        Output::Png,
        Output::Gif,
    ] {
        for (background, wanted) in [(Some(PALE), PALE), (None, [255; 3])] {
            let finish = Finish {
                background,
                ..Finish::default()
            };
            let shown = rendered(Encoding::Png, &file, &recipe((40, 20), finish, output));
            let shown = opened(&shown.unwrap());
            let Rgba([red, green, blue, alpha]) = *shown.get_pixel(5, 10);
            let is_flat = background.is_some() || matches!(output, Output::Jpeg { .. });
            assert_eq!(alpha, if is_flat { 255 } else { 0 }, "{output:?}");
            if is_flat {
                for (got, wanted) in [red, green, blue].into_iter().zip(wanted) {
                    assert!(got.abs_diff(wanted) < 12, "{output:?}: {got}, not {wanted}");
                }
            }
            let Rgba([_, _, blue, alpha]) = *shown.get_pixel(35, 10);
            assert!(blue > 235 && alpha == 255, "{output:?}");
        }
    }
}

#[test]
fn a_blur_softens_edges_and_keeps_the_colours() {
    let stripes = png(RgbImage::from_fn(64, 64, |x, _| match x % 8 < 4 {
        true => Rgb([40, 90, 140]),
        false => Rgb([80, 130, 180]),
    }));
    let spread = |blur: u8| {
        let finish = Finish {
            blur,
            ..Finish::default()
        };
        let shown = rendered(
            Encoding::Png,
            &stripes,
            &recipe((64, 64), finish, Output::Png),
        );
        let shown = opened(&shown.unwrap());
        let inner: Vec<u8> = (20..44).map(|x| shown.get_pixel(x, 32).0[0]).collect();
        let sum: u32 = inner.iter().copied().map(u32::from).sum();
        (
            inner.iter().max().unwrap() - inner.iter().min().unwrap(),
            sum / 24,
        )
    };
    let [none, little, much] = [0, 1, 8].map(spread);
    assert_eq!(none.0, 40);
    assert!(
        little.0 < none.0 && much.0 < little.0 / 2,
        "{little:?} {much:?}"
    );
    for (_, mean) in [none, little, much] {
        assert!(mean.abs_diff(60) <= 2, "{mean}");
    }
}

#[test]
fn colours_that_nobody_sees_do_not_bleed_into_a_blur() {
    let finish = Finish {
        blur: 4,
        ..Finish::default()
    };
    let shown = rendered(
        Encoding::Png,
        &half_transparent(),
        &recipe((40, 20), finish, Output::Png),
    );
    for Rgba([red, _, _, alpha]) in opened(&shown.unwrap()).pixels() {
        assert!(*alpha < 8 || *red < 24, "red {red} at alpha {alpha}");
    }
}

/// A grey frame with a striped square at `x`.
fn frame(x: u32) -> RgbaImage {
    RgbaImage::from_fn(120, 40, |column, row| {
        match (x..x + 24).contains(&column) && (8..32).contains(&row) && (column + row) % 8 < 4 {
            true => Rgba([230, 120, 20, 255]),
            false => Rgba([128, 128, 128, 255]),
        }
    })
}

fn has_orange(picture: &RgbaImage) -> bool {
    picture
        .pixels()
        .any(|Rgba([red, _, blue, _])| *red > 200 && *blue < 80)
}

#[test]
fn a_cut_keeps_what_stands_out() {
    for x in [0, 48, 96] {
        let cut = Finish {
            cut: Some((40, 40)),
            ..Finish::default()
        };
        let shown = rendered(
            Encoding::Png,
            &png(frame(x)),
            &recipe((120, 40), cut, Output::Png),
        );
        let shown = opened(&shown.unwrap());
        assert_eq!(shown.dimensions(), (40, 40));
        let orange = shown.pixels().filter(|Rgba([red, ..])| *red > 200).count();
        assert_eq!(orange, 24 * 24 / 2, "all of the square at {x}");
    }
}

/// A frame would jump if each one were cut at a place of its own.
#[test]
fn all_frames_are_cut_at_one_place() {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for x in [96, 0] {
        let shown_for = Delay::from_numer_denom_ms(100, 1);
        encoder
            .encode_frame(Frame::from_parts(frame(x), 0, 0, shown_for))
            .unwrap();
    }
    drop(encoder);
    let cut = Finish {
        cut: Some((40, 40)),
        ..Finish::default()
    };
    let shown = rendered(Encoding::Gif, &file, &recipe((120, 40), cut, Output::Gif)).unwrap();
    let decoder = GifDecoder::new(Cursor::new(&shown)).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    let orange: Vec<_> = frames
        .iter()
        .map(|frame| has_orange(frame.buffer()))
        .collect();
    assert_eq!(orange, [true, false]);
    assert_eq!(frames[1].buffer().dimensions(), (40, 40));
}

#[test]
fn a_cut_that_is_no_part_is_refused() {
    let file = png(frame(0));
    for cut in [(121, 40), (120, 41), (0, 40), (40, 0)] {
        let finish = Finish {
            cut: Some(cut),
            ..Finish::default()
        };
        let refused = rendered(
            Encoding::Png,
            &file,
            &recipe((120, 40), finish, Output::Png),
        );
        assert!(matches!(refused, Err(RenderError::Recipe(_))), "{cut:?}");
    }
    let finish = Finish {
        cut: Some((120, 40)),
        ..Finish::default()
    };
    let turned = Recipe {
        turn: Turn::Quarter,
        ..recipe((120, 40), finish, Output::Png)
    };
    assert!(matches!(
        rendered(Encoding::Png, &file, &turned),
        Err(RenderError::Recipe(_))
    ));
}
