//! Whatever its storage format, a picture comes out upright, in sRGB, in its own colours; or it is clearly refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panic"
)]

use std::io::Cursor;
use std::time::{Duration, Instant};

use dozo_codecs::render::{Budget, Colour, Output, Recipe, Rect, RenderError, Turn, render};
use dozo_codecs::{Damage, Encoding, header};
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage};
use mozjpeg::{ColorSpace, Compress, Marker};

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 100,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// A recipe for the whole picture at a size.
fn whole(encoding: Encoding, file: &[u8], width: u32, height: u32, output: Output) -> Recipe {
    let header = header::read(encoding, file).unwrap();
    Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: header.width,
            height: header.height,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        output,
    }
}

/// Renders the picture at its own size, and decodes the result.
fn shown(encoding: Encoding, file: &[u8]) -> DynamicImage {
    let header = header::read(encoding, file).unwrap();
    let recipe = whole(encoding, file, header.width, header.height, Output::Png);
    let png = render(encoding, file, &recipe, &budget()).unwrap();
    image::load_from_memory(&png).unwrap()
}

fn assert_near(got: [u8; 3], wanted: [u8; 3], limit: u8, what: &str) {
    for channel in 0..3 {
        assert!(
            got[channel].abs_diff(wanted[channel]) <= limit,
            "{what}: {got:?}, not {wanted:?}"
        );
    }
}

fn png_file(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    more: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    more(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

/// A JPEG of one colour, in one of libjpeg's colour spaces.
fn jpeg_file(space: ColorSpace, pixel: &[u8], more: impl FnOnce(&mut Compress)) -> Vec<u8> {
    let mut encoder = Compress::new(space);
    encoder.set_fastest_defaults();
    encoder.set_size(64, 48);
    encoder.set_quality(100.0);
    more(&mut encoder);
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&pixel.repeat(64 * 48)).unwrap();
    started.finish().unwrap()
}

#[test]
fn all_orientations_come_out_upright() {
    let stored = RgbImage::from_fn(12, 8, |x, y| {
        Rgb([x, y, x * y].map(|value| u8::try_from(value * 2).unwrap()))
    });
    for orientation in 1..=8 {
        let tiff = [
            b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
            &[orientation, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        image::ImageEncoder::set_exif_metadata(&mut encoder, tiff).unwrap();
        stored.write_with_encoder(encoder).unwrap();
        let mut upright = DynamicImage::from(stored.clone());
        upright.apply_orientation(Orientation::from_exif(orientation).unwrap());
        assert_eq!(
            shown(Encoding::Png, &file).to_rgb8(),
            upright.to_rgb8(),
            "orientation {orientation}"
        );
        // A part of the picture, with another turn.
        let recipe = Recipe {
            crop: Rect {
                x: 1,
                y: 2,
                width: 5,
                height: 4,
            },
            width: 5,
            height: 4,
            mirror: true,
            turn: Turn::Quarter,
            ..whole(Encoding::Png, &file, 5, 4, Output::Png)
        };
        let part = render(Encoding::Png, &file, &recipe, &budget()).unwrap();
        assert_eq!(
            image::load_from_memory(&part).unwrap().to_rgb8(),
            upright.crop_imm(1, 2, 5, 4).fliph().rotate90().to_rgb8(),
            "a part of orientation {orientation}"
        );
    }
}

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

    // Rounded to the nearest: 0x10FF is nearly 0x1111, which becomes 17.
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
    // Opaque white next to fully transparent black.
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

#[test]
fn jpegs_of_every_coding_give_their_colour() {
    let progressive = jpeg_file(
        ColorSpace::JCS_RGB,
        &[180, 90, 30],
        Compress::set_progressive_mode,
    );
    let baseline = jpeg_file(ColorSpace::JCS_RGB, &[180, 90, 30], |_| {});
    for (name, file) in [("progressive", &progressive), ("baseline", &baseline)] {
        let picture = shown(Encoding::Jpeg, file).to_rgb8();
        assert_near(picture.get_pixel(20, 20).0, [180, 90, 30], 3, name);
    }
    let grey = jpeg_file(ColorSpace::JCS_GRAYSCALE, &[99], |_| {});
    assert_near(
        shown(Encoding::Jpeg, &grey).to_rgb8().get_pixel(9, 9).0,
        [99; 3],
        1,
        "grey",
    );

    // Change the frame's header to 12 bits per sample, or to arithmetic coding.
    let frame = baseline
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    for (what, offset, value) in [
        ("12-bit", 4, 12),
        ("arithmetic", 1, 0xC9),
        ("lossless", 1, 0xC3),
    ] {
        let mut odd = baseline.clone();
        odd[frame + offset] = value;
        let usual = whole(Encoding::Jpeg, &baseline, 8, 8, Output::Png);
        let error = render(Encoding::Jpeg, &odd, &usual, &budget()).unwrap_err();
        assert!(
            matches!(error, RenderError::Damage(Damage::Unsupported(_))),
            "{what}: {error:?}"
        );
    }
}

#[test]
fn cmyk_is_converted_as_photoshop_stores_it() {
    // libjpeg writes Adobe's marker, with which ink is stored inverted; by default it converts CMYK to YCCK.
    for (ink, wanted) in [
        ([255, 255, 255, 255], [255, 255, 255]),
        ([0, 255, 255, 255], [0, 255, 255]),
        ([255, 255, 255, 0], [0, 0, 0]),
        ([155, 255, 55, 205], [125, 205, 44]),
    ] {
        let file = jpeg_file(ColorSpace::JCS_CMYK, &ink, |_| {});
        let picture = shown(Encoding::Jpeg, &file).to_rgb8();
        assert_near(picture.get_pixel(20, 20).0, wanted, 3, "CMYK");
    }
}

#[test]
fn a_wide_gamut_becomes_what_littlecms_makes_of_it() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let adobe = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let srgb = lcms2::Profile::new_srgb();
    for (name, profile) in [("Display P3", &p3), ("Adobe RGB", &adobe)] {
        let source = lcms2::Profile::new_icc(profile).unwrap();
        let reference = lcms2::Transform::new(
            &source,
            lcms2::PixelFormat::RGB_8,
            &srgb,
            lcms2::PixelFormat::RGB_8,
            lcms2::Intent::RelativeColorimetric,
        )
        .unwrap();
        for colour in [
            [200, 100, 60],
            [30, 160, 90],
            [128, 128, 128],
            [250, 240, 10],
            [5, 20, 90],
        ] {
            let mut wanted = [[0_u8; 3]];
            reference.transform_pixels(&[colour], &mut wanted);
            let file = png_file(
                4,
                4,
                png::ColorType::Rgb,
                png::BitDepth::Eight,
                &colour.repeat(16),
                |_| {},
            );
            let file = with_png_profile(&file, profile);
            let picture = shown(Encoding::Png, &file).to_rgb8();
            assert_near(picture.get_pixel(1, 1).0, wanted[0], 2, name);
            let file = jpeg_with_profile(&colour, profile);
            let picture = shown(Encoding::Jpeg, &file).to_rgb8();
            assert_near(picture.get_pixel(9, 9).0, wanted[0], 5, name);
        }
    }
}

/// Inserts iCCP after IHDR.
fn with_png_profile(file: &[u8], profile: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(Cursor::new(&mut out));
    image::ImageEncoder::set_icc_profile(&mut encoder, profile.to_vec()).unwrap();
    image::load_from_memory(file)
        .unwrap()
        .write_with_encoder(encoder)
        .unwrap();
    out
}

fn jpeg_with_profile(colour: &[u8], profile: &[u8]) -> Vec<u8> {
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_size(32, 32);
    encoder.set_quality(100.0);
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    // In two pieces, the second one first.
    let (head, tail) = profile.split_at(100);
    started.write_marker(Marker::APP(2), &[b"ICC_PROFILE\0\x02\x02", tail].concat());
    started.write_marker(Marker::APP(2), &[b"ICC_PROFILE\0\x01\x02", head].concat());
    started.write_scanlines(&colour.repeat(32 * 32)).unwrap();
    started.finish().unwrap()
}

/// A GIF with frames of one colour each, shown three times, 50 ms each.
fn animated_gif(colours: &[[u8; 3]]) -> Vec<u8> {
    let mut encoder = gif::Encoder::new(Vec::new(), 20, 10, &[]).unwrap();
    encoder.set_repeat(gif::Repeat::Finite(2)).unwrap();
    for colour in colours {
        let mut frame = gif::Frame::from_rgb(20, 10, &colour.repeat(200));
        frame.delay = 5;
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

#[test]
fn an_animation_stays_one_where_it_can() {
    let file = animated_gif(&[[250, 0, 0], [0, 250, 0], [0, 0, 250]]);
    let webp = Output::Webp { quality: 90 };
    let recipe = |encoding, file: &[u8], output| whole(encoding, file, 10, 5, output);
    let moving = render(
        Encoding::Gif,
        &file,
        &recipe(Encoding::Gif, &file, webp),
        &budget(),
    )
    .unwrap();
    for (encoding, format, bytes) in [
        (Encoding::Webp, Output::Gif, moving.clone()),
        (
            Encoding::Gif,
            webp,
            render(
                Encoding::Webp,
                &moving,
                &recipe(Encoding::Webp, &moving, Output::Gif),
                &budget(),
            )
            .unwrap(),
        ),
    ] {
        let header = header::read(encoding, &bytes).unwrap();
        assert_eq!(
            (header.width, header.height, header.frames),
            (10, 5, 3),
            "{encoding:?}"
        );
        let loops = if encoding == Encoding::Gif {
            &b"NETSCAPE2.0\x03\x01\x02\0"[..]
        } else {
            // ANIM has six bytes: the white background and the loop count.
            &b"ANIM\x06\0\0\0\xFF\xFF\xFF\xFF\x03\0"[..]
        };
        assert!(
            bytes.windows(loops.len()).any(|window| window == loops),
            "{encoding:?}"
        );
        let still = render(
            encoding,
            &bytes,
            &recipe(encoding, &bytes, Output::Png),
            &budget(),
        )
        .unwrap();
        let first = image::load_from_memory(&still).unwrap().to_rgb8();
        assert_near(first.get_pixel(5, 2).0, [250, 0, 0], 8, "the first frame");
        // If there is one frame more than the budget allows, only the first is shown, in the same encoding.
        for spent in [
            Budget {
                frames: 2,
                ..budget()
            },
            Budget {
                output_pixels: 149,
                ..budget()
            },
            Budget {
                pixels: 149,
                ..budget()
            },
        ] {
            let one = render(encoding, &bytes, &recipe(encoding, &bytes, format), &spent).unwrap();
            let kind = if format == Output::Gif {
                Encoding::Gif
            } else {
                Encoding::Webp
            };
            assert_eq!(header::read(kind, &one).unwrap().frames, 1);
        }
    }
}

#[test]
fn a_file_that_lost_pixels_is_refused() {
    let noise: Vec<u8> = (0..96_u32 * 96 * 3)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let picture = RgbImage::from_raw(96, 96, noise).unwrap();
    let mut file = Cursor::new(Vec::new());
    picture
        .write_to(&mut file, image::ImageFormat::Jpeg)
        .unwrap();
    let file = file.into_inner();
    // The second half of the scan is missing; the end is there.
    let cut = [&file[..file.len() / 2], &[0xFF, 0xD9]].concat();
    let recipe = whole(Encoding::Jpeg, &cut, 12, 12, Output::Png);
    let error = render(Encoding::Jpeg, &cut, &recipe, &budget()).unwrap_err();
    assert!(matches!(error, RenderError::Damage(_)), "{error:?}");
}
