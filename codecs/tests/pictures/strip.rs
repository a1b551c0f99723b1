//! The information about a picture's maker is removed, and the picture stays the same.

use dozo_codecs::{Encoding, header, strip};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder, ImageFormat};

use crate::pieces::{
    ENCODINGS, SECRET, encoded, extended, holds, pixels, png_chunk, profile, riff, segment,
    webp_chunk,
};

/// A TIFF block with an orientation and, after its directory, the secret.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(SECRET);
    tiff
}

fn jpeg(orientation: u8) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut plain, 90);
    encoder.set_icc_profile(profile()).unwrap();
    encoder
        .write_image(&pixels(40, 30), 40, 30, image::ExtendedColorType::Rgb8)
        .unwrap();
    [
        &plain[..2],
        &segment(0xE1, &[b"Exif\0\0", exif(orientation).as_slice()].concat()),
        &segment(
            0xE1,
            &[b"http://ns.adobe.com/xap/1.0/\0<x>", SECRET].concat(),
        ),
        &segment(0xED, &[b"Photoshop 3.0\0", SECRET].concat()),
        &segment(0xFE, SECRET),
        &segment(0xE2, &[b"MPF\0", SECRET].concat()),
        &plain[2..],
        b"a film behind the picture ",
        SECRET,
    ]
    .concat()
}

fn png(orientation: u8) -> Vec<u8> {
    let plain = encoded(ImageFormat::Png);
    // Insert after the signature and IHDR.
    let (head, rest) = plain.split_at(8 + 25);
    [
        head,
        &png_chunk(b"gAMA", &45455_u32.to_be_bytes()),
        &png_chunk(b"eXIf", &exif(orientation)),
        &png_chunk(b"tEXt", &[b"Comment\0", SECRET].concat()),
        &png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()),
        &png_chunk(b"prVt", SECRET),
        rest,
        SECRET,
    ]
    .concat()
}

fn webp(orientation: u8) -> Vec<u8> {
    let plain = encoded(ImageFormat::WebP);
    let file = riff(&[
        &extended(0x20 | 0x08 | 0x04),
        &webp_chunk(b"ICCP", &profile()),
        &plain[12..],
        &webp_chunk(b"EXIF", &exif(orientation)),
        &webp_chunk(b"XMP ", SECRET),
        &webp_chunk(b"odd!", SECRET),
    ]);
    [&file, SECRET].concat()
}

fn gif() -> Vec<u8> {
    let plain = encoded(ImageFormat::Gif);
    let (body, _) = plain.split_at(plain.len() - 1);
    let length = u8::try_from(SECRET.len()).unwrap();
    let comment = [&[0x21, 0xFE, length][..], SECRET, &[0]].concat();
    let xmp = [&b"\x21\xFF\x0BXMP DataXMP"[..], &[length], SECRET, &[0]].concat();
    [
        body,
        &comment,
        &xmp,
        b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0",
        &[0x3B],
        SECRET,
    ]
    .concat()
}

fn check(encoding: Encoding, file: &[u8], name: &str) -> Vec<u8> {
    assert!(holds(file, SECRET), "{name} is a test");
    let stripped = strip::metadata(encoding, file).unwrap();
    assert!(!holds(&stripped, SECRET), "{name} tells nothing");
    assert_eq!(
        header::read(encoding, &stripped).unwrap(),
        header::read(encoding, file).unwrap(),
        "{name}"
    );
    let (before, after) = (
        image::load_from_memory(file).unwrap(),
        image::load_from_memory(&stripped).unwrap(),
    );
    assert_eq!(before, after, "{name} is the same picture");
    let again = strip::metadata(encoding, &stripped).unwrap();
    assert_eq!(again, stripped, "{name} has nothing left to take");
    stripped
}

#[test]
fn nothing_personal_is_left_and_the_picture_is_the_same() {
    for orientation in 1..=8 {
        let stripped = check(Encoding::Jpeg, &jpeg(orientation), "jpeg");
        assert!(holds(&stripped, &profile()), "the colour profile stays");
        assert_eq!(
            header::read(Encoding::Jpeg, &stripped).unwrap().orientation,
            orientation
        );

        let stripped = check(Encoding::Png, &png(orientation), "png");
        assert!(holds(&stripped, b"gAMA"));
        assert_eq!(
            header::read(Encoding::Png, &stripped).unwrap().orientation,
            orientation
        );

        let stripped = check(Encoding::Webp, &webp(orientation), "webp");
        assert!(holds(&stripped, &profile()), "the colour profile stays");
        assert_eq!(
            header::read(Encoding::Webp, &stripped).unwrap().orientation,
            orientation
        );
    }
    let stripped = check(Encoding::Gif, &gif(), "gif");
    assert!(holds(&stripped, b"NETSCAPE2.0"), "it still loops");
}

#[test]
fn a_file_with_nothing_to_tell_stays_as_it_is() {
    for (encoding, format) in ENCODINGS {
        let file = encoded(format);
        assert_eq!(
            strip::metadata(encoding, &file).unwrap(),
            file,
            "{format:?}"
        );
    }
}
