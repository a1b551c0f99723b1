//! Tests TIFF.

use dozo_codecs::convert::{ConvertError, Foreign, convert, facts};
use dozo_codecs::{Damage, Encoding};

use super::cases::{compare, files};

fn file(name: &str) -> Vec<u8> {
    let all = files("tif");
    all.into_iter().find(|(found, _)| found == name).unwrap().1
}

#[test]
fn each_kind_shows_its_pixels() {
    compare(Foreign::Tiff, "tif", |name| match name {
        // JPEG in it is decoded by another program; so is the rounding of other colour spaces.
        jpeg if jpeg.contains("jpeg") => 12,
        ycbcr if ycbcr.contains("ycbcr") => 2,
        "pillow-cmyk.tif" => 3,
        _ => 1,
    });
}

#[test]
fn what_suits_a_picture_is_chosen() {
    for (name, encoding) in [
        ("fax-page-group4.tif", Encoding::Png),
        ("pillow-palette.tif", Encoding::Png),
        ("alpha-straight.tif", Encoding::Png),
        ("pillow-raw.tif", Encoding::Png),
        ("tiles.tif", Encoding::Jpeg),
        ("little-16-None.tif", Encoding::Jpeg),
    ] {
        let made = convert(Foreign::Tiff, &file(name), None).unwrap();
        assert_eq!(made.encoding, encoding, "{name}");
    }
}

#[test]
fn pictures_are_counted_and_smaller_versions_are_not() {
    for (name, pictures) in [
        ("three-pictures.tif", 3),
        ("tiles.tif", 1),
        ("vips-lzw-pyramid.tif", 1),
    ] {
        let facts = facts(Foreign::Tiff, &file(name)).unwrap();
        assert_eq!(facts.pictures, pictures, "{name}");
    }
}

/// Returns a file with one directory, whose next one is at `next`.
fn chain(next: u32) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 8] = [
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (278, 3, 1, 1),
        (279, 4, 1, 1),
    ];
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next.to_le_bytes());
    out
}

#[test]
fn a_chain_that_leads_back_ends() {
    for next in [0, 8, 1_000_000] {
        assert_eq!(facts(Foreign::Tiff, &chain(next)).unwrap().pictures, 1);
    }
}

#[test]
fn strips_that_overlap_many_times_are_refused() {
    // A hundred strips that all have the whole file.
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let list = 8 + 2 + 8 * 12 + 4;
    let entries: [(u16, u16, u32, u32); 8] = [
        (256, 3, 1, 1),
        (257, 3, 1, 100),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, 100, list),
        (278, 3, 1, 1),
        (279, 4, 100, list + 400),
    ];
    out.extend(8_u16.to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out.extend([0_u32.to_le_bytes(); 100].concat());
    out.extend([900_u32.to_le_bytes(); 100].concat());
    let refused = convert(Foreign::Tiff, &out, None);
    assert!(
        matches!(refused, Err(ConvertError::Damage(Damage::Malformed(_)))),
        "{refused:?}"
    );
}

#[test]
fn a_file_that_lost_pixels_is_damaged() {
    for name in [
        "pillow-raw-noise.tif",
        "pillow-lzw-noise.tif",
        "pillow-deflate-noise.tif",
        "pillow-packbits-noise.tif",
        "fax-noise-group3.tif",
        "fax-noise-tiff_ccitt.tif",
        "tiles-jpeg.tif",
    ] {
        let whole = file(name);
        // The pixels of these files come before or after their directory: harm is done in the midst of them.
        let mut harmed = whole.clone();
        let middle = whole.len() / 2;
        harmed.drain(middle..middle + 40);
        let judged = convert(Foreign::Tiff, &harmed, None);
        let is_damaged = matches!(judged, Err(ConvertError::Damage(_)));
        assert!(
            is_damaged || judged.unwrap() != convert(Foreign::Tiff, &whole, None).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn what_is_not_decoded_is_named() {
    let raw = file("pillow-raw-noise.tif");
    let at = |tag: u16| {
        let place = raw.windows(2).position(|pair| pair == tag.to_le_bytes());
        place.unwrap() + 8
    };
    for (tag, value, name) in [
        (259, 6_u8, "a TIFF with an old kind of JPEG"),
        (259, 99, "a TIFF in an unusual compression"),
        (262, 8, "a TIFF in L*a*b* colours"),
        (
            277,
            200,
            "a TIFF of more samples a pixel than pictures have",
        ),
    ] {
        let mut other = raw.clone();
        other[at(tag)] = value;
        match facts(Foreign::Tiff, &other) {
            Err(ConvertError::Unsupported(found)) => assert_eq!(found, name),
            refused => panic!("{name}: {refused:?}"),
        }
    }
}
