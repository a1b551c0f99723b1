//! Tests BMP.

use dozo_codecs::convert::{ConvertError, Foreign, convert, facts};
use dozo_codecs::{Damage, Encoding};

use super::cases::{compare, files};

#[test]
fn each_kind_shows_its_pixels() {
    // A rounding of 5 or 6 bits is done in more than one way.
    compare(Foreign::Bmp, "bmp", |name| u8::from(name.contains("rgb")));
}

#[test]
fn the_original_is_always_a_png() {
    for (name, file) in files("bmp") {
        let made = convert(Foreign::Bmp, &file, None).unwrap();
        assert_eq!(made.encoding, Encoding::Png, "{name}");
    }
}

#[test]
fn a_file_that_lost_pixels_is_damaged() {
    for (name, file) in files("bmp") {
        // The marks at the end of runs are no pixels, and may be missing.
        let cuts = if name.contains("rle") {
            vec![file.len() - 16]
        } else {
            vec![file.len() / 2, file.len() - 8]
        };
        for cut in cuts {
            let cut_short = convert(Foreign::Bmp, &file[..cut], None);
            let truncated = matches!(cut_short, Err(ConvertError::Damage(Damage::Truncated)));
            assert!(truncated, "{name}: {cut}");
        }
    }
}

#[test]
fn sizes_are_read_before_memory_is_spent() {
    let (_, mut file) = files("bmp")
        .into_iter()
        .find(|(name, _)| name == "top-down.bmp")
        .unwrap();
    file[18..26].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0x80]);
    let huge = facts(Foreign::Bmp, &file).unwrap();
    assert_eq!(huge.pixels(), 0x7FFF_FFFF * 0x8000_0000);
    let refused = convert(Foreign::Bmp, &file, None);
    assert!(matches!(refused, Err(ConvertError::Damage(_))));
}

#[test]
fn what_no_browser_shows_is_named() {
    let (_, file) = files("bmp")
        .into_iter()
        .find(|(name, _)| name == "rgb32.bmp")
        .unwrap();
    for (compression, name) in [
        (4_u8, "a BMP with a JPEG in it"),
        (5, "a BMP with a PNG in it"),
    ] {
        let mut other = file.clone();
        other[30] = compression;
        match facts(Foreign::Bmp, &other) {
            Err(ConvertError::Unsupported(found)) => assert_eq!(found, name),
            refused => panic!("{refused:?}"),
        }
    }
}
