//! A JPEG's profile comes in pieces, and every way of decoding uses it.

use dozo_codecs::Encoding;
use mozjpeg::ColorSpace;

use super::files::{assert_near, icc, jpeg, lab_of_rgb, littlecms, mft2, piece, shown_at};

const STORED: [u8; 3] = [200, 100, 60];

/// Full size, half and an eighth: decoded fully, reduced by libjpeg, and from the DC coefficients.
const SIZES: [(u32, u32); 3] = [(64, 48), (32, 24), (8, 6)];

#[test]
fn pieces_are_put_together_or_left_aside() {
    // A profile that does not fit into one segment.
    let profile = icc(2, b"RGB ", b"Lab ", &[(b"A2B0", mft2(3, 24, lab_of_rgb))]);
    let count = profile.len().div_ceil(60_000);
    assert_eq!(count, 2);
    let converted = littlecms(&profile, lcms2::PixelFormat::RGB_8, &[STORED])[0];
    let (one, two) = profile.split_at(60_000);
    for (what, pieces, is_whole) in [
        ("in order", vec![piece(1, 2, one), piece(2, 2, two)], true),
        (
            "out of order",
            vec![piece(2, 2, two), piece(1, 2, one)],
            true,
        ),
        (
            "beside others",
            vec![piece(1, 2, one), b"MPF\0".to_vec(), piece(2, 2, two)],
            true,
        ),
        ("one is missing", vec![piece(1, 2, one)], false),
        ("the first is missing", vec![piece(2, 2, two)], false),
        (
            "one comes twice",
            vec![piece(1, 2, one), piece(1, 2, one), piece(2, 2, two)],
            false,
        ),
        (
            "they count differently",
            vec![piece(1, 2, one), piece(2, 3, two)],
            false,
        ),
        (
            "it counts from zero",
            vec![piece(0, 2, one), piece(1, 2, two)],
            false,
        ),
    ] {
        let file = jpeg(ColorSpace::JCS_RGB, &STORED, &pieces);
        let wanted = if is_whole { converted } else { STORED };
        for (width, height) in SIZES {
            let picture = shown_at(Encoding::Jpeg, &file, width, height).to_rgb8();
            let what = format!("{what}, {width} pixels across");
            assert_near(picture.get_pixel(width / 2, height / 2).0, wanted, 5, &what);
        }
    }
}

#[test]
fn a_profile_behind_the_first_scan_is_none() {
    // Three scans, with the profile between the first and the second.
    let profile = icc(2, b"RGB ", b"Lab ", &[(b"A2B0", mft2(3, 2, lab_of_rgb))]);
    let mut encoder = mozjpeg::Compress::new(ColorSpace::JCS_RGB);
    encoder.set_size(64, 48);
    encoder.set_quality(100.0);
    encoder.set_progressive_mode();
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&STORED.repeat(64 * 48)).unwrap();
    let plain = started.finish().unwrap();
    let scans: Vec<usize> = plain
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| *pair == [0xFF, 0xDA])
        .map(|(at, _)| at)
        .collect();
    let content = piece(1, 1, &profile);
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xFF, 0xE2], length.as_slice(), &content].concat();
    let (head, rest) = plain.split_at(scans[1]);
    let file = [head, &segment, rest].concat();
    for (width, height) in SIZES {
        let picture = shown_at(Encoding::Jpeg, &file, width, height).to_rgb8();
        let what = format!("{width} pixels across");
        assert_near(picture.get_pixel(width / 2, height / 2).0, STORED, 5, &what);
    }
}
