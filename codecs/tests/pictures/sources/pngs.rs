//! Tests PNG files of every kind of pixel, and what is see-through in them.

use dozo_codecs::Encoding;
use dozo_codecs::render::{Output, render};

use crate::sources::{assert_near, budget, png_file, shown, whole};

#[test]
fn every_kind_of_png_is_understood() {
    use png::{BitDepth, ColorType};
    let nothing = |_: &mut png::Encoder<'_, &mut Vec<u8>>| {};
    let palette = |encoder: &mut png::Encoder<'_, &mut Vec<u8>>| {
        encoder.set_palette(vec![9, 8, 7, 200, 100, 50]);
        encoder.set_trns(vec![255, 0]);
    };
    let one_bit = png_file(
        8,
        1,
        ColorType::Grayscale,
        BitDepth::One,
        &[0b1010_0000],
        nothing,
    );
    let picture = shown(Encoding::Png, &one_bit).to_luma8().into_raw();
    assert_eq!(picture, [255, 0, 255, 0, 0, 0, 0, 0], "1-bit");

    let indexed = png_file(2, 1, ColorType::Indexed, BitDepth::Eight, &[0, 1], palette);
    let picture = shown(Encoding::Png, &indexed).to_rgba8().into_raw();
    assert_eq!(picture[..4], [9, 8, 7, 255], "indexed");
    assert_eq!(picture[7], 0, "see-through by palette");

    // To the nearest: 0x10FF is nearly 0x1111, which is 17.
    let deep = png_file(
        2,
        1,
        ColorType::Grayscale,
        BitDepth::Sixteen,
        &[0x10, 0xFF, 0xFF, 0xFF],
        nothing,
    );
    assert_eq!(
        shown(Encoding::Png, &deep).to_luma8().into_raw(),
        [17, 255],
        "16-bit"
    );

    let data = [0x10, 0x10, 0x20, 0x20, 0x30, 0x30, 0x80, 0x80];
    let deep = png_file(1, 1, ColorType::Rgba, BitDepth::Sixteen, &data, nothing);
    let picture = shown(Encoding::Png, &deep).to_rgba8().into_raw();
    assert_eq!(picture[3], 0x80, "16-bit alpha");
    assert_near(
        [picture[0], picture[1], picture[2]],
        [0x10, 0x20, 0x30],
        1,
        "16-bit RGBA",
    );

    let veiled = png_file(
        1,
        1,
        ColorType::GrayscaleAlpha,
        BitDepth::Eight,
        &[77, 255],
        nothing,
    );
    assert_eq!(
        shown(Encoding::Png, &veiled).to_rgb8().into_raw(),
        [77; 3],
        "grey with alpha"
    );
}

#[test]
fn what_is_see_through_neither_bleeds_nor_turns_black() {
    // Opaque white beside a fully transparent black.
    let row = [[255, 255, 255, 255].repeat(20), [0, 0, 0, 0].repeat(20)].concat();
    let file = png_file(
        40,
        40,
        png::ColorType::Rgba,
        png::BitDepth::Eight,
        &row.repeat(40),
        |_| {},
    );
    for output in [
        Output::Jpeg { quality: 95 },
        Output::Png,
        Output::Webp { quality: 95 },
    ] {
        let recipe = whole(Encoding::Png, &file, 7, 7, output);
        let small = render(Encoding::Png, &file, &recipe, &budget()).unwrap();
        let small = image::load_from_memory(&small).unwrap();
        let is_kept = small.color().has_alpha();
        assert_eq!(
            is_kept,
            !matches!(output, Output::Jpeg { .. }),
            "{output:?}"
        );
        for pixel in small.to_rgba8().pixels().filter(|pixel| pixel[3] > 16) {
            assert_near(
                [pixel[0], pixel[1], pixel[2]],
                [255; 3],
                6,
                "white stays white",
            );
        }
    }
}
