//! However the orientation was stored, the picture is upright: in the header, and by the only entry in the delivered
//! file.

use dozo_codecs::{Encoding, header, strip};
use image::ImageFormat;
use jpeg_encoder::SamplingFactor;

use crate::pieces::{case, encoded, extended, holds, jpeg, png_chunk, riff, segment, webp_chunk};

/// The delivered block, and nothing else.
fn plain(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

/// Blocks in both byte orders, with entries before and after the orientation, the directory at the start or far behind,
/// and the orientation as a BYTE, a SHORT and a LONG.
fn blocks(orientation: u8) -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    for is_little in [true, false] {
        for kind in [1_u16, 3, 4] {
            for offset in [8_u32, 9, 1_000] {
                let short = |number: u16| match is_little {
                    true => number.to_le_bytes(),
                    false => number.to_be_bytes(),
                };
                let long = |number: u32| match is_little {
                    true => number.to_le_bytes(),
                    false => number.to_be_bytes(),
                };
                let value = match kind {
                    1 => [orientation, 0, 0, 0],
                    3 => [short(orientation.into()), [0, 0]]
                        .concat()
                        .try_into()
                        .unwrap(),
                    _ => long(orientation.into()),
                };
                let entry = |tag: u16, kind: u16, value: [u8; 4]| {
                    [&short(tag)[..], &short(kind), &long(1), &value].concat()
                };
                let mut block = if is_little { b"II*\0" } else { b"MM\0*" }.to_vec();
                block.extend(long(offset));
                block.resize(usize::try_from(offset).unwrap(), 0xAA);
                block.extend(short(3));
                block.extend(entry(0x010F, 2, *b"abc\0"));
                block.extend(entry(0x0112, kind, value));
                block.extend(entry(0x0131, 2, *b"xyz\0"));
                block.extend(long(0));
                blocks.push(block);
            }
        }
    }
    blocks
}

fn is_upright(encoding: Encoding, file: &[u8], orientation: u8, name: &str) {
    let header = header::read(encoding, file).unwrap();
    assert_eq!(header.orientation, orientation, "{name}");
    let sides = if orientation > 4 { (30, 40) } else { (40, 30) };
    assert_eq!((header.width, header.height), sides, "{name}");
    let stripped = strip::metadata(encoding, file).unwrap();
    assert_eq!(header::read(encoding, &stripped).unwrap(), header, "{name}");
    // A simple reader that knows no prefixes, and only SHORT.
    assert!(
        orientation == 1 || holds(&stripped, &plain(orientation)),
        "{name}"
    );
    let prefixes = usize::from(encoding == Encoding::Jpeg && orientation > 1);
    assert_eq!(
        memchr::memmem::find_iter(&stripped, b"Exif\0").count(),
        prefixes,
        "{name}"
    );
}

#[test]
fn in_every_wording() {
    let (png, webp, jpeg) = (
        encoded(ImageFormat::Png),
        encoded(ImageFormat::WebP),
        encoded(ImageFormat::Jpeg),
    );
    for orientation in 1..=8 {
        for (index, block) in blocks(orientation).into_iter().enumerate() {
            for prefix in [
                &b""[..],
                b"Exif\0\0",
                b"Exif\0\xFF",
                b"\0\0",
                b"Exif\0\0\0\0",
            ] {
                let name = format!("{orientation}, {index}, {prefix:?}");
                let block = [prefix, &block, &[0; 40]].concat();
                let chunk = png_chunk(b"eXIf", &block);
                let early = [&png[..33], &chunk, &png[33..]].concat();
                is_upright(Encoding::Png, &early, orientation, &name);
                let late = [&png[..png.len() - 12], &chunk, &png[png.len() - 12..]].concat();
                is_upright(Encoding::Png, &late, orientation, &name);
                let exif = webp_chunk(b"EXIF", &block);
                // With and without the flag in the header that announces it.
                for flags in [8, 0] {
                    let file = riff(&[&extended(flags), &webp[12..], &exif]);
                    is_upright(Encoding::Webp, &file, orientation, &name);
                }
                if block.starts_with(b"Exif") {
                    let file = [&jpeg[..2], &segment(0xE1, &block), &jpeg[2..]].concat();
                    is_upright(Encoding::Jpeg, &file, orientation, &name);
                }
            }
        }
    }
}

#[test]
fn the_first_segment_that_says_one_counts() {
    let plainest = encoded(ImageFormat::Jpeg);
    let exif = |block: &[u8]| segment(0xE1, &[b"Exif\0\0", block].concat());
    let nothing = exif(b"MM\0*\0\0\0\x08\0\0\0\0\0\0");
    let xmp = segment(
        0xE1,
        b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='3'/>",
    );
    let segments = [xmp, nothing, exif(&plain(6)), exif(&plain(3))].concat();
    let file = [&plainest[..2], &segments, &plainest[2..]].concat();
    is_upright(Encoding::Jpeg, &file, 6, "several segments");
}

#[test]
fn what_is_no_orientation_turns_nothing() {
    let plainest = jpeg(false, 0, SamplingFactor::R_4_2_0);
    for value in [0, 9, 255] {
        let block = [b"Exif\0\0", plain(value).as_slice()].concat();
        let file = [&plainest[..2], &segment(0xE1, &block), &plainest[2..]].concat();
        assert_eq!(header::read(Encoding::Jpeg, &file).unwrap().orientation, 1);
        assert_eq!(strip::metadata(Encoding::Jpeg, &file).unwrap(), plainest);
    }
}

#[test]
fn the_samples() {
    for orientation in [3, 6] {
        let file = case(&format!(
            "webp-exif-with-prefix-orientation-{orientation}.webp"
        ));
        let header = header::read(Encoding::Webp, &file).unwrap();
        assert_eq!(header.orientation, orientation);
        assert_eq!((header.width, header.height), (96, 64));
        let stripped = strip::metadata(Encoding::Webp, &file).unwrap();
        assert!(holds(&stripped, &plain(orientation)) && !holds(&stripped, b"Exif"));
        assert_eq!(header::read(Encoding::Webp, &stripped).unwrap(), header);
    }
}
