//! Tests that what lies before and behind the content of a file does no harm.

use dozo_probe::Container;

use crate::cases::{PICTURE, TONE, at, film, sample};
use crate::clips::{look, make};

#[test]
fn what_follows_the_last_box_is_nobodys_business() {
    for name in ["trailing-four-zero-bytes.mp4", "trailing-text.mp4"] {
        assert_eq!(sample(name).duration_ms, Some(1_000), "{name}");
    }
    let last = film();
    let first = make(
        "a.mp4",
        &format!("{PICTURE} -c:v libx264 -movflags +faststart"),
    );
    let pieces = make(
        "a.mp4",
        &format!("{PICTURE} -c:v libx264 -movflags frag_keyframe+empty_moov"),
    );
    for film in [last, first, pieces] {
        for junk in [
            &b"\0"[..],
            b"\0\0\0\0\0\0\0\0",
            b"\n",
            b"<html>not found</html>",
            &[0xFF; 100],
            &[0; 4_000],
            &[1; 9],
            b"\0\0\0\x01junk\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
            b"TAGtitle",
        ] {
            let file = [&film[..], junk].concat();
            let found = look(&file).unwrap_or_else(|refusal| panic!("{junk:?}: {refusal:?}"));
            assert_eq!(found.duration_ms, Some(1_000), "{junk:?}");
        }
    }
}

#[test]
fn boxes_that_say_nothing_may_come_first() {
    assert_eq!(sample("free-box-first.mp4").container, Container::Mp4);
    let film = film();
    for name in [b"free", b"skip", b"wide", b"uuid", b"pdin"] {
        for bytes in [8_u32, 24, 5_000] {
            let mut file = bytes.to_be_bytes().to_vec();
            file.extend(name);
            file.resize(bytes as usize, 0);
            file.extend(&film);
            let found = look(&file).unwrap();
            assert_eq!(
                (found.container, found.duration_ms),
                (Container::Mp4, Some(1_000)),
                "{bytes}"
            );
        }
    }
    // From before there were brands.
    let bare = &film
        [at(&film, b"ftyp") - 8 + u32::from_be_bytes(film[..4].try_into().unwrap()) as usize..];
    assert_eq!(look(bare).unwrap().container, Container::Mov);
    assert_eq!(
        Container::of(b"The free encyclopedia that anyone can edit"),
        None
    );
}

#[test]
fn what_is_no_frame_may_come_before_the_first() {
    assert!(
        sample("zeros-before-frames.mp3")
            .duration_ms
            .unwrap()
            .abs_diff(1_000)
            <= 100
    );
    let bare = make(
        "a.mp3",
        &format!("{TONE} -c:a libmp3lame -b:a 64k -id3v2_version 0 -write_xing 0"),
    );
    let ape = |bytes: u32| {
        let mut tag = b"APETAGEX\xD0\x07\0\0".to_vec();
        tag.extend(bytes.to_le_bytes());
        tag.resize(32 + bytes as usize, b'x');
        tag
    };
    let id3 = |bytes: usize| {
        let mut tag = b"ID3\x03\0\0\0\0".to_vec();
        tag.extend([(bytes >> 7) as u8, (bytes & 0x7F) as u8]);
        tag.resize(10 + bytes, 0);
        tag
    };
    let noise: Vec<u8> = (0..1_000_u32)
        .map(|at| ((at * at) >> 3) as u8 & 0x7F)
        .collect();
    for junk in [
        vec![0; 1],
        vec![0; 64],
        vec![0; 2_000],
        ape(100),
        ape(5_000),
        id3(1),
        id3(777),
        id3(5_001),
        noise,
        [id3(100), vec![0; 3_000]].concat(),
        [ape(64), id3(10)].concat(),
        b"RADIO\0STREAM".to_vec(),
    ] {
        let file = [&junk[..], &bare].concat();
        let found = look(&file).unwrap();
        assert_eq!(found.container, Container::Mp3);
        assert!(
            found.duration_ms.unwrap().abs_diff(1_000) <= 150,
            "{found:?}"
        );
    }
}
