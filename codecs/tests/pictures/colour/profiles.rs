//! Compares profiles of every kind with LittleCMS.

use dozo_codecs::Encoding;
use lcms2::PixelFormat;
use mozjpeg::ColorSpace;

use super::files::{
    assert_near, budget, curve, icc, jpeg, lab_of_cmyk, lab_of_rgb, littlecms, mab, mft1, mft2,
    piece, png, shown, with_profile, xyz,
};

const COLOURS: [[u8; 3]; 6] = [
    [0, 0, 0],
    [255, 255, 255],
    [128, 128, 128],
    [200, 100, 60],
    [30, 160, 90],
    [80, 175, 240],
];

fn assert_as_littlecms(profile: &[u8], limit: u8, what: &str) {
    let wanted = littlecms(profile, PixelFormat::RGB_8, &COLOURS);
    for (colour, wanted) in COLOURS.iter().zip(wanted) {
        for kind in [png::ColorType::Rgb, png::ColorType::Rgba] {
            let pixel = [colour.as_slice(), &[255]].concat();
            let file = with_profile(&png(kind, &pixel[..kind.samples()]), profile);
            let shown = shown(Encoding::Png, &file).get_pixel(1, 1).0;
            assert_near(shown, wanted, limit, &format!("{what} of {colour:?}"));
        }
    }
}

#[test]
fn tables_alone_are_applied() {
    // The cube's corner is D50's white in the encoding of XYZ: LittleCMS shows any profile's white as white.
    let wide = |point: &[f64]| [0.784 * point[2], 0.7937 * point[1], 0.7444 * point[0]];
    for version in [2, 4] {
        // The same Lab has two encodings; if they are confused, white becomes grey or green.
        for (what, name, table) in [
            ("A2B0, 16 bits", b"A2B0", mft2(3, 9, lab_of_rgb)),
            ("A2B1, 16 bits", b"A2B1", mft2(3, 9, lab_of_rgb)),
            ("A2B0, 8 bits", b"A2B0", mft1(3, 9, lab_of_rgb)),
        ] {
            let profile = icc(version, b"RGB ", b"Lab ", &[(name, table)]);
            assert_as_littlecms(&profile, 5, &format!("{what}, version {version}"));
        }
    }
    let profile = icc(4, b"RGB ", b"XYZ ", &[(b"A2B0", mab(2, wide, 3.0))]);
    assert_as_littlecms(&profile, 6, "XYB's structure");
}

#[test]
fn the_table_for_relative_colours_goes_before_the_perceptual_and_the_matrix() {
    let swapped = mft2(3, 9, lab_of_rgb);
    let grey = mft2(3, 2, |point| [100.0 * point[1], 0.0, 0.0]);
    let mut tags = adobe_rgb();
    tags.push((b"A2B0", grey));
    for pcs in [b"XYZ ", b"Lab "] {
        assert_as_littlecms(&icc(2, b"RGB ", pcs, &adobe_rgb()), 2, "a matrix");
    }
    tags.push((b"A2B1", swapped));
    // A matrix beside tables to Lab: LittleCMS uses the table.
    assert_as_littlecms(
        &icc(2, b"RGB ", b"Lab ", &tags),
        5,
        "both tables and a matrix",
    );
    tags.pop();
    assert_as_littlecms(&icc(2, b"RGB ", b"Lab ", &tags), 5, "a table and a matrix");
}

/// Tags with this gamma and Adobe RGB's primaries.
fn adobe_rgb() -> Vec<(&'static [u8; 4], Vec<u8>)> {
    vec![
        (b"rXYZ", xyz([0.609_74, 0.311_11, 0.019_47])),
        (b"gXYZ", xyz([0.205_28, 0.625_67, 0.060_87])),
        (b"bXYZ", xyz([0.149_19, 0.063_22, 0.744_57])),
        (b"rTRC", curve(2.199_218_75)),
        (b"gTRC", curve(2.199_218_75)),
        (b"bTRC", curve(2.199_218_75)),
    ]
}

#[test]
fn inks_go_by_their_profile() {
    let inks = [
        [0, 0, 0, 0],
        [255, 0, 0, 0],
        [10, 200, 90, 30],
        [0, 0, 0, 255],
        [60, 60, 60, 60],
    ];
    for (what, version, name, table) in [
        ("A2B0", 2, b"A2B0", mft2(4, 9, lab_of_cmyk)),
        ("A2B1", 2, b"A2B1", mft2(4, 9, lab_of_cmyk)),
        (
            "A2B0 of 8 bits, version 4",
            4,
            b"A2B0",
            mft1(4, 9, lab_of_cmyk),
        ),
    ] {
        let profile = icc(version, b"CMYK", b"Lab ", &[(name, table)]);
        let wanted = littlecms(&profile, PixelFormat::CMYK_8, &inks);
        for (inks, wanted) in inks.iter().zip(wanted) {
            // A JPEG stores inverted ink.
            let stored = inks.map(|ink| 255 - ink);
            let file = jpeg(ColorSpace::JCS_CMYK, &stored, &[piece(1, 1, &profile)]);
            let shown = shown(Encoding::Jpeg, &file).get_pixel(20, 20).0;
            assert_near(shown, wanted, 6, &format!("{what} of {inks:?}"));
        }
    }
}

#[test]
fn a_grey_profile_is_a_curve_to_light_or_to_lightness() {
    for (what, pcs) in [("light", b"XYZ "), ("lightness", b"Lab ")] {
        let profile = icc(2, b"GRAY", pcs, &[(b"kTRC", curve(1.5))]);
        let greys = [[0], [40], [80], [128], [200], [255]];
        let wanted = littlecms(&profile, PixelFormat::GRAY_8, &greys);
        for ([grey], wanted) in greys.into_iter().zip(wanted) {
            for (kind, pixel) in [
                (png::ColorType::Grayscale, &[grey][..]),
                (png::ColorType::GrayscaleAlpha, &[grey, 255]),
            ] {
                let file = with_profile(&png(kind, pixel), &profile);
                let shown = shown(Encoding::Png, &file).get_pixel(1, 1).0;
                assert_near(shown, wanted, 1, &format!("{what} of {grey}, {kind:?}"));
            }
            let file = jpeg(ColorSpace::JCS_GRAYSCALE, &[grey], &[piece(1, 1, &profile)]);
            let shown = shown(Encoding::Jpeg, &file).get_pixel(20, 20).0;
            assert_near(shown, wanted, 3, &format!("{what} of {grey}, JPEG"));
        }
    }
}

#[test]
fn a_profile_for_other_numbers_is_left_aside() {
    let grey = icc(2, b"GRAY", b"XYZ ", &[(b"kTRC", curve(1.0))]);
    let inks = icc(2, b"CMYK", b"Lab ", &[(b"A2B0", mft2(4, 2, lab_of_cmyk))]);
    let lights = icc(2, b"RGB ", b"XYZ ", &adobe_rgb());
    for (kind, pixel, profile) in [
        (png::ColorType::Rgb, &[80, 175, 240][..], &grey),
        (png::ColorType::Rgba, &[80, 80, 80, 255], &grey),
        (png::ColorType::Rgb, &[80, 175, 240], &inks),
        (png::ColorType::Grayscale, &[80], &lights),
        (png::ColorType::GrayscaleAlpha, &[80, 255], &inks),
    ] {
        let plain = png(kind, pixel);
        let file = with_profile(&plain, profile);
        assert_eq!(
            shown(Encoding::Png, &file),
            shown(Encoding::Png, &plain),
            "{kind:?}"
        );
    }
}

#[test]
fn animations_and_stills_of_webp_go_by_it() {
    use dozo_codecs::header;
    use dozo_codecs::render::{Colour, Finish, Output, Recipe, Rect, Turn, render};
    let profile = icc(2, b"RGB ", b"Lab ", &[(b"A2B0", mft2(3, 9, lab_of_rgb))]);
    let mut gif = gif::Encoder::new(Vec::new(), 20, 10, &[]).unwrap();
    for colour in [[250, 30, 30], [30, 250, 30]] {
        gif.write_frame(&gif::Frame::from_rgb(20, 10, &colour.repeat(200)))
            .unwrap();
    }
    let gif = gif.into_inner().unwrap();
    let recipe = |output| Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: 20,
            height: 10,
        },
        width: 20,
        height: 10,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    };
    let webp = Output::Webp { quality: 95 };
    let plain = render(Encoding::Gif, &gif, &recipe(webp), &budget()).unwrap();
    let file = webp_with_profile(&plain, &profile);
    assert_eq!(header::read(Encoding::Webp, &file).unwrap().frames, 2);
    let moving = render(Encoding::Webp, &file, &recipe(Output::Gif), &budget()).unwrap();
    let wanted = littlecms(
        &profile,
        PixelFormat::RGB_8,
        &[[250, 30, 30], [30, 250, 30]],
    );
    let frames = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&moving)).unwrap();
    let frames = image::AnimationDecoder::into_frames(frames)
        .collect_frames()
        .unwrap();
    assert_eq!(frames.len(), 2);
    for (frame, wanted) in frames.iter().zip(wanted) {
        let [red, green, blue, _] = frame.buffer().get_pixel(9, 5).0;
        assert_near([red, green, blue], wanted, 14, "a frame");
    }
    let still = shown(Encoding::Webp, &file).get_pixel(9, 5).0;
    let [red, green, blue, _] = frames[0].buffer().get_pixel(9, 5).0;
    assert_near(still, [red, green, blue], 4, "the first frame alone");
}

/// Adds a flag in `VP8X`, and the profile after it (RFC 9649, 2.7).
fn webp_with_profile(file: &[u8], profile: &[u8]) -> Vec<u8> {
    assert_eq!(&file[12..16], b"VP8X");
    let (head, rest) = file.split_at(12 + 8 + 10);
    let mut head = head.to_vec();
    head[20] |= 0x20;
    let length = u32::try_from(profile.len()).unwrap().to_le_bytes();
    let padding = vec![0; profile.len() % 2];
    let mut out = [&head, b"ICCP".as_slice(), &length, profile, &padding, rest].concat();
    let size = u32::try_from(out.len() - 8).unwrap().to_le_bytes();
    out[4..8].copy_from_slice(&size);
    out
}
