//! Tests what the judgement of a picture leaves behind: its placeholder, and its preview with the renderings from it.

use std::io::Cursor;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Placeholder, Recipe, Rect, Reduced, RenderError, Turn,
    preview_block, render, render_preview,
};
use dozo_codecs::{Encoding, decode, header};
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 100,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A smooth picture that is different in all of its parts, and at every side.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) / 97.0, f64::from(y) / 71.0);
        let wave = |value: f64| (128.0 + 100.0 * value) as u8;
        Rgb([wave(x.sin()), wave((x + y).cos()), wave((y * 1.7).sin())])
    })
}

fn turned(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let tiff = [
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[orientation, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_exif_metadata(tiff).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    file
}

fn reduced(encoding: Encoding, file: &[u8], block: Option<NonZeroU32>) -> Reduced {
    let header = header::read(encoding, file).unwrap();
    let reduced = decode::reduced(encoding, file, &header, block).unwrap();
    reduced.unwrap()
}

fn placeholder(encoding: Encoding, file: &[u8]) -> Placeholder {
    reduced(encoding, file, None).placeholder().unwrap()
}

/// The greatest and the mean difference of two pictures' values.
fn difference(one: &RgbImage, other: &RgbImage) -> (u8, f64) {
    assert_eq!(one.dimensions(), other.dimensions());
    let all = one.as_raw().iter().zip(other.as_raw());
    let differences: Vec<u8> = all.map(|(one, other)| one.abs_diff(*other)).collect();
    let sum: f64 = differences.iter().map(|value| f64::from(*value)).sum();
    (
        *differences.iter().max().unwrap(),
        sum / differences.len() as f64,
    )
}

fn shown(rendered: &[u8]) -> RgbImage {
    image::load_from_memory(rendered).unwrap().to_rgb8()
}

#[test]
fn previews_have_between_1024_and_1600_pixels_along_their_long_side() {
    for (longest, wanted) in [
        (1, None),
        (2_047, None),
        (2_048, Some(1_024)),
        (3_200, Some(1_600)),
        (3_201, Some(1_067)),
        (4_032, Some(1_344)),
        (6_000, Some(1_500)),
        (16_000, Some(1_600)),
    ] {
        let picture = file(RgbImage::new(4, longest), ImageFormat::Png);
        let header = header::read(Encoding::Png, &picture).unwrap();
        let block = preview_block(&header);
        let preview = block.map(|block| {
            let preview = reduced(Encoding::Png, &picture, Some(block)).preview();
            header::read(Encoding::Jpeg, &preview.unwrap().unwrap()).unwrap()
        });
        assert_eq!(preview.map(|preview| preview.height), wanted, "{longest}");
    }
}

#[test]
fn a_part_of_a_preview_is_the_same_part_of_the_picture_however_it_is_turned() {
    // Neither side is a multiple of the block's.
    let stored = smooth(2_051, 1_103);
    for orientation in 1..=8 {
        let file = turned(&stored, orientation);
        let header = header::read(Encoding::Png, &file).unwrap();
        let size = (header.width, header.height);
        let block = NonZeroU32::new(3).unwrap();
        let preview = reduced(Encoding::Png, &file, Some(block)).preview();
        let preview = preview.unwrap().unwrap();
        let whole = Rect {
            x: 0,
            y: 0,
            width: size.0,
            height: size.1,
        };
        let part = Rect {
            x: 301,
            y: 205,
            width: 700,
            height: 811,
        };
        let corner = Rect {
            x: size.0 - 600,
            y: size.1 - 600,
            width: 600,
            height: 600,
        };
        for crop in [whole, part, corner] {
            let recipe = Recipe {
                crop,
                width: crop.width / 8,
                height: crop.height / 8,
                mirror: true,
                turn: Turn::Quarter,
                // Without the chroma, of which a preview keeps a quarter.
                colour: Colour::Grey,
                finish: Finish::default(),
                output: Output::Jpeg { quality: 100 },
            };
            assert!(recipe.may_use_preview(block));
            let exact = render(Encoding::Png, &file, &recipe, &budget()).unwrap();
            let ours = render_preview(&preview, size, block, &recipe, &budget()).unwrap();
            // A shift by a third of a pixel of the preview is seen: then it is 0.72 at least, and 0.62 at most without one.
            let (most, mean) = difference(&shown(&ours), &shown(&exact));
            assert!(
                most <= 6 && mean < 0.66,
                "orientation {orientation}, {crop:?}: {most} at most, {mean} in the mean"
            );
        }
    }
}

#[test]
fn a_preview_is_for_two_fifths_of_its_size_and_for_formats_that_lose_a_little() {
    let block = NonZeroU32::new(3).unwrap();
    let recipe = |width, height, output| Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: 3_000,
            height: 1_800,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    };
    let jpeg = Output::Jpeg { quality: 80 };
    for (width, height, output, wanted) in [
        (400, 240, jpeg, true),
        (401, 240, jpeg, false),
        (400, 241, jpeg, false),
        (400, 240, Output::Webp { quality: 80 }, true),
        (400, 240, Output::Avif { quality: 50 }, true),
        (400, 240, Output::Png, false),
        (400, 240, Output::Gif, false),
    ] {
        let recipe = recipe(width, height, output);
        assert_eq!(recipe.may_use_preview(block), wanted, "{recipe:?}");
    }
}

#[test]
fn what_is_not_the_preview_is_refused() {
    let block = NonZeroU32::new(2).unwrap();
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: 2_048,
            height: 40,
        },
        width: 100,
        height: 2,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Jpeg { quality: 80 },
    };
    for other in [
        file(RgbImage::new(1_023, 20), ImageFormat::Jpeg),
        file(RgbImage::new(1_024, 20), ImageFormat::Png),
        Vec::new(),
    ] {
        let refused = render_preview(&other, (2_048, 40), block, &recipe, &budget());
        assert!(matches!(refused, Err(RenderError::Damage(_))));
    }
    let preview = file(RgbImage::new(1_024, 20), ImageFormat::Jpeg);
    for (pixels, is_within) in [(2_048 * 40, true), (2_048 * 40 - 1, false)] {
        let budget = Budget { pixels, ..budget() };
        let made = render_preview(&preview, (2_048, 40), block, &recipe, &budget);
        assert_eq!(made.is_ok(), is_within, "limits are for the original");
    }
}

#[test]
fn transparent_and_interlaced_pictures_have_a_placeholder_and_no_preview() {
    let clear = RgbaImage::from_fn(2_048, 16, |x, _| {
        Rgba([200, 30, 30, if x == 7 { 254 } else { 255 }])
    });
    let made = reduced(
        Encoding::Png,
        &file(clear, ImageFormat::Png),
        NonZeroU32::new(2),
    );
    assert!(made.preview().unwrap().is_none());
    assert_eq!(made.placeholder().unwrap().colour, [200, 30, 30]);

    // Of every eighth row and column.
    let mut interlaced = file(smooth(64, 64), ImageFormat::Png);
    let made = reduced(Encoding::Png, &interlaced, NonZeroU32::new(2));
    assert!(made.preview().unwrap().is_some());
    interlaced = include_bytes!("interlaced.png").to_vec();
    let made = reduced(Encoding::Png, &interlaced, NonZeroU32::new(2));
    assert!(made.preview().unwrap().is_none());
    assert_eq!(made.placeholder().unwrap().colour, [10, 120, 230]);
}

#[test]
fn sharp_edges_between_saturated_colours_have_no_preview() {
    // Thin letters do the same; black ones have a preview.
    let tiles = |one, other| {
        RgbImage::from_fn(2_048, 600, move |x, y| {
            let is_one = (x / 5 + y / 7) % 2 == 0;
            Rgb(if is_one { one } else { other })
        })
    };
    for (what, picture, wanted) in [
        ("smooth", smooth(2_048, 600), true),
        ("red and green", tiles([255, 0, 0], [0, 255, 0]), false),
        ("one colour", tiles([255, 0, 0], [255, 0, 0]), true),
    ] {
        let file = file(picture, ImageFormat::Png);
        let preview = reduced(Encoding::Png, &file, NonZeroU32::new(2)).preview();
        assert_eq!(preview.unwrap().is_some(), wanted, "{what}");
    }
}

#[test]
fn the_colour_is_that_of_most_pixels_and_never_of_a_transparent_one() {
    let flag = RgbImage::from_fn(300, 200, |x, _| match x {
        0..120 => Rgb([10, 20, 200]),
        _ => Rgb([240, 230, 20]),
    });
    for (format, encoding, limit) in [
        (ImageFormat::Png, Encoding::Png, 0),
        (ImageFormat::WebP, Encoding::Webp, 0),
        (ImageFormat::Jpeg, Encoding::Jpeg, 6),
        (ImageFormat::Gif, Encoding::Gif, 6),
    ] {
        let found = placeholder(encoding, &file(flag.clone(), format)).colour;
        for (found, wanted) in found.into_iter().zip([240, 230, 20]) {
            assert!(found.abs_diff(wanted) <= limit, "{encoding:?}: {found:?}");
        }
    }
    let sticker = RgbaImage::from_fn(60, 60, |x, _| match x {
        0..10 => Rgba([250, 10, 10, 255]),
        _ => Rgba([1, 2, 3, 0]),
    });
    let found = placeholder(Encoding::Png, &file(sticker, ImageFormat::Png));
    assert_eq!(found.colour, [250, 10, 10]);
    // The bit says that there is alpha, and the second half byte of alpha's mean is little.
    assert_eq!(found.thumbhash[2] >> 7, 1);
    let clear = RgbaImage::new(5, 5);
    let found = placeholder(Encoding::Png, &file(clear, ImageFormat::Png));
    assert_eq!(found.colour, [255; 3]);
}

#[test]
fn a_placeholder_is_the_same_of_a_large_picture_and_of_a_small_one() {
    let large = smooth(1_400, 900);
    let small = image::imageops::thumbnail(&large, 100, 65);
    let large = placeholder(Encoding::Png, &file(large, ImageFormat::Png));
    let small = placeholder(Encoding::Png, &file(small, ImageFormat::Png));
    assert_eq!(large.thumbhash.len(), small.thumbhash.len());
    assert!(large.thumbhash.len() <= 25);
    // Means of lightness and of colours, of six bits each, may be rounded otherwise.
    let means = |hash: &[u8]| {
        let all = u32::from_le_bytes([hash[0], hash[1], hash[2], 0]);
        [all & 63, all >> 6 & 63, all >> 12 & 63]
    };
    for (one, other) in means(&large.thumbhash)
        .into_iter()
        .zip(means(&small.thumbhash))
    {
        assert!(one.abs_diff(other) <= 1, "{large:?}, {small:?}");
    }
}
