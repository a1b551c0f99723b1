use proptest::prelude::*;

use super::*;
use crate::vocabulary::streams::{AudioStream, VideoStream};

fn source(size: Option<(u32, u32)>, tracks: usize, channels: u16) -> Streams {
    let audio = AudioStream {
        id: None,
        number: None,
        codec: "aac".to_owned(),
        channels: Some(channels),
        sample_rate: Some(48_000),
        language: None,
        name: None,
    };
    Streams {
        duration_ms: Some(1_000),
        video: size.map(|(width, height)| VideoStream {
            id: None,
            codec: "h264".to_owned(),
            width,
            height,
            rotation: 0,
            frames_per_1000_s: Some(25_000),
        }),
        audio: vec![audio; tracks],
        texts: Vec::new(),
        left_out: Vec::new(),
    }
}

#[test]
fn common_sources_have_the_rungs_one_expects() {
    type Sides = (u32, u32);
    let cases: &[(Sides, &[Sides])] = &[
        (
            (3840, 2160),
            &[
                (3840, 2160),
                (2560, 1440),
                (1920, 1080),
                (1280, 720),
                (960, 540),
                (640, 360),
                (480, 270),
            ],
        ),
        (
            (1920, 1080),
            &[
                (1920, 1080),
                (1280, 720),
                (960, 540),
                (640, 360),
                (480, 270),
            ],
        ),
        (
            (1080, 1920),
            &[
                (1080, 1920),
                (720, 1280),
                (540, 960),
                (360, 640),
                (270, 480),
            ],
        ),
        (
            (1280, 720),
            &[(1280, 720), (960, 540), (640, 360), (480, 270)],
        ),
        (
            (1600, 900),
            &[(1600, 900), (1280, 720), (960, 540), (640, 360), (480, 270)],
        ),
        ((640, 480), &[(640, 480), (480, 360), (360, 270)]),
        ((320, 180), &[(320, 180)]),
        ((321, 181), &[(320, 180)]),
        ((16, 16), &[(16, 16)]),
        (
            (2560, 1080),
            &[
                (2216, 936),
                (1476, 624),
                (1106, 468),
                (738, 312),
                (552, 234),
            ],
        ),
    ];
    for (size, expected) in cases {
        let ladder = Ladder::of(&source(Some(*size), 1, 2));
        let sizes: Vec<_> = ladder
            .video
            .iter()
            .map(|rung| (rung.size.width, rung.size.height))
            .collect();
        assert_eq!(sizes, *expected, "{size:?}");
    }
}

#[test]
fn sound_alone_has_a_ladder_of_its_own() {
    let ladder = Ladder::of(&source(None, 3, 2));
    let rates: Vec<_> = ladder
        .audio
        .iter()
        .map(|rung| (rung.track, rung.kilobits))
        .collect();
    assert_eq!(rates, [(0, 192), (0, 96), (0, 48)]);
    assert_eq!((ladder.video.len(), ladder.poster), (0, None));
    let mono = Ladder::of(&source(None, 1, 1));
    let rates: Vec<_> = mono
        .audio
        .iter()
        .map(|rung| (rung.channels, rung.kilobits))
        .collect();
    assert_eq!(rates, [(1, 96), (1, 48), (1, 24)]);
}

#[test]
fn a_picture_keeps_its_tracks_and_may_have_none() {
    let tracks = |count| Ladder::of(&source(Some((640, 360)), count, 6)).audio.len();
    assert_eq!(
        (tracks(0), tracks(3), tracks(20)),
        (0, 3, usize::from(MAX_TRACKS))
    );
}

#[test]
fn a_storyboard_has_about_a_hundred_pictures_and_none_is_far_from_the_next() {
    let of = |size, duration_ms| {
        let streams = Streams {
            duration_ms,
            ..source(Some(size), 1, 2)
        };
        Ladder::of(&streams).storyboard
    };
    for (duration_ms, seconds) in [
        (None, 5),
        (Some(0), 2),
        (Some(400), 2),
        (Some(200_000), 2),
        (Some(200_001), 3),
        (Some(600_000), 6),
        (Some(1_000_000), 10),
        (Some(43_200_000), 10),
        (Some(u64::MAX), 10),
    ] {
        let found = of((1_920, 1_080), duration_ms).unwrap();
        assert_eq!(found.seconds, seconds, "{duration_ms:?}");
        assert_eq!((found.size.width, found.size.height), (160, 90));
    }
    let portrait = of((1_080, 1_920), None).unwrap().size;
    assert_eq!((portrait.width, portrait.height), (90, 160));
    let small = of((64, 48), None).unwrap().size;
    assert_eq!((small.width, small.height), (64, 48), "never scaled up");
    assert_eq!(of((3_000, 500), None), None, "too narrow");
    assert_eq!(of((30, 30), None), None, "too small");
    assert_eq!(Ladder::of(&source(None, 1, 2)).storyboard, None);
}

proptest! {
    #[test]
    fn no_rung_is_above_its_source(width in 16_u32..16_384, height in 16_u32..16_384) {
        let ladder = Ladder::of(&source(Some((width, height)), 1, 2));
        prop_assert!(!ladder.video.is_empty());
        let poster = ladder.poster.unwrap();
        let still = ladder.storyboard.map(|storyboard| storyboard.size);
        let sizes = ladder.video.iter().map(|rung| rung.size).chain([poster]).chain(still);
        for size in sizes {
            prop_assert!(size.width <= width && size.height <= height);
            prop_assert!(size.width % 2 == 0 && size.height % 2 == 0 && size.width > 0 && size.height > 0);
            // The proportions are the source's, except for the rounding of each side to an even number.
            let across = i64::from(size.width) * i64::from(height);
            let down = i64::from(size.height) * i64::from(width);
            prop_assert!((across - down).abs() <= 2 * i64::from(width.max(height)) * 2);
        }
    }

    #[test]
    fn rungs_fall_and_have_names_of_their_own(width in 16_u32..16_384, height in 16_u32..16_384) {
        let ladder = Ladder::of(&source(Some((width, height)), 2, 2));
        for (above, below) in ladder.video.iter().zip(ladder.video.iter().skip(1)) {
            prop_assert!(area(below.size) < area(above.size) && below.kilobits < above.kilobits);
        }
        let names: std::collections::BTreeSet<_> = ladder.renditions().collect();
        prop_assert_eq!(names.len(), ladder.video.len() + ladder.audio.len());
        // Rounding to even numbers can also round up.
        prop_assert!(area(ladder.video.first().unwrap().size) <= 3840 * 2160 * 101 / 100);
    }

    #[test]
    fn a_portrait_is_a_landscape_turned(width in 16_u32..8_192, height in 16_u32..8_192) {
        let turned = |size: Size| (size.height, size.width);
        let one = Ladder::of(&source(Some((width, height)), 1, 2));
        let other = Ladder::of(&source(Some((height, width)), 1, 2));
        let one: Vec<_> = one.video.iter().map(|rung| (rung.size.width, rung.size.height)).collect();
        let other: Vec<_> = other.video.iter().map(|rung| turned(rung.size)).collect();
        prop_assert_eq!(one, other);
    }
}
