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

/// Returns a file with these tags in one directory, and this content from byte 8 on.
pub(crate) fn tiff(tags: &[(u16, u16, u32, u32)], content: &[u8]) -> Vec<u8> {
    let mut tags = tags.to_vec();
    tags.sort_unstable();
    let mut out = b"II*\0".to_vec();
    out.extend(u32::try_from(8 + content.len()).unwrap().to_le_bytes());
    out.extend(content);
    out.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in tags {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out
}

/// Returns a picture of one bit a pixel in tiles that all lie at the same place.
fn tiled(compression: u32, (width, height): (u32, u32), tile: (u32, u32)) -> Vec<u8> {
    let count = width.div_ceil(tile.0) * height.div_ceil(tile.1);
    let places = [8_u32.to_le_bytes()]
        .concat()
        .repeat(usize::try_from(count).unwrap());
    let lengths = [0_u32.to_le_bytes()]
        .concat()
        .repeat(usize::try_from(count).unwrap());
    let at = |place: u32| if count == 1 { 8 } else { 8 + place };
    tiff(
        &[
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 1),
            (259, 3, 1, compression),
            (262, 3, 1, 0),
            (277, 3, 1, 1),
            (322, 4, 1, tile.0),
            (323, 4, 1, tile.1),
            (324, 4, count, at(0)),
            (325, 4, count, if count == 1 { 0 } else { at(count * 4) }),
        ],
        &[places, lengths].concat(),
    )
}

#[test]
fn tiles_beyond_the_picture_are_counted_or_refused() {
    // A wide picture of one row, in tiles of more rows.
    let wide = facts(Foreign::Tiff, &tiled(4, (100_000, 1), (1_024, 1_024))).unwrap();
    assert_eq!((wide.width, wide.height), (100_000, 1));
    assert_eq!(wide.pixels(), 98 * 1_024 * 1_024);
    for (size, tile) in [
        ((100_000_000, 1), (65_536, 65_536)),
        ((1, 1), (20_000, 20_000)),
        ((1, 1), (1_040, 16)),
    ] {
        let refused = facts(Foreign::Tiff, &tiled(7, size, tile));
        assert!(refused.is_err(), "{size:?} {tile:?}: {refused:?}");
    }
}

#[test]
fn more_tiles_than_pictures_have_are_refused() {
    let refused = facts(Foreign::Tiff, &tiled(5, (1 << 19, 1), (1, 1)));
    assert!(
        matches!(refused, Err(ConvertError::Unsupported(_))),
        "{refused:?}"
    );
}
