//! The description of an audio or video file.

use crate::Container;
use crate::codec::Codec;

/// The properties of an audio or video file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The container, as its header says.
    pub container: Container,
    /// The duration in milliseconds; `None` if the whole file would have to be read to know it.
    pub duration_ms: Option<u64>,
    /// The moving picture that is shown: the first one that FFmpeg decodes.
    pub video: Option<Video>,
    /// The sound streams that FFmpeg decodes, in the order of the file.
    pub audio: Vec<Audio>,
    /// The other pictures and sound streams, in the order of the file.
    pub left_out: Vec<LeftOut>,
    /// The caption tracks, in the order of the file.
    pub texts: Vec<Text>,
}

/// The way to name one stream of a file to FFmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selector {
    /// The index among all streams of the file, as FFmpeg counts them: including subtitles, data and unknown streams.
    Index(u16),
    /// The packet id, for transport streams: there, the index depends on which table comes first.
    Packet(u16),
}

/// Whether a stream is seen or heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// A moving picture.
    Picture,
    /// Sound.
    Sound,
}

/// A picture or sound stream that is not played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Whether it is a picture or sound.
    pub sense: Sense,
    /// Its number among the streams of this sense in the file, from 1.
    pub number: u16,
    /// FFmpeg's name of the codec, or a readable name if FFmpeg does not decode it.
    pub codec: String,
    /// Whether FFmpeg decodes it. If so, it is left out because another picture is shown.
    pub is_decoded: bool,
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// The stream in the file.
    pub selector: Selector,
    /// FFmpeg's name of the codec.
    pub codec: &'static str,
    /// The displayed width in pixels, with the picture upright and the pixels square.
    pub width: u32,
    /// The displayed height in pixels.
    pub height: u32,
    /// The clockwise rotation of the stored picture for display, in degrees: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Pictures per thousand seconds, on average; `None` if the header does not tell.
    pub frames_per_1000_s: Option<u32>,
}

/// A sound stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// The stream in the file.
    pub selector: Selector,
    /// Its number among all sound streams of the file, from 1; streams that are left out count too.
    pub number: u16,
    /// FFmpeg's name of the codec.
    pub codec: &'static str,
    /// The number of channels; `None` if the header does not tell.
    pub channels: Option<u16>,
    /// Samples per second; `None` if the header does not tell.
    pub sample_rate: Option<u32>,
    /// The language and name of the track.
    pub label: Label,
}

/// A caption track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The stream in the file.
    pub selector: Selector,
    /// FFmpeg's name of the codec, or a readable name if FFmpeg does not decode it to text.
    pub codec: Codec,
    /// The language and name of the track.
    pub label: Label,
}

/// The language and the name that a container gives a track, for people. They are as the file has them, except that
/// they are bounded in length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// The language, as a tag of RFC 5646 or a code of ISO 639-2; `None` if the file does not tell.
    pub language: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// The maximum length of a language in bytes; those of RFC 5646 (4.4.1) have 35 at most.
const MAX_LANGUAGE: usize = 64;

/// The maximum length of a name in bytes.
const MAX_NAME: usize = 512;

impl Label {
    /// Takes the language and name as they are in the file. A zero byte ends them, and what is too long is cut off.
    pub(crate) fn of(language: Option<&[u8]>, name: Option<&[u8]>) -> Self {
        let text = |bytes: Option<&[u8]>, most: usize| {
            let bytes = bytes?.split(|byte| *byte == 0).next()?;
            let text = String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes));
            Some(text.into_owned()).filter(|text| !text.is_empty())
        };
        Self {
            language: text(language, MAX_LANGUAGE).filter(|language| language != "und"),
            name: text(name, MAX_NAME),
        }
    }
}

/// The properties of a picture that a parser finds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The stored width and height in pixels.
    pub(crate) stored: (u32, u32),
    /// The width and the height of one pixel.
    pub(crate) pixel: (u32, u32),
    /// See [`Video::rotation`].
    pub(crate) rotation: u16,
    /// See [`Video::frames_per_1000_s`].
    pub(crate) frames_per_1000_s: Option<u32>,
}

impl Video {
    pub(crate) fn displayed(selector: Selector, codec: &'static str, shape: &Shape) -> Self {
        let (width, height) = square(shape.stored, shape.pixel);
        let (width, height) = match shape.rotation {
            90 | 270 => (height, width),
            _ => (width, height),
        };
        Self {
            selector,
            codec,
            width,
            height,
            rotation: shape.rotation,
            frames_per_1000_s: shape.frames_per_1000_s,
        }
    }
}

/// Computes the size with square pixels: only the width changes, as with FFmpeg's `scale=iw*sar:ih`. Pixel shapes
/// beyond 8 to 1 are ignored, because no camera has them.
fn square((width, height): (u32, u32), (x, y): (u32, u32)) -> (u32, u32) {
    let odd = x == 0 || y == 0 || x / 8 > y || y / 8 > x;
    if odd || x == y {
        return (width, height);
    }
    let wide = u64::from(width) * u64::from(x) / u64::from(y);
    (u32::try_from(wide).unwrap_or(u32::MAX), height)
}

/// Computes a rate per thousand seconds from `count` events in `units / per_second` seconds.
pub(crate) fn rate(count: u64, units: u64, per_second: u64) -> Option<u32> {
    let milli = u128::from(count) * u128::from(per_second) * 1000;
    let rate = milli.checked_div(u128::from(units))?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}

/// Converts `units / per_second` seconds to rounded milliseconds; `None` if `per_second` is zero or the result
/// overflows.
pub(crate) fn milliseconds(units: u64, per_second: u64) -> Option<u64> {
    let half = u128::from(per_second / 2);
    let milli = (u128::from(units) * 1000 + half).checked_div(u128::from(per_second))?;
    u64::try_from(milli).ok()
}

/// The pixel shape from the stored and the displayed size. Both numbers are scaled down so that they fit.
pub(crate) fn shape(stored: (u32, u32), shown: (u32, u32)) -> (u32, u32) {
    let x = u64::from(shown.0) * u64::from(stored.1);
    let y = u64::from(shown.1) * u64::from(stored.0);
    let shift = 64_u32
        .saturating_sub(x.max(y).leading_zeros())
        .saturating_sub(32);
    let small = |number: u64| u32::try_from(number >> shift).unwrap_or(u32::MAX);
    (small(x), small(y))
}
