//! Tests that no harmed file makes a decoder panic or spend more than its size allows.

use dozo_codecs::convert::{Foreign, convert, facts};

use super::cases::files;

/// Sizes beyond this are not decoded, as a caller would not.
const MOST_PIXELS: u64 = 1 << 18;

fn judge(foreign: Foreign, file: &[u8]) {
    if facts(foreign, file).is_ok_and(|facts| facts.pixels() <= MOST_PIXELS)
        && let Ok(made) = convert(foreign, file, None)
    {
        assert!(!made.bytes.is_empty());
    }
}

fn harm(foreign: Foreign, extension: &str) {
    for (_, file) in files(extension) {
        for place in 0..file.len() {
            judge(foreign, &file[..place]);
            // Every byte of the headers, and some of the pixels.
            if place < 400 || place % 16 == 0 {
                for value in [0, 1, 0x7F, 0x80, 0xFF, file[place] ^ 1] {
                    let mut harmed = file.clone();
                    harmed[place] = value;
                    judge(foreign, &harmed);
                }
            }
        }
    }
}

#[test]
fn harmed_bmps_are_judged() {
    harm(Foreign::Bmp, "bmp");
}

#[test]
fn harmed_tiffs_are_judged() {
    harm(Foreign::Tiff, "tif");
}
