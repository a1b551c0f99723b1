//! Tests that a film in Dolby Vision is refused by name if only Dolby's own decoder shows its colours.

use dozo_probe::{Refusal, Sense};

use crate::cases::{PICTURE, TONE, at, replaced};
use crate::clips::{look, make};

/// The configuration record of this profile, at level 1, with a base layer that is compatible with this.
fn record(profile: u8, compatibility: u8) -> Vec<u8> {
    let mut record = vec![1, 0, profile << 1, 1 << 3 | 0b101, compatibility << 4];
    record.resize(24, 0);
    record
}

/// Puts a box behind the codec's own header in the first sample description.
fn with_box(film: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = |at: usize| u32::from_be_bytes(film[at - 8..at - 4].try_into().unwrap());
    let header = at(film, b"hvcC");
    let end = header - 8 + length(header) as usize;
    let mut new = film.to_vec();
    let size = content.len() as u32 + 8;
    for parent in [
        b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1",
    ] {
        let at = at(film, parent);
        new[at - 8..at - 4].copy_from_slice(&(length(at) + size).to_be_bytes());
    }
    let inner = [&size.to_be_bytes()[..], name, content].concat();
    new.splice(end..end, inner);
    new
}

/// A film in MP4.
fn plain() -> Vec<u8> {
    let options = "-c:v libx265 -x265-params log-level=error -tag:v hvc1 -c:a aac";
    make("plain.mp4", &format!("{PICTURE} {TONE} {options}"))
}

/// A film in MP4 with this record.
fn recorded(plain: &[u8], profile: u8, compatibility: u8) -> Vec<u8> {
    let name = if profile < 8 { b"dvcC" } else { b"dvvC" };
    with_box(plain, name, &record(profile, compatibility))
}

/// The same film in MP4, in Matroska, where FFmpeg carries the record over, and in a transport stream, where the record
/// takes the place of the codec's registration.
fn films(profile: u8, compatibility: u8) -> Vec<(&'static str, Vec<u8>)> {
    let film = recorded(&plain(), profile, compatibility);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    std::fs::write(&path, &film).unwrap();
    let copied = |name| {
        make(
            name,
            &format!("-i {} -c copy -strict unofficial", path.display()),
        )
    };
    let descriptor = [&[0xB0, 4], &record(profile, compatibility)[..4]].concat();
    let stream = replaced(&copied("film.ts"), b"\x05\x04HEVC", &descriptor);
    vec![
        ("MP4", film),
        ("Matroska", copied("film.mkv")),
        ("MPEG-TS", stream),
    ]
}

#[test]
fn a_film_whose_colours_only_dolby_decodes_is_refused_by_name() {
    for (container, film) in films(5, 0) {
        let Err(Refusal::Undecoded { sense, codec }) = look(&film) else {
            panic!("{container}: {:?}", look(&film));
        };
        assert_eq!(sense, Sense::Picture, "{container}");
        assert!(codec.starts_with("Dolby Vision"), "{container}: {codec}");
        assert!(codec.ends_with("(profile 5)"), "{container}: {codec}");
    }
}

/// Phones record profile 8.4, over HLG.
#[test]
fn a_film_with_a_layer_that_everybody_shows_is_accepted() {
    for (container, film) in films(8, 4) {
        let found = look(&film).unwrap_or_else(|refusal| panic!("{container}: {refusal:?}"));
        assert_eq!(found.video.unwrap().codec, "hevc", "{container}");
    }
}

#[test]
fn only_what_nobody_else_can_show_is_refused() {
    let plain = plain();
    let is_refused =
        |profile, compatibility| look(&recorded(&plain, profile, compatibility)).is_err();
    for (profile, compatibility) in [(5, 0), (10, 0), (20, 0)] {
        assert!(is_refused(profile, compatibility), "{profile}");
    }
    for (profile, compatibility) in [(4, 2), (7, 6), (8, 1), (8, 2), (8, 4), (9, 2), (10, 1)] {
        assert!(!is_refused(profile, compatibility), "{profile}");
    }
}
