//! What a file is, by its first bytes: never by its name or declared type.
//!
//! A sniff decides which real parser may look at a file, and nothing else: it accepts nothing by itself.
//! Signatures: <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern> and the formats' own
//! specifications.

use dozo_probe::Container;

use crate::kind::{Format, Kind};
use crate::rejection::Reason;

/// Bytes that are enough for every signature below.
pub const SNIFF_BYTES: u64 = 4096;

const NO_STAGE: &str = "This app does not accept such files.";
const AS_JPEG: &str = "Export it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) or as PNG, and upload that.";

/// The format of an accepted file, or why a file that begins so is refused.
///
/// # Errors
/// The reason it is refused; with a kind in it, when only a stage for it is missing.
pub fn sniff(head: &[u8]) -> Result<Format, Reason> {
    if head.is_empty() {
        return Err(Reason::Empty);
    }
    if let Some(format) = image(head) {
        return Ok(format);
    }
    let refused = |found, kind, advice| {
        Err(Reason::KindNotAccepted {
            found,
            kind,
            advice,
        })
    };
    if let Some(brand) = file_type_brand(head) {
        match brand {
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
                return refused("a HEIC image", Some(Kind::Image), AS_JPEG);
            }
            b"avif" | b"avis" => {
                return refused("an AVIF image", Some(Kind::Image), AS_JPEG);
            }
            _ => {}
        }
    }
    if let Some(container) = Container::of(head) {
        return Ok(Format::from(container));
    }
    for (signature, found, kind) in OTHERS {
        if head.starts_with(signature) {
            return refused(found, *kind, NO_STAGE);
        }
    }
    // Where PDFium looks for it, too.
    if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    if let Some(found) = script(head) {
        return Err(Reason::Script { found });
    }
    let within = Container::within(head).map(Format::from);
    within.ok_or(Reason::UnknownFormat)
}

fn image(head: &[u8]) -> Option<Format> {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Format::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        _ => None,
    }
}

const OTHERS: &[(&[u8], &str, Option<Kind>)] = &[
    (b"II*\0", "a TIFF or raw camera image", Some(Kind::Image)),
    (b"MM\0*", "a TIFF or raw camera image", Some(Kind::Image)),
    (b"BM", "a BMP image", Some(Kind::Image)),
    (b"8BPS", "a Photoshop document", Some(Kind::Image)),
    (b"\0\0\x01\0", "an icon", Some(Kind::Image)),
    (
        b"\0\0\0\x0CJXL \r\n\x87\n",
        "a JPEG XL image",
        Some(Kind::Image),
    ),
    (b"\xFF\x0A", "a JPEG XL image", Some(Kind::Image)),
    (
        b"\0\0\0\x0CjP  \r\n\x87\n",
        "a JPEG 2000 image",
        Some(Kind::Image),
    ),
    (b"\0\0\x01\xBA", "an MPEG video", Some(Kind::Video)),
    (b"FLV\x01", "a Flash video", Some(Kind::Video)),
    (b"PK\x03\x04", "a ZIP archive or an office document", None),
    (b"\x1F\x8B", "a gzip archive", None),
    (b"%!PS", "a PostScript document", None),
];

/// The major brand of an ISO base media file (ISO/IEC 14496-12 §4.3): box size, `ftyp`, brand.
fn file_type_brand(head: &[u8]) -> Option<&[u8; 4]> {
    match head {
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] => rest.first_chunk(),
        _ => None,
    }
}

/// Text formats that browsers execute script in. They are named only to explain the refusal: what is not
/// recognised is refused as well.
fn script(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.contains("<svg") {
        return Some("an SVG image");
    }
    if ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|tag| text.contains(tag))
    {
        return Some("an HTML page");
    }
    text.starts_with("<?xml").then_some("an XML document")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_they_begin_as() {
        let cases: &[(&str, &[u8], Result<Format, &str>)] = &[
            ("jpeg", b"\xFF\xD8\xFF\xE0", Ok(Format::Jpeg)),
            ("png", b"\x89PNG\r\n\x1A\n", Ok(Format::Png)),
            ("webp", b"RIFF\x10\0\0\0WEBPVP8 ", Ok(Format::Webp)),
            ("gif", b"GIF89a", Ok(Format::Gif)),
            ("nothing", b"", Err("empty_file")),
            ("cut jpeg", b"\xFF\xD8", Err("unknown_format")),
            ("pdf", b"%PDF-1.7", Ok(Format::Pdf)),
            ("pdf behind junk", b"junk\n%PDF-1.4", Ok(Format::Pdf)),
            ("heic", b"\0\0\0\x18ftypheic", Err("kind_not_accepted")),
            ("mp4", b"\0\0\0\x18ftypisom", Ok(Format::Mp4)),
            ("quicktime", b"\0\0\0\x18ftypqt  ", Ok(Format::Mov)),
            ("matroska", b"\x1A\x45\xDF\xA3", Ok(Format::Matroska)),
            ("wav", b"RIFF\x10\0\0\0WAVE", Ok(Format::Wav)),
            ("mp3 with a tag", b"ID3\x04", Ok(Format::Mp3)),
            ("flash", b"FLV\x01", Err("kind_not_accepted")),
            (
                "playlist",
                b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd",
                Err("unknown_format"),
            ),
            ("zip", b"PK\x03\x04", Err("kind_not_accepted")),
            (
                "svg",
                b"<?xml version='1.0'?><svg>",
                Err("script_not_accepted"),
            ),
            ("html", b"\n<!DOCTYPE html><p>", Err("script_not_accepted")),
            (
                "script",
                b"<script>alert(1)</script>",
                Err("script_not_accepted"),
            ),
            (
                "xml",
                b"\xEF\xBB\xBF<?xml version='1.0'?>",
                Err("script_not_accepted"),
            ),
            ("text", b"hello", Err("unknown_format")),
        ];
        for (name, head, expected) in cases {
            let found = sniff(head);
            assert_eq!(
                found.as_ref().map(|f| *f).map_err(Reason::code),
                *expected,
                "{name}"
            );
        }
    }
}
