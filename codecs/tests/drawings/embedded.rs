//! Tests the pictures within drawings: what they are delivered as, and what of them is left out.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dozo_codecs::convert::ConvertError;
use image::{ImageFormat, Rgb, RgbImage};

use super::{drawing, whole, written};

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let pixels = RgbImage::from_pixel(width, height, Rgb([0, 0, 255]));
    pixels.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn with(kind: &str, picture: &[u8]) -> String {
    let data = STANDARD.encode(picture);
    drawing(&format!(
        "<image width='100' height='100' preserveAspectRatio='none' href='data:{kind};base64,{data}'/>"
    ))
}

#[test]
fn pictures_are_kept_without_metadata_or_become_png() {
    for (kind, format, delivered) in [
        ("image/png", ImageFormat::Png, "image/png"),
        ("image/jpeg", ImageFormat::Jpeg, "image/jpeg"),
        ("image/gif", ImageFormat::Gif, "image/png"),
        ("image/webp", ImageFormat::WebP, "image/png"),
        // Whatever the drawing says of it.
        ("image/png", ImageFormat::Jpeg, "image/jpeg"),
        ("text/html", ImageFormat::Png, "image/png"),
    ] {
        let text = written(&with(kind, &encoded(40, 30, format))).unwrap();
        assert!(
            text.contains(&format!("data:{delivered};base64,")),
            "{kind}: {text}"
        );
        let [red, green, blue, alpha] = whole(&text, (20, 20)).get_pixel(10, 10).0;
        assert!(red < 5 && green < 5 && blue > 250 && alpha == 255, "{kind}");
    }
}

#[test]
fn what_hides_in_a_picture_is_taken_out() {
    let mut jpeg = encoded(40, 30, ImageFormat::Jpeg);
    let comment = b"\xFF\xFE\x00\x0Eevil comment";
    jpeg.splice(2..2, comment.iter().copied());
    jpeg.extend(b"<script>evil()</script>");
    let text = written(&with("image/jpeg", &jpeg)).unwrap();
    let (_, data) = text.split_once("base64, ").unwrap();
    let (data, _) = data.split_once('"').unwrap();
    let data = STANDARD.decode(data).unwrap();
    assert!(!data.windows(4).any(|word| word == b"evil"));
}

#[test]
fn what_is_no_picture_is_left_out() {
    let png = encoded(40, 30, ImageFormat::Png);
    for (kind, picture) in [
        ("image/png", &png[..png.len() / 2]),
        ("image/png", b"<html><script>evil()</script></html>"),
        ("image/bmp", b"BM"),
        ("image/svg+xml", b"<svg"),
        ("image/svg+xml", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"),
        ("image/svg+xml", b"\x1F\x8B\x08"),
    ] {
        let text = written(&with(kind, picture)).unwrap();
        assert!(!text.contains("<image"), "{text}");
    }
}

/// A few kilobytes that would be gigabytes of pixels.
#[test]
fn large_pictures_are_refused_before_they_are_decoded() {
    let mut png = encoded(1, 1, ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let crc = crc32fast::hash(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let refused = written(&with("image/png", &png));
    assert!(
        matches!(refused, Err(ConvertError::Unsupported(_))),
        "{refused:?}"
    );
}

/// A drawing within a drawing becomes a picture; what lies within that is left out.
#[test]
fn a_drawing_within_a_drawing_is_a_picture() {
    let inner = "<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><rect width='10' height='10' fill='#00f'/></svg>";
    let text = written(&with("image/svg+xml", inner.as_bytes())).unwrap();
    assert!(
        text.contains("data:image/png;base64,") && !text.contains("svg+xml"),
        "{text}"
    );
    assert_eq!(whole(&text, (20, 20)).get_pixel(10, 10).0, [0, 0, 255, 255]);
    let middle = with("image/svg+xml", inner.as_bytes());
    let text = written(&with("image/svg+xml", middle.as_bytes())).unwrap();
    assert_eq!(whole(&text, (20, 20)).get_pixel(10, 10).0[3], 0);
}
