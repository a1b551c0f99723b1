//! What a file turns out to be.

use crate::Container;

/// What an audio or video file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The container, as far as its header tells.
    pub container: Container,
    /// How long it plays, in milliseconds; none when only reading it whole would tell.
    pub duration_ms: Option<u64>,
    /// The moving picture that is shown: the first that FFmpeg decodes.
    pub video: Option<Video>,
    /// The sound that FFmpeg decodes, in the order of the file.
    pub audio: Vec<Audio>,
    /// The other pictures, and the other sound, in the order of the file.
    pub left_out: Vec<LeftOut>,
}

/// By what FFmpeg is asked for one stream of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selector {
    /// By its place among all streams of the file, as FFmpeg counts them: subtitles, data and unknown ones included.
    Index(u16),
    /// By its packet id, in a transport stream: there the places depend on which table comes first.
    Packet(u16),
}

/// What a stream is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// A moving picture.
    Picture,
    /// Sound.
    Sound,
}

/// A picture or sound that is not played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is.
    pub sense: Sense,
    /// Which of its sense in the file, from 1.
    pub number: u16,
    /// The codec, as FFmpeg calls it, or as a person does where FFmpeg does not decode it.
    pub codec: String,
    /// Whether FFmpeg decodes it: then it is left out because there is another picture.
    pub is_decoded: bool,
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Which stream of the file it is.
    pub selector: Selector,
    /// The codec, as FFmpeg calls it.
    pub codec: &'static str,
    /// Pixels, as displayed: upright, and square.
    pub width: u32,
    /// Pixels, as displayed.
    pub height: u32,
    /// Degrees that the stored picture is turned by to be displayed: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Pictures in a thousand seconds, on average; none when the header does not tell.
    pub frames_per_1000_s: Option<u32>,
}

/// Sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Which stream of the file it is.
    pub selector: Selector,
    /// Which sound of the file it is, from 1: those that are left out are counted.
    pub number: u16,
    /// The codec, as FFmpeg calls it.
    pub codec: &'static str,
    /// Of each sample; none when the header does not tell.
    pub channels: Option<u16>,
    /// Samples a second; none when the header does not tell.
    pub sample_rate: Option<u32>,
}

/// What a parser knows of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Pixels, as stored.
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

/// The width is what pixels that are not square change, as FFmpeg's `scale=iw*sar:ih` does. Shapes that no camera
/// has (more than 8 to 1) are not believed.
fn square((width, height): (u32, u32), (x, y): (u32, u32)) -> (u32, u32) {
    let odd = x == 0 || y == 0 || x / 8 > y || y / 8 > x;
    if odd || x == y {
        return (width, height);
    }
    let wide = u64::from(width) * u64::from(x) / u64::from(y);
    (u32::try_from(wide).unwrap_or(u32::MAX), height)
}

/// `count` things in `units / per_second` seconds, as a number a thousand seconds.
pub(crate) fn rate(count: u64, units: u64, per_second: u64) -> Option<u32> {
    let milli = u128::from(count) * u128::from(per_second) * 1000;
    let rate = milli.checked_div(u128::from(units))?;
    u32::try_from(rate).ok().filter(|rate| *rate > 0)
}

/// `units / per_second` seconds in milliseconds, rounded; none without a unit, or beyond all measure.
pub(crate) fn milliseconds(units: u64, per_second: u64) -> Option<u64> {
    let half = u128::from(per_second / 2);
    let milli = (u128::from(units) * 1000 + half).checked_div(u128::from(per_second))?;
    u64::try_from(milli).ok()
}

/// Of a pixel, from the stored and the displayed picture; both sides are made small enough to multiply.
pub(crate) fn shape(stored: (u32, u32), shown: (u32, u32)) -> (u32, u32) {
    let x = u64::from(shown.0) * u64::from(stored.1);
    let y = u64::from(shown.1) * u64::from(stored.0);
    let shift = 64_u32
        .saturating_sub(x.max(y).leading_zeros())
        .saturating_sub(32);
    let small = |number: u64| u32::try_from(number >> shift).unwrap_or(u32::MAX);
    (small(x), small(y))
}
