//! Tests which streams of a file count, and which are left out or refused.

use dozo_probe::{Container, Refusal, Selector, Sense};

use crate::cases::{PICTURE, TONE, at, film, patched, replaced, sample};
use crate::clips::{look, make};

#[test]
fn unknown_sound_is_left_out_and_the_next_is_heard() {
    for (name, codec) in [
        ("first-sound-unknown.mp4", "Apple Positional"),
        ("first-sound-unknown.mkv", "A_XPUS"),
    ] {
        let found = sample(name);
        assert_eq!(
            found.video.as_ref().unwrap().selector,
            Selector::Index(0),
            "{name}"
        );
        let [audio] = &found.audio[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (audio.selector, audio.number),
            (Selector::Index(2), 2),
            "{name}"
        );
        let [left] = &found.left_out[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (left.sense, left.number, left.is_decoded),
            (Sense::Sound, 1, false),
            "{name}"
        );
        assert!(left.codec.contains(codec), "{left:?}");
    }
}

#[test]
fn a_picture_never_becomes_sound_alone() {
    for (name, codec, container) in [
        ("picture-cineform.mov", "cfhd", Container::Mov),
        ("picture-2vuy.mov", "rawvideo", Container::Mov),
        ("picture-m4s2.avi", "mpeg4", Container::Avi),
    ] {
        let found = sample(name);
        let video = found.video.unwrap();
        assert_eq!((video.codec, found.container), (codec, container), "{name}");
        assert_eq!(found.audio.len(), 1, "{name}");
    }
    // The same in codecs that nobody decodes: the refusal says which.
    let undecoded = |file: &[u8]| match look(file) {
        Err(Refusal::Undecoded {
            sense: Sense::Picture,
            codec,
        }) => codec,
        other => panic!("{other:?}"),
    };
    let film = film();
    let raw = patched(&film, at(&film, b"avc1") - 4, b"aprn");
    // The first `avc1` is a brand.
    let entry = film
        .windows(4)
        .rposition(|window| window == b"avc1")
        .unwrap();
    let raw = patched(&raw, entry, b"aprn");
    assert_eq!(undecoded(&raw), "Apple ProRes RAW");
    let strange = patched(&film, entry, b"zz\x01z");
    assert_eq!(undecoded(&strange), "code 0x7A7A017A");
    let avi = make(
        "a.avi",
        &format!("{PICTURE} {TONE} -c:v mpeg4 -tag:v XVID -c:a libmp3lame"),
    );
    let strange = String::from_utf8_lossy(&avi).into_owned();
    assert!(strange.contains("XVID"));
    let strange: Vec<u8> = replaced(&avi, b"XVID", b"QQQQ");
    assert_eq!(undecoded(&strange), "“QQQQ”");
    let mkv = make("a.mkv", &format!("{PICTURE} {TONE} -c:v libx264 -c:a aac"));
    let strange = replaced(&mkv, b"V_MPEG4/ISO/AVC", b"V_XXXX4/ISO/AVC");
    assert_eq!(undecoded(&strange), "“V_XXXX4/ISO/AVC”");
}

#[test]
fn of_a_stream_of_unknown_kind_only_the_picture_decides() {
    let ts = make(
        "a.ts",
        &format!("{PICTURE} {TONE} -c:v mpeg2video -c:a mp2"),
    );
    // The table of the programme: kind, and packet id with three bits set. What follows is its checksum, which nobody minds.
    let picture = replaced(&ts, &[0x02, 0xE1, 0x00, 0xF0], &[0xD2, 0xE1, 0x00, 0xF0]);
    let expected = Refusal::Undecoded {
        sense: Sense::Picture,
        codec: "AVS2".to_owned(),
    };
    assert_eq!(look(&picture), Err(expected));
    let sound = replaced(&ts, &[0x03, 0xE1, 0x01, 0xF0], &[0x2D, 0xE1, 0x01, 0xF0]);
    let found = look(&sound).unwrap();
    assert_eq!(
        (found.audio.len(), &found.left_out[0].codec[..]),
        (0, "MPEG-H 3D Audio")
    );
    // Kinds that no table knows are told by what is in them.
    let sound = replaced(&ts, &[0x03, 0xE1, 0x01, 0xF0], &[0x99, 0xE1, 0x01, 0xF0]);
    assert_eq!(look(&sound).unwrap().audio[0].codec, "mp2");
    let picture = replaced(&ts, &[0x02, 0xE1, 0x00, 0xF0], &[0x99, 0xE1, 0x00, 0xF0]);
    assert_eq!(look(&picture).unwrap().video.unwrap().codec, "mpeg2video");
}

#[test]
fn sound_does_not_vanish() {
    for (name, codec) in [
        ("sound-lpcm-camcorder.m2ts", "pcm_bluray"),
        ("sound-wavpack.mkv", "wavpack"),
    ] {
        let found = sample(name);
        assert!(found.video.is_some(), "{name}");
        assert_eq!(found.audio[0].codec, codec, "{name}");
    }
    let only = make("a.mp4", &format!("{TONE} -c:a aac"));
    // The object type of what came after AAC, in its own header: 5 bits of 31, 6 of 42 - 32.
    let header = only
        .windows(2)
        .position(|bytes| bytes == [0x05, 0x80])
        .unwrap()
        + 5;
    let unified = patched(
        &only,
        header,
        &[0b1111_1001, 0b0100_0000 | only[header + 1] & 0x1F],
    );
    let expected = Refusal::Undecoded {
        sense: Sense::Sound,
        codec: "xHE-AAC (USAC)".to_owned(),
    };
    assert_eq!(look(&unified), Err(expected));
}
