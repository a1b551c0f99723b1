//! Tests damaged files, and decoders that fail.

use std::path::PathBuf;

use dozo_codecs::Damage;
use dozo_codecs::convert::{ConvertError, Foreign, Hevc, HevcError, Pictures, convert, facts};
use dozo_hevc::Ffmpeg;

use super::{decoder, sample};

/// Gives grey frames without decoding anything, so that thousands of files can be judged.
struct Grey;

impl Hevc for Grey {
    fn decode(
        &self,
        pictures: &Pictures<'_>,
        frame: &mut dyn FnMut(&[u8]),
    ) -> Result<(), HevcError> {
        pictures.write(&mut std::io::sink()).unwrap();
        for _ in 0..pictures.count {
            frame(&vec![100; pictures.frame_bytes]);
        }
        Ok(())
    }
}

#[test]
fn no_byte_of_the_container_can_do_harm() {
    for name in [
        "grid.heic",
        "alpha.heic",
        "clap.heic",
        "deep-10.heic",
        "icc.heic",
    ] {
        let file = sample(name);
        for place in 0..file.len() {
            let step = if place < 900 { 1 } else { 37 };
            if !place.is_multiple_of(step) {
                continue;
            }
            for value in [0, 0xFF, file[place] ^ 1, file[place] ^ 0x80] {
                let mut harmed = file.clone();
                harmed[place] = value;
                let small = facts(Foreign::Heic, &harmed);
                if small.is_ok_and(|facts| facts.pixels() < 1 << 18)
                    && let Ok(made) = convert(Foreign::Heic, &harmed, Some(&Grey))
                {
                    assert!(!made.bytes.is_empty());
                }
            }
        }
    }
}

/// A file that is cut short is damaged. Of bytes that are overwritten, the coding may not show it; then the picture is
/// another one, and nothing breaks.
#[test]
fn damaged_pictures_get_a_verdict() {
    for name in ["chroma-420.heic", "grid.heic", "alpha.heic", "deep-10.heic"] {
        let file = sample(name);
        let cut = convert(Foreign::Heic, &file[..file.len() - 200], Some(&decoder()));
        assert!(
            matches!(cut, Err(ConvertError::Damage(_))),
            "{name}: {cut:?}"
        );
        let mut overwritten = file.clone();
        let middle = file.len() - 300;
        overwritten[middle..middle + 60].fill(0x55);
        let judged = convert(Foreign::Heic, &overwritten, Some(&decoder()));
        assert!(
            matches!(judged, Ok(_) | Err(ConvertError::Damage(_))),
            "{name}: {judged:?}"
        );
    }
}

/// A tile is said to be larger than it is, so there are fewer bytes than were promised.
#[test]
fn frames_of_another_size_are_damage() {
    let mut file = sample("chroma-420.heic");
    let place = file.windows(4).position(|bytes| bytes == b"ispe").unwrap();
    // 128 × 96 becomes 256 × 96.
    file[place + 10] = 1;
    file[place + 11] = 0;
    let refused = convert(Foreign::Heic, &file, Some(&decoder()));
    assert!(
        matches!(refused, Err(ConvertError::Damage(Damage::Malformed(_)))),
        "{refused:?}"
    );
}

#[test]
fn a_decoder_that_cannot_be_run_says_nothing_about_the_file() {
    let missing = Ffmpeg {
        program: PathBuf::from("/nowhere/ffmpeg"),
    };
    let failed = convert(Foreign::Heic, &sample("grid.heic"), Some(&missing));
    assert!(
        matches!(failed, Err(ConvertError::Decoder(_))),
        "{failed:?}"
    );
}

/// Programs that stand in for FFmpeg: one that gives nothing, one that never stops giving, one that fails in memory.
#[test]
fn whatever_the_program_does_the_answer_is_a_verdict() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    for (name, script, wanted) in [
        ("silent", "exit 0", "damage"),
        ("endless", "exec cat /dev/zero", "damage"),
        ("crashing", "kill -SEGV $$", "damage"),
        ("killed", "kill -KILL $$", "memory"),
        (
            "greedy",
            "echo Cannot allocate memory >&2; exit 1",
            "memory",
        ),
    ] {
        let program = directory.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let stand_in = Ffmpeg { program };
        let found = match convert(Foreign::Heic, &sample("grid.heic"), Some(&stand_in)) {
            Err(ConvertError::Damage(_)) => "damage",
            Err(ConvertError::Unsupported(what)) if what.contains("memory") => "memory",
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(found, wanted, "{name}");
    }
}

/// A tile of nothing but empty units would cost a look at each of them.
#[test]
fn empty_units_are_damage() {
    let mut file = sample("chroma-420.heic");
    let place = file.windows(4).position(|bytes| bytes == b"mdat").unwrap() + 4;
    file[place..].fill(0);
    let refused = convert(Foreign::Heic, &file, Some(&Grey));
    assert!(
        matches!(refused, Err(ConvertError::Damage(Damage::Malformed(_)))),
        "{refused:?}"
    );
}

#[test]
fn a_sequence_without_a_picture_is_not_damaged() {
    let file = b"\0\0\0\x18ftyphevc\0\0\0\0hevcmsf1\0\0\0\x08moov";
    let refused = facts(Foreign::Heic, file);
    assert!(
        matches!(refused, Err(ConvertError::Unsupported(_))),
        "{refused:?}"
    );
}

/// Notes the deadlines that it is given.
#[derive(Default)]
struct Noting(std::sync::Mutex<Vec<std::time::Instant>>);

impl Hevc for Noting {
    fn decode(
        &self,
        pictures: &Pictures<'_>,
        frame: &mut dyn FnMut(&[u8]),
    ) -> Result<(), HevcError> {
        self.0.lock().unwrap().push(pictures.deadline);
        Grey.decode(pictures, frame)
    }
}

#[test]
fn colours_and_alpha_have_one_deadline() {
    let noting = Noting::default();
    convert(Foreign::Heic, &sample("alpha.heic"), Some(&noting)).unwrap();
    let deadlines = noting.0.into_inner().unwrap();
    assert_eq!(deadlines.len(), 2);
    assert_eq!(deadlines[0], deadlines[1]);
}
