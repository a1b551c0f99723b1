//! Tests profiles of a wide gamut against what LittleCMS makes of them.

use std::io::Cursor;

use dozo_codecs::Encoding;
use mozjpeg::{ColorSpace, Compress, Marker};

use crate::sources::{assert_near, png_file, shown};

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

/// iCCP stands behind IHDR.
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
    // In two pieces, the second of them first.
    let (head, tail) = profile.split_at(100);
    started.write_marker(Marker::APP(2), &[b"ICC_PROFILE\0\x02\x02", tail].concat());
    started.write_marker(Marker::APP(2), &[b"ICC_PROFILE\0\x01\x02", head].concat());
    started.write_scanlines(&colour.repeat(32 * 32)).unwrap();
    started.finish().unwrap()
}
