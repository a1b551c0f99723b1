//! Checks that the alpha is kept, that the colours are libwebp's, and that the file is about as large as libwebp's.

use proptest::prelude::*;

use super::super::{Colours, Input, config, encode as encode_whole, write};
use super::*;

/// Returns a picture with some colours and this alpha.
fn picture(width: u32, height: u32, coverage: impl Fn(u32, u32) -> u8) -> Picture {
    let at = |place: u32| (place % width, place / width);
    let pixels = (0..width * height).map(at).flat_map(|(x, y)| {
        let shade = |factor: u32| (x * factor + y * 3).to_le_bytes()[0];
        [shade(2), shade(5), shade(1), coverage(x, y)]
    });
    Picture {
        width,
        height,
        layout: Layout::Rgba,
        pixels: pixels.collect(),
    }
}

/// Typical masks: cut out, soft, in steps, with noise.
fn mask(kind: u32, side: u32, x: u32, y: u32) -> u8 {
    let far = x.abs_diff(side / 2).pow(2) + y.abs_diff(side / 2).pow(2);
    // Noise from a hash, because its values never repeat. Computed patterns would repeat, but real grain does not.
    let mixed = (u64::from(x) << 32 | u64::from(y)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let noise = mixed.to_be_bytes()[0];
    match kind {
        0 => 255 * u8::from(far < side * side / 9),
        1 => (300_u32.saturating_sub(far / 8)).min(255) as u8,
        2 => (x / 4 * 16).min(255) as u8,
        3 => noise,
        4 => 200 + noise / 16,
        _ => 0,
    }
}

fn coverage_of(file: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(file).unwrap().into_rgba8();
    picture.pixels().map(|pixel| pixel[3]).collect()
}

proptest! {
    #[test]
    fn coverage_is_kept_to_the_bit(width in 1..70_u32, height in 1..70_u32, kind in 0..6_u32) {
        let picture = picture(width, height, |x, y| mask(kind, width.max(height), x, y));
        let expected: Vec<u8> = picture.pixels.iter().skip(3).step_by(4).copied().collect();
        let file = encode_whole(&picture, 80).unwrap();
        prop_assert_eq!(coverage_of(&file), expected);
    }
}

#[test]
fn the_rest_is_what_libwebp_writes_and_the_file_hardly_larger() {
    for kind in 0..6 {
        let picture = picture(320, 240, |x, y| mask(kind, 240, x, y));
        let file = encode_whole(&picture, 80).unwrap();
        let input = Input::of(&picture, Colours::Yuv).unwrap();
        let theirs = write(input, &config(80).unwrap()).unwrap();
        let colours = |file| container::webp_part(file, *b"VP8 ").unwrap().to_vec();
        assert_eq!(colours(&file), colours(&theirs), "{kind}");
        assert!(
            file.len() * 100 <= theirs.len() * 103,
            "{kind}: {} bytes, not {}",
            file.len(),
            theirs.len()
        );
    }
}

#[test]
fn every_filter_is_undone_by_a_decoder() {
    let coverage = |x: u32, y: u32| (x * x / 9 + y * y / 7 + x * y / 5).to_le_bytes()[0];
    let picture = picture(33, 21, coverage);
    let plane: Vec<u8> = picture.pixels.iter().skip(3).step_by(4).copied().collect();
    let mut input = Input::of(&picture, Colours::Yuv).unwrap();
    input.uncover();
    let colours = write(input, &config(80).unwrap()).unwrap();
    for filter in Filter::ALL {
        let content = compressed(&residuals(&plane, 33, filter), (33, 21)).unwrap();
        let chunk = [&[COMPRESSED | (filter as u8) << 2], content.as_slice()].concat();
        let file = container::webp_of(33, 21, &chunk, &colours).unwrap();
        assert_eq!(coverage_of(&file), plane, "{filter:?}");
    }
}
