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

/// The maximum long side of a picture of a storyboard, in pixels.
const STILL_LONG: u32 = 160;

/// The minimum short side of a picture of a storyboard, in pixels: nothing is seen on smaller ones.
const STILL_SHORT: u32 = 32;

/// The pictures of a storyboard, unless they would be nearer to each other than the first or farther apart than the second
/// of [`STILL_SECONDS`].
const STILLS: u64 = 100;

/// The minimum and the maximum distance of two pictures of a storyboard, in seconds.
const STILL_SECONDS: (u64, u64) = (2, 10);

/// The distance if the length of the film is not known, in seconds.
const STILL_SECONDS_UNKNOWN: u32 = 5;

/// The maximum number of pictures of a storyboard. A film of twelve hours, the longest that is accepted, has 4,320.
pub const MAX_STILLS: u32 = 4_400;

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

/// A storyboard: small pictures of a film at even distances, which players show while a viewer looks for a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storyboard {
    /// The size of each picture.
    pub size: Size,
    /// The distance of two pictures in seconds.
    pub seconds: u32,
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
    /// The storyboard, of which long and narrow films have none.
    pub storyboard: Option<Storyboard>,
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
                storyboard: None,
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
            storyboard: storyboard(size, source.duration_ms),
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

fn poster(source: (u32, u32)) -> Size {
    with_long_side(source, POSTER_LONG)
}

/// Returns the size in these proportions whose long side is at most `most`.
fn with_long_side((width, height): (u32, u32), most: u32) -> Size {
    let long = width.max(height).max(1);
    let target = u64::from(long.min(most));
    scaled((width, height), target, u64::from(long))
}

fn storyboard(source: (u32, u32), duration_ms: Option<u64>) -> Option<Storyboard> {
    let size = with_long_side(source, STILL_LONG);
    let (least, most) = STILL_SECONDS;
    let seconds = duration_ms.map_or(Ok(STILL_SECONDS_UNKNOWN), |duration_ms| {
        u32::try_from(duration_ms.div_ceil(STILLS * 1_000).clamp(least, most))
    });
    (size.width.min(size.height) >= STILL_SHORT).then_some(Storyboard {
        size,
        seconds: seconds.unwrap_or(STILL_SECONDS_UNKNOWN),
    })
}

#[cfg(test)]
mod tests;
