//! Tests the originals that are made, whatever they are made of.

use dozo_codecs::convert::{Foreign, convert};

use super::cases::files;

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
