//! Describes real files and others like them, and compares the result with their README.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a test may fail by panic"
)]

mod clips;

use clips::{case, look, make};
use dozo_probe::{Container, Description, Refusal, Selector, Sense};

const PICTURE: &str = "-f lavfi -i testsrc=size=160x120:rate=10:duration=1,format=yuv420p";
const TONE: &str = "-f lavfi -i sine=duration=1";

fn film() -> Vec<u8> {
    make("a.mp4", &format!("{PICTURE} {TONE} -c:v libx264 -c:a aac"))
}

fn sample(name: &str) -> Description {
    look(&case(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"))
}

fn size(found: &Description) -> (u32, u32) {
    found
        .video
        .as_ref()
        .map(|video| (video.width, video.height))
        .unwrap()
}

/// The offset of the content of the first box with this name.
fn at(file: &[u8], name: &[u8; 4]) -> usize {
    file.windows(4).position(|window| window == name).unwrap() + 4
}

fn patched(file: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut patched = file.to_vec();
    patched[at..at + bytes.len()].copy_from_slice(bytes);
    patched
}

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
    // The same with codecs that FFmpeg does not decode: the refusal names them.
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

fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = file.to_vec();
    let mut count = 0;
    for at in 0..file.len() - from.len() {
        if &file[at..at + from.len()] == from {
            replaced[at..at + to.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert!(count > 0);
    replaced
}

#[test]
fn of_a_stream_of_unknown_kind_only_the_picture_decides() {
    let ts = make(
        "a.ts",
        &format!("{PICTURE} {TONE} -c:v mpeg2video -c:a mp2"),
    );
    // The programme's table: type, and packet id with three bits set. The checksum after it is wrong now, but nothing
    // checks it.
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
    // Unknown stream types are guessed from the stream's content.
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
    // The object type of USAC, in its own header: 5 bits with 31, 6 bits with 42 - 32.
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

#[test]
fn a_wav_is_as_long_as_its_file_where_its_header_is_a_placeholder() {
    let found = sample("wav-length-of-sox-to-a-pipe.wav");
    assert!(
        found.duration_ms.unwrap().abs_diff(1_000) <= 10,
        "{found:?}"
    );
    let plain = make("a.wav", TONE);
    let data = at(&plain, b"data");
    for size in [
        0,
        0x7FFF_EFDC,
        0x7FFF_FFFF,
        0x7FFF_0000,
        0xFFFF_FFFF,
        0xFFFF_FFDB_u32,
        0x8000_0000,
        200_000,
    ] {
        let file = patched(&plain, data, &size.to_le_bytes());
        let found = look(&file).unwrap();
        assert!(
            found.duration_ms.unwrap().abs_diff(1_000) <= 10,
            "{size:x}: {found:?}"
        );
    }
    let long = make("a.wav", &format!("{TONE} -rf64 always"));
    let sizes = at(&long, b"ds64") + 12;
    for size in [0, u64::MAX, i64::MAX as u64, 1 << 40] {
        let file = patched(&long, sizes, &size.to_le_bytes());
        let found = look(&file).unwrap();
        assert!(
            found.duration_ms.unwrap().abs_diff(1_000) <= 10,
            "{size:x}: {found:?}"
        );
    }
    let other = replaced(&long, b"RF64", b"BW64");
    assert_eq!(look(&other).unwrap().duration_ms, Some(1_000));
}

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
    // A file from before `ftyp` existed.
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

#[test]
fn a_turn_is_found_wherever_it_is_said() {
    assert_eq!(size(&sample("rotation-in-movie-header-90.mp4")), (120, 160));
    assert_eq!(size(&sample("rotation-sei-90.mp4")), (120, 160));
    let film = film();
    let (movie, track) = (at(&film, b"mvhd") + 36, at(&film, b"tkhd") + 40);
    let matrix = |degrees: f64| {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let number = |number: f64| ((number * 65_536.0) as i32).to_be_bytes();
        let zero = [0; 4];
        [
            number(cosine),
            number(sine),
            zero,
            number(-sine),
            number(cosine),
            zero,
            zero,
            zero,
            [0x40, 0, 0, 0],
        ]
        .concat()
    };
    for (of_movie, of_track, expected, rotation) in [
        (0.0, 90.0, (120, 160), 90),
        (90.0, 0.0, (120, 160), 90),
        (90.0, 90.0, (160, 120), 180),
        (270.0, 90.0, (160, 120), 0),
        (0.0, 89.6, (120, 160), 90),
        (0.0, 180.4, (160, 120), 180),
        (-90.3, 0.0, (120, 160), 270),
        (0.0, 45.0, (160, 120), 0),
    ] {
        let file = patched(&film, movie, &matrix(of_movie));
        let found = look(&patched(&file, track, &matrix(of_track))).unwrap();
        assert_eq!(
            (size(&found), found.video.unwrap().rotation),
            (expected, rotation),
            "{of_movie} {of_track}"
        );
    }
    // Upside down and mirrored.
    let mirrored = [
        &(-65_536_i32).to_be_bytes()[..],
        &[0; 12],
        &65_536_i32.to_be_bytes(),
    ]
    .concat();
    assert_eq!(
        size(&look(&patched(&film, track, &mirrored)).unwrap()),
        (160, 120)
    );
}

#[test]
fn orientation_within_the_stream_is_found_in_every_container() {
    let directory = tempfile::tempdir().unwrap();
    for (codec, filter, name) in [
        (
            "libx264",
            "h264_metadata=display_orientation=insert:rotate",
            "a.mp4",
        ),
        (
            "libx264",
            "h264_metadata=display_orientation=insert:rotate",
            "a.ts",
        ),
        (
            "libx264",
            "h264_metadata=display_orientation=insert:rotate",
            "a.mkv",
        ),
    ] {
        for (degrees, expected) in [
            ("90", (120, 160)),
            ("-90", (120, 160)),
            ("180", (160, 120)),
            ("30", (160, 120)),
        ] {
            let plain = make("in.mp4", &format!("{PICTURE} -c:v {codec}"));
            let input = directory.path().join("in.mp4");
            std::fs::write(&input, plain).unwrap();
            let file = make(
                name,
                &format!("-i {} -c copy -bsf:v {filter}={degrees}", input.display()),
            );
            assert_eq!(size(&look(&file).unwrap()), expected, "{name} {degrees}");
        }
    }
}

#[test]
fn samples_that_last_absurdly_long_are_not_hidden() {
    // 10 samples of 209,715 seconds: too long for any app.
    let found = sample("one-sample-lasts-days.mp4");
    assert!(found.duration_ms.unwrap() > 2_000_000_000, "{found:?}");
    let film = film();
    let times = at(&film, b"stts") + 12;
    let one = patched(&film, times, &0x7FFF_FFFF_u32.to_be_bytes());
    assert!(look(&one).unwrap().duration_ms.unwrap() > 200_000_000);
    // An edit list that shows one second of ten is used, and so is a header that promises more than there is.
    let header = at(&film, b"mdhd") + 16;
    let long = patched(&film, header, &(10_240_u32 * 36_000).to_be_bytes());
    assert_eq!(look(&long).unwrap().duration_ms, Some(1_000));
    let cut = make(
        "a.mp4",
        &format!(
            "-f lavfi -i testsrc=size=160x120:rate=10:duration=10 {TONE} -c:v libx264 -c:a aac"
        ),
    );
    let list = at(&cut, b"elst") + 8;
    let short = patched(&cut, list, &1_000_u32.to_be_bytes());
    assert_eq!(look(&short).unwrap().duration_ms, Some(1_000));
}

#[test]
fn what_is_coded_counts_not_what_is_declared() {
    assert_eq!(
        size(&sample("declared-size-8000-coded-160.mp4")),
        (160, 120)
    );
    for (options, name, entry) in [
        ("-c:v libx264", "a.mp4", b"avc1"),
        ("-c:v libx265 -x265-params log-level=none", "a.mp4", b"hev1"),
        ("-c:v libaom-av1 -cpu-used 8", "a.mp4", b"av01"),
        ("-c:v mpeg4", "a.mp4", b"mp4v"),
    ] {
        let film = make(name, &format!("{PICTURE} {options}"));
        let at = film.windows(4).rposition(|window| window == entry).unwrap() + 28;
        assert_eq!(&film[at..at + 4], [0, 160, 0, 120]);
        for declared in [[0x1F, 0x40, 0x1F, 0x40], [0, 16, 0, 16], [0, 0, 0, 0]] {
            let found = look(&patched(&film, at, &declared)).unwrap();
            assert_eq!(size(&found), (160, 120), "{options}");
        }
        let mkv = make("a.mkv", &format!("{PICTURE} {options}"));
        assert_eq!(size(&look(&mkv).unwrap()), (160, 120), "{options}");
    }
    // 1080 lines are coded as 1088, and not all writers crop the rest in the stream.
    let odd = make(
        "a.mp4",
        "-f lavfi -i testsrc=size=160x118:rate=10:duration=1 -pix_fmt yuv420p -c:v libx264",
    );
    assert_eq!(size(&look(&odd).unwrap()), (160, 118));
}

#[test]
fn pictures_of_chapters_and_covers_are_no_film() {
    let directory = tempfile::tempdir().unwrap();
    let cover = directory.path().join("cover.png");
    std::fs::write(
        &cover,
        make("cover.png", "-f lavfi -i color=size=64x64 -frames:v 1"),
    )
    .unwrap();
    let options = "-map 0 -map 1 -c:a aac -c:v png -disposition:v attached_pic";
    let book = make("a.m4a", &format!("{TONE} -i {} {options}", cover.display()));
    let found = look(&book).unwrap();
    assert!(found.video.is_none() && found.audio.len() == 1, "{found:?}");
    let song = make(
        "a.mp3",
        &format!(
            "{TONE} -i {} -map 0 -map 1 -c:a libmp3lame -c:v png",
            cover.display()
        ),
    );
    assert!(look(&song).unwrap().video.is_none());
    // A track of pictures that another track names as its chapters.
    let film = film();
    let track = at(&film, b"trak") - 8;
    let sound = film[track + 8..]
        .windows(4)
        .position(|window| window == b"trak")
        .unwrap()
        + track
        + 4;
    assert_eq!(&film[sound + 4..sound + 8], b"trak");
    let mut book = film.clone();
    let chapters = [
        &20_u32.to_be_bytes()[..],
        b"tref",
        &12_u32.to_be_bytes(),
        b"chap",
        &1_u32.to_be_bytes(),
    ]
    .concat();
    book.splice(sound + 8..sound + 8, chapters);
    let moov = at(&film, b"moov") - 8;
    for start in [moov, sound] {
        let size = u32::from_be_bytes(book[start..start + 4].try_into().unwrap()) + 20;
        book[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }
    let found = look(&book).unwrap();
    assert!(found.video.is_none() && found.audio.len() == 1, "{found:?}");
    assert_eq!(found.audio[0].selector, Selector::Index(1));
}
