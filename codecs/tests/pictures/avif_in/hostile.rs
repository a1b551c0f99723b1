//! Damaged and hostile files: they are refused, or shown whole. None of them makes a panic.

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, decode, header, strip};
use libavif_sys::AVIF_PIXEL_FORMAT_YUV444;

use super::made::Made;
use crate::judging::{accept, rendered};

/// Small files of every structure.
fn files() -> Vec<Vec<u8>> {
    let small = Made {
        size: (24, 17),
        ..Made::default()
    };
    let alpha = Made {
        has_alpha: true,
        turn: 1,
        format: AVIF_PIXEL_FORMAT_YUV444,
        ..small.clone()
    };
    let grid = Made {
        size: (100, 70),
        grid: (2, 2),
        ..Made::default()
    };
    let pieces = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures/pieces");
    let deep = std::fs::read(format!("{pieces}/avif-12-bits-alpha.avif")).unwrap();
    vec![
        small.still(),
        alpha.still(),
        grid.still(),
        alpha.animation(3),
        small.animation(3),
        deep,
    ]
}

/// Judges a file, and renders it if it is accepted.
fn is_refused_or_rendered(file: &[u8], name: &str) -> bool {
    let is_small = header::read(Encoding::Avif, file).is_ok_and(|header| header.pixels() < 1 << 18);
    if !is_small {
        return false;
    }
    let Ok(delivered) = accept(Encoding::Avif, file) else {
        return false;
    };
    let again = strip::metadata(Encoding::Avif, &delivered).unwrap();
    assert!(again == delivered, "{name}: something was left to take");

    for (reduction, output) in [(1, Output::Png), (3, Output::Webp { quality: 50 })] {
        assert!(
            !rendered(Encoding::Avif, &delivered, reduction, output).is_empty(),
            "{name}"
        );
    }
    true
}

#[test]
fn any_byte_may_be_another() {
    for (number, file) in files().into_iter().enumerate() {
        let mut accepted = 0;
        for at in 0..file.len() {
            for change in [0xFF, 1 << (at % 8)] {
                let mut changed = file.clone();
                changed[at] ^= change;
                accepted += u32::from(is_refused_or_rendered(&changed, &format!("{number}: {at}")));
            }
        }
        assert!(accepted > 20, "{number}: {accepted} accepted");
    }
}

#[test]
fn a_file_of_any_length_is_refused() {
    for (number, file) in files().into_iter().enumerate() {
        for length in 0..file.len() {
            let is_shown = is_refused_or_rendered(&file[..length], &format!("{number}: {length}"));
            // The still picture of an animation comes first in its file, and is not what it shows.
            assert!(!is_shown, "{number}: the first {length} bytes");
        }
    }
}

/// Replaces the bytes behind the first box of this kind, from an offset in its content on.
fn patched(file: &[u8], kind: &[u8; 4], offset: usize, bytes: &[u8]) -> Vec<u8> {
    let at = file.windows(4).position(|found| found == kind).unwrap() + 4 + offset;
    let mut out = file.to_vec();
    out[at..at + bytes.len()].copy_from_slice(bytes);
    out
}

#[test]
fn a_size_that_is_not_the_coded_one_is_damage() {
    let file = Made::default().still();
    for (width, height) in [(71_u32, 45_u32), (70, 46), (7, 4), (9_000, 9_000)] {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        let other = patched(&file, b"ispe", 4, &size);
        let header = header::read(Encoding::Avif, &other).unwrap();
        assert_eq!((header.width, header.height), (width, height));
        assert!(
            decode::verify(Encoding::Avif, &other).is_err(),
            "{width} × {height}"
        );
    }
}

#[test]
fn what_is_decoded_counts_not_what_is_shown() {
    let cropped = Made {
        crop: Some([0, 0, 8, 8]),
        format: AVIF_PIXEL_FORMAT_YUV444,
        ..Made::default()
    };
    let file = cropped.still();
    let header = header::read(Encoding::Avif, &file).unwrap();
    assert_eq!(
        (header.width, header.height, header.pixels()),
        (8, 8, 70 * 45)
    );
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: 8,
            height: 8,
        },
        width: 8,
        height: 8,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Png,
    };
    let budget = Budget {
        pixels: 70 * 45 - 1,
        frames: 1,
        output_pixels: 1 << 20,
        deadline: std::time::Instant::now() + std::time::Duration::from_secs(60),
    };
    assert!(render(Encoding::Avif, &file, &recipe, &budget).is_err());
}
