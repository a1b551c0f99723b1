//! The ladder: the table of sizes and bit rates that a source is transcoded to. All engines follow it.
//!
//! Nothing is ever scaled up. A portrait has the same rungs as a landscape, turned. The highest rung has the source's
//! own size, unless that exceeds the table; of the lower rungs only those clearly smaller are kept. Sizes are even,
//! because H.264 samples colour at half the resolution.

use crate::vocabulary::rendition::Rendition;
use crate::vocabulary::streams::{MAX_TRACKS, Streams};

/// A rung: the short side in pixels, the maximum bit rate in thousands of bits a second, and the target quality below
/// that rate, as x264's constant rate factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rung {
    short: u16,
    kilobits: u32,
    quality: u8,
}

const fn rung(short: u16, kilobits: u32, quality: u8) -> Rung {
    Rung {
        short,
        kilobits,
        quality,
    }
}

/// The rungs, highest first. The bit rates follow Apple's authoring specification for H.264, and bound a viewer's bill:
/// <https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices>
const RUNGS: &[Rung] = &[
    rung(2160, 16_800, 23),
    rung(1440, 9_000, 23),
    rung(1080, 6_000, 23),
    rung(720, 3_000, 23),
    rung(540, 1_800, 24),
    rung(360, 850, 25),
    rung(270, 450, 26),
];

/// The bit rate of stereo sound beside a picture (AAC-LC), in thousands of bits a second. Mono has half of it.
const TRACK_KILOBITS: u16 = 128;

/// The bit rates of sound alone, in thousands of bits a second, highest first.
const SOUND_KILOBITS: &[u16] = &[192, 96, 48];

/// The maximum area of a rung, in hundredths of the area of the rung above it. Rungs closer to each other cost more and
/// bring nothing.
const STEP: u64 = 64;

/// The maximum frame rate of the output, in frames a second; frames beyond it are dropped. H.264 levels go no further
/// at full size.
pub const MAX_FRAMES_A_SECOND: u32 = 60;

/// The maximum short side of the progressive file, in pixels. That file is for devices that cannot play HLS.
const PROGRESSIVE_SHORT: u32 = 1_080;

/// The maximum long side of a poster, in pixels.
const POSTER_LONG: u32 = 1_920;

/// A picture's size in pixels; both sides are even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

/// A rendition of the picture in one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoRung {
    /// The rendition's name.
    pub rendition: Rendition,
    /// The picture's size.
    pub size: Size,
    /// The maximum bit rate, in thousands of bits a second.
    pub kilobits: u32,
    /// The target quality below that bit rate, as x264's constant rate factor.
    pub quality: u8,
}

/// A rendition of the sound at one bit rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioRung {
    /// The rendition's name.
    pub rendition: Rendition,
    /// The source's track, counted from 0.
    pub track: u8,
    /// The bit rate, in thousands of bits a second.
    pub kilobits: u16,
    /// The number of channels: one or two.
    pub channels: u8,
}

/// The renditions to make of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The pictures, largest first; empty for sound alone.
    pub video: Vec<VideoRung>,
    /// The sound. Beside a picture, these are the source's tracks, each of which goes with every picture. For sound
    /// alone, these are the bit rates of its one track, highest first.
    pub audio: Vec<AudioRung>,
    /// The size of the poster.
    pub poster: Option<Size>,
}

impl Ladder {
    /// Returns the ladder for this source.
    #[must_use]
    pub fn of(source: &Streams) -> Self {
        let Some(video) = &source.video else {
            return Self {
                video: Vec::new(),
                audio: sound_alone(source),
                poster: None,
            };
        };
        let size = (video.width, video.height);
        let tracks = (0..MAX_TRACKS).zip(&source.audio);
        Self {
            video: pictures(size),
            audio: tracks
                .map(|(track, audio)| {
                    let channels = channels(audio.channels);
                    AudioRung {
                        rendition: Rendition::Track(track + 1),
                        track,
                        kilobits: if channels == 1 {
                            TRACK_KILOBITS / 2
                        } else {
                            TRACK_KILOBITS
                        },
                        channels,
                    }
                })
                .collect(),
            poster: Some(poster(size)),
        }
    }

    /// Returns the picture of the progressive file: the largest that is within the limit, or the smallest if none is.
    #[must_use]
    pub fn progressive(&self) -> Option<&VideoRung> {
        let small = |rung: &&VideoRung| rung.size.width.min(rung.size.height) <= PROGRESSIVE_SHORT;
        self.video.iter().find(small).or(self.video.last())
    }

    /// Returns all renditions, pictures first.
    pub fn renditions(&self) -> impl Iterator<Item = Rendition> {
        let video = self.video.iter().map(|rung| rung.rendition);
        video.chain(self.audio.iter().map(|rung| rung.rendition))
    }
}

/// Returns the number of channels to make: more than two are mixed down to two.
fn channels(source: Option<u16>) -> u8 {
    if source == Some(1) { 1 } else { 2 }
}

fn sound_alone(source: &Streams) -> Vec<AudioRung> {
    let Some(first) = source.audio.first() else {
        return Vec::new();
    };
    let channels = channels(first.channels);
    let rung = |kilobits: &u16| {
        let kilobits = if channels == 1 {
            kilobits / 2
        } else {
            *kilobits
        };
        AudioRung {
            rendition: Rendition::Sound(kilobits),
            track: 0,
            kilobits,
            channels,
        }
    };
    SOUND_KILOBITS.iter().map(rung).collect()
}

fn pictures(source: (u32, u32)) -> Vec<VideoRung> {
    let short = source.0.min(source.1);
    let mut rungs = Vec::<VideoRung>::new();
    for (index, rung) in RUNGS.iter().enumerate() {
        // The highest rung has the source's own size, at the bit rate of the next larger rung in the table.
        let next = RUNGS.get(index + 1).map_or(0, |next| u32::from(next.short));
        let is_highest = rungs.is_empty() && short > next;
        if !is_highest && rungs.is_empty() {
            continue;
        }
        let size = within(source, u32::from(rung.short));
        let is_close = |above: &VideoRung| area(size) * 100 > area(above.size) * STEP;
        if rungs.last().is_some_and(is_close) {
            continue;
        }
        let name = u16::try_from(size.width.min(size.height)).unwrap_or(rung.short);
        rungs.push(VideoRung {
            rendition: Rendition::Picture(name),
            size,
            kilobits: rung.kilobits,
            quality: rung.quality,
        });
    }
    rungs
}

fn area(size: Size) -> u64 {
    u64::from(size.width) * u64::from(size.height)
}

/// Returns the largest size in these proportions whose short side is at most `short`, and whose area is at most that of
/// a 16:9 picture with this short side.
fn within((width, height): (u32, u32), short: u32) -> Size {
    let most = u64::from(short) * u64::from(short) * 16 / 9;
    let (long_side, short_side) = (width.max(height), width.min(height));
    let (long, side) = (u64::from(long_side), u64::from(short_side.max(1)));
    // side² × long / side = pixels of a picture with this short side.
    let by_area = (most * side / long.max(1)).isqrt();
    let target = by_area.min(u64::from(short)).min(side).max(2);
    scaled((width, height), target, side)
}

fn scaled((width, height): (u32, u32), target: u64, side: u64) -> Size {
    let scale = |length: u32| {
        let length = u64::from(length);
        // Round up to an even number, but never above the source.
        let even = (length * target / side).div_ceil(2) * 2;
        let down = if even > length { even - 2 } else { even };
        u32::try_from(down.max(2)).unwrap_or(u32::MAX)
    };
    Size {
        width: scale(width),
        height: scale(height),
    }
}

fn poster((width, height): (u32, u32)) -> Size {
    let long = width.max(height).max(1);
    let target = u64::from(long.min(POSTER_LONG));
    scaled((width, height), target, u64::from(long))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::streams::{AudioStream, VideoStream};

    fn source(size: Option<(u32, u32)>, tracks: usize, channels: u16) -> Streams {
        let audio = AudioStream {
            place: None,
            number: None,
            codec: "aac".to_owned(),
            channels: Some(channels),
            sample_rate: Some(48_000),
        };
        Streams {
            duration_ms: Some(1_000),
            video: size.map(|(width, height)| VideoStream {
                place: None,
                codec: "h264".to_owned(),
                width,
                height,
                rotation: 0,
                frames_per_1000_s: Some(25_000),
            }),
            audio: vec![audio; tracks],
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

    proptest! {
        #[test]
        fn no_rung_is_above_its_source(width in 16_u32..16_384, height in 16_u32..16_384) {
            let ladder = Ladder::of(&source(Some((width, height)), 1, 2));
            prop_assert!(!ladder.video.is_empty());
            let poster = ladder.poster.unwrap();
            let sizes = ladder.video.iter().map(|rung| rung.size).chain([poster]);
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
}
