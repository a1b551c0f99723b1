//! Tests JPEG files of every coding, in CMYK, and with a part missing.

use std::io::Cursor;

use dozo_codecs::render::{Output, RenderError, render};
use dozo_codecs::{Damage, Encoding};
use image::RgbImage;
use mozjpeg::{ColorSpace, Compress};

use crate::sources::{assert_near, budget, jpeg_file, shown, whole};

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

    // The frame's header says that samples have 12 bits, or that they are arithmetic-coded.
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
    // libjpeg writes Adobe's marker, with which ink is stored as its absence; YCCK is what it makes of CMYK by default.
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
    // The second half of the scan is gone; the end is there.
    let cut = [&file[..file.len() / 2], &[0xFF, 0xD9]].concat();
    let recipe = whole(Encoding::Jpeg, &cut, 12, 12, Output::Png);
    let error = render(Encoding::Jpeg, &cut, &recipe, &budget()).unwrap_err();
    assert!(matches!(error, RenderError::Damage(_)), "{error:?}");
}
