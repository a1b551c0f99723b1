//! Tests what files are recognised as, and how formats that are not accepted are named.

use super::*;

#[test]
fn files_are_what_they_begin_as() {
    let cases: &[(&str, &[u8], Result<&str, &str>)] = &[
        ("jpeg", b"\xFF\xD8\xFF\xE0", Ok("jpeg")),
        ("png", b"\x89PNG\r\n\x1A\n", Ok("png")),
        ("webp", b"RIFF\x10\0\0\0WEBPVP8 ", Ok("webp")),
        ("gif", b"GIF89a", Ok("gif")),
        (
            "bmp of version 5",
            b"BM\x8A\x07\0\0\0\0\0\0\x8A\0\0\0\x7C\0\0\0",
            Ok("bmp"),
        ),
        (
            "bmp",
            b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
            Ok("bmp"),
        ),
        ("tiff", b"II*\0\x08\0\0\0\0\0\0\0\0\0", Ok("tiff")),
        ("tiff of 64 bits", b"MM\0+\0\x08\0\0", Ok("tiff")),
        ("nothing", b"", Err("empty_file")),
        ("cut jpeg", b"\xFF\xD8", Err("unknown_format")),
        ("pdf", b"%PDF-1.7", Ok("pdf")),
        ("pdf behind junk", b"junk\n%PDF-1.4", Ok("pdf")),
        ("avif", b"\0\0\0\x18ftypavif", Ok("avif")),
        (
            "avif of a general brand",
            include_bytes!("../../../../tests/cases/images/avif-of-brand-mif1.avif"),
            Ok("avif"),
        ),
        (
            "avif that names no coding",
            b"\0\0\0\x14ftypmif1\0\0\0\0mif1\0\0\0\x0Ainfe\x02av01",
            Ok("avif"),
        ),
        (
            "heic that names no coding",
            b"\0\0\0\x14ftypmif1\0\0\0\0mif1\0\0\0\x0Ainfe\x02hvc1",
            Ok("heic"),
        ),
        ("heic", b"\0\0\0\x18ftypheic", Ok("heic")),
        ("mp4", b"\0\0\0\x18ftypisom", Ok("mp4")),
        ("quicktime", b"\0\0\0\x18ftypqt  ", Ok("mov")),
        ("matroska", b"\x1A\x45\xDF\xA3", Ok("matroska")),
        ("wav", b"RIFF\x10\0\0\0WAVE", Ok("wav")),
        ("mp3 with a tag", b"ID3\x04", Ok("mp3")),
        ("flash", b"FLV\x01", Err("kind_not_accepted")),
        (
            "playlist",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd",
            Err("unknown_format"),
        ),
        ("zip", b"PK\x03\x04", Err("kind_not_accepted")),
        ("svg", b"<?xml version='1.0'?><svg>", Ok("svg")),
        (
            "page with a drawing",
            b"<html><svg></svg></html>",
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
        ("text on cars", b"BMW and others", Err("unknown_format")),
        (
            "text on the press",
            b"P2 is a printer",
            Err("unknown_format"),
        ),
    ];
    for (name, head, expected) in cases {
        let found = sniff(head);
        assert_eq!(
            found.as_ref().map(|f| f.name()).map_err(Reason::code),
            *expected,
            "{name}"
        );
    }
}

/// The beginnings of files as programs write them, the names of their formats, and a word of the advice given.
const NAMED: &[(&[u8], &str, &str)] = &[
    (
        b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0",
        "an icon (ICO)",
        "PNG",
    ),
    (
        b"\0\0\x02\0\x01\0\x10\x10\0\0\x01\0",
        "a cursor (CUR)",
        "PNG",
    ),
    (
        b"\0\0\x02\0\0\0\0\0\0\0\0\0\x10\0\x10\0",
        "a Targa image",
        "PNG",
    ),
    (b"8BPS\0\x01", "a Photoshop document", "PNG"),
    (b"\xFF\x0A\xFA\x1F", "a JPEG XL image", "PNG"),
    (
        b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl ",
        "a JPEG XL image",
        "PNG",
    ),
    (
        b"\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x14ftypjp2 ",
        "a JPEG 2000 image",
        "PNG",
    ),
    (b"\xFF\x4F\xFF\x51\0\x2F", "a JPEG 2000 image", "PNG"),
    (b"II\xBC\x01 \0\0\0", "a JPEG XR image", "PNG"),
    (b"qoif\0\0\0\x10", "a QOI image", "PNG"),
    (
        b"P6\n16 16\n255\n",
        "a Netpbm image (PPM, PGM or PBM)",
        "PNG",
    ),
    (
        b"IIRO\x08\0\0\0",
        "an Olympus raw photo (ORF)",
        "photo program",
    ),
    (
        b"IIU\0\x18\0\0\0",
        "a Panasonic raw photo (RW2)",
        "photo program",
    ),
    (
        b"FUJIFILMCCD-RAW 0201",
        "a Fujifilm raw photo (RAF)",
        "photo program",
    ),
    (
        b"II*\0\x10\0\0\0CR\x02\0",
        "a Canon raw photo (CR2)",
        "photo program",
    ),
    (
        b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
        "a Canon raw photo (CR3)",
        "photo program",
    ),
    (b"FLV\x01\x05", "a Flash video", "MP4"),
    (b"\0\0\x01\xBA\x44", "an MPEG video", "MP4"),
    (b"\0\0\x01\xB3\x16", "an MPEG video", "MP4"),
    (
        b"0&\xB2u\x8Ef\xCF\x11\xA6\xD9",
        "a Windows Media file (WMV, WMA or ASF)",
        "MP4",
    ),
    (b".RMF\0\0\0\x12", "a RealMedia file", "MP4"),
    (b"FORM\0\0\x10\0AIFFCOMM", "an AIFF audio file", "MP3"),
    (
        b"\xFF\xF1\x50\x80",
        "an AAC audio file without a container",
        "MP3",
    ),
    (b"MThd\0\0\0\x06", "a MIDI file", "MP3"),
    (b"#!AMR\n\x3C", "an AMR audio file", "MP3"),
    (b"caff\0\x01\0\0desc", "a Core Audio file (CAF)", "MP3"),
    (b"PK\x03\x04\x14\0", "a ZIP archive", "Unpack"),
    (b"{\\rtf1\\ansi", "an RTF document", "PDF"),
    (b"AT&TFORM\0\0\x10\0DJVM", "a DjVu document", "PDF"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "an EPS drawing", "PDF"),
    (b"%!PS-Adobe-3.0\n", "a PostScript document", "PDF"),
];

#[test]
fn what_is_not_accepted_is_named_with_what_to_do() {
    for (head, name, advice) in NAMED {
        let reason = sniff(head).unwrap_err();
        let sentence = reason.message();
        assert_eq!(reason.code(), "kind_not_accepted", "{name}");
        assert!(
            sentence.starts_with(&format!("The file is {name}. ")),
            "{name}: {sentence}"
        );
        assert!(sentence.contains(advice), "{name}: {sentence}");
        // The refusal does not depend on the app's settings.
        assert!(!sentence.contains("app"), "{name}: {sentence}");
    }
}

#[test]
fn where_nothing_decodes_heic_it_is_named() {
    let sentence = heic_not_accepted().message();
    assert!(
        sentence.starts_with("The file is a HEIC image. "),
        "{sentence}"
    );
    assert!(sentence.contains("iPhone"), "{sentence}");
}
