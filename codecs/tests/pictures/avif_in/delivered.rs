//! A delivered AVIF tells nothing about its maker, wherever that stood in the upload.

use dozo_codecs::{Encoding, decode, header, strip};

use super::made::{Made, by_libavif};
use crate::pieces::{SECRET, holds, profile};

fn stripped(file: &[u8]) -> Vec<u8> {
    let stripped = strip::metadata(Encoding::Avif, file).unwrap();
    let again = strip::metadata(Encoding::Avif, &stripped).unwrap();
    assert!(again == stripped, "something was left to take");
    stripped
}

#[test]
fn exif_xmp_and_what_is_behind_the_file_are_left_behind() {
    let made = Made {
        size: (150, 130),
        told: SECRET.to_vec(),
        profile: profile(),
        turn: 1,
        has_alpha: true,
        ..Made::default()
    };
    for grid in [(1, 1), (3, 3)] {
        let file = [
            Made {
                grid,
                ..made.clone()
            }
            .still(),
            SECRET.to_vec(),
        ]
        .concat();
        assert!(holds(&file, SECRET));
        let clean = stripped(&file);
        assert!(!holds(&clean, SECRET));
        // libavif does not write the profile of a grid.
        assert_eq!(holds(&clean, &profile()), grid == (1, 1));
        let before = header::read(Encoding::Avif, &file).unwrap();
        assert_eq!(header::read(Encoding::Avif, &clean).unwrap(), before);
        assert!(by_libavif(&clean) == by_libavif(&file));
    }
}

#[test]
fn an_animation_leaves_its_primary_picture_and_texts_behind() {
    let told = Made {
        told: SECRET.to_vec(),
        has_alpha: true,
        ..Made::default()
    };
    let file = told.animation(3);
    assert!(holds(&file, SECRET));
    let clean = stripped(&file);
    assert!(!holds(&clean, SECRET) && !holds(&clean, b"meta"));
    assert!(by_libavif(&clean) == by_libavif(&file));
}

/// Puts a unit behind the coded picture of a file with one item; its length, in `iloc`, grows, and so does `mdat`.
fn with_unit(file: &[u8], unit: &[u8]) -> Vec<u8> {
    let find = |kind: &[u8; 4]| file.windows(4).position(|bytes| bytes == kind).unwrap();
    let mut out = [file, unit].concat();
    let more = u32::try_from(unit.len()).unwrap();
    let mut grow = |at: usize| {
        let field: [u8; 4] = out[at..at + 4].try_into().unwrap();
        out[at..at + 4].copy_from_slice(&(u32::from_be_bytes(field) + more).to_be_bytes());
    };
    grow(find(b"mdat") - 4);
    // Version 1, lengths of four bytes, one item with one piece: see `container/heif/write.rs`.
    grow(find(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2 + 2 + 4);
    out
}

#[test]
fn units_that_show_nothing_are_left_behind() {
    let clean = stripped(&Made::default().still());
    for kind in [2, 5, 9, 15] {
        let length = u8::try_from(SECRET.len()).unwrap();
        let unit = [&[kind << 3 | 2, length], SECRET].concat();
        let planted = with_unit(&clean, &unit);
        assert!(holds(&planted, SECRET));
        decode::verify(Encoding::Avif, &planted).unwrap();
        assert!(stripped(&planted) == clean, "unit {kind}");
    }
}
