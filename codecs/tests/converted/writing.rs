//! Tests the originals that are made, whatever they are made of.

use std::time::{Duration, Instant};

use dozo_codecs::convert::{Foreign, Made, convert};
use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, header};

use super::cases::files;
use super::tiffs::tiff;

#[test]
fn few_colours_take_few_bits() {
    // By the bit depth and the colour type in the PNG's header.
    for (name, depth, colour_type) in [
        ("indices-1.bmp", 1, 3),
        ("indices-2.bmp", 2, 3),
        ("indices-4.bmp", 4, 3),
        ("rle8-sparse.bmp", 2, 3),
        ("pillow-rgb.bmp", 8, 2),
        ("v5-alpha.bmp", 8, 6),
    ] {
        let (_, file) = files("bmp")
            .into_iter()
            .find(|(found, _)| found == name)
            .unwrap();
        let made = convert(Foreign::Bmp, &file, None).unwrap();
        assert_eq!(
            (made.bytes[24], made.bytes[25]),
            (depth, colour_type),
            "{name}"
        );
    }
}

/// A TIFF of noise around a strong red, with a profile behind its pixels.
fn red(profile: &[u8]) -> Vec<u8> {
    const SIDE: u32 = 64;
    let noise = (0..SIDE * SIDE).flat_map(|at| {
        let bits = at.wrapping_mul(2_654_435_761) >> 20;
        let step = |shift: u32| u8::try_from(bits >> shift & 15).unwrap();
        [200 + step(8), 40 + step(4), 30 + step(0)]
    });
    let content: Vec<u8> = noise.chain(profile.iter().copied()).collect();
    let bytes = SIDE * SIDE * 3;
    tiff(
        &[
            (256, 3, 1, SIDE),
            (257, 3, 1, SIDE),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (277, 3, 1, 3),
            (278, 3, 1, SIDE),
            (279, 4, 1, bytes),
            (273, 4, 1, 8),
            (258, 3, 1, 8),
            (34_675, 7, u32::try_from(profile.len()).unwrap(), 8 + bytes),
        ],
        &content,
    )
}

/// Returns the mean red, green and blue of a picture as it is rendered.
fn rendered(made: &Made) -> [f64; 3] {
    let header = header::read(made.encoding, &made.bytes).unwrap();
    let (width, height) = (header.width, header.height);
    let recipe = Recipe {
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
        finish: Finish::default(),
        output: Output::Png,
    };
    let budget = Budget {
        pixels: 1 << 20,
        frames: 1,
        output_pixels: 1 << 20,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let png = render(made.encoding, &made.bytes, &recipe, &budget).unwrap();
    let picture = image::load_from_memory(&png).unwrap().into_rgb8();
    let count = f64::from(width * height);
    [0, 1, 2].map(|channel| {
        let sum: u32 = picture
            .pixels()
            .map(|pixel| u32::from(pixel.0[channel]))
            .sum();
        f64::from(sum) / count
    })
}

/// The profile of a JPEG is read by the decoder of renderings, also when it takes several segments.
#[test]
fn a_profile_is_kept_in_a_jpeg() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    // Bytes behind all tags belong to the profile as well.
    let mut long = p3.clone();
    long.resize(150_000, 0);
    long[..4].copy_from_slice(&150_000_u32.to_be_bytes());
    let made = |profile: &[u8]| convert(Foreign::Tiff, &red(profile), None).unwrap();
    let plain = made(b"");
    assert_eq!(plain.encoding, Encoding::Jpeg);
    let [_, green, blue] = rendered(&plain);
    for profile in [&p3, &long] {
        let made = made(profile);
        assert_eq!(made.encoding, Encoding::Jpeg);
        let [red_of_p3, green_of_p3, blue_of_p3] = rendered(&made);
        assert!(
            green_of_p3 < green - 10.0 && blue_of_p3 < blue - 5.0 && red_of_p3 > 200.0,
            "{red_of_p3} {green_of_p3} {blue_of_p3} from {green} {blue}"
        );
    }
}
