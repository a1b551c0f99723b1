//! Tests how a picture is turned and how large it is, and which pictures are no film.

use dozo_probe::{Description, Selector};

use crate::cases::{PICTURE, TONE, at, film, patched, sample};
use crate::clips::{look, make};

fn size(found: &Description) -> (u32, u32) {
    found
        .video
        .as_ref()
        .map(|video| (video.width, video.height))
        .unwrap()
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
    // Upside down, and as in a mirror.
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
    // 1080 lines are coded as 1088, and not all writers cut the rest off in the stream.
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
