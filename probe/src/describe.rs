//! What a file turns out to be.

use crate::{Container, Refusal};

/// What an audio or video file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The container, as far as its header tells.
    pub container: Container,
    /// How long it plays, in milliseconds; none when only reading it whole would tell.
    pub duration_ms: Option<u64>,
    /// The moving picture that is shown first.
    pub video: Option<Video>,
    /// The sound, in the order of the file.
    pub audio: Vec<Audio>,
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
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
    /// The codec, as FFmpeg calls it.
    pub codec: &'static str,
    /// Of each sample; none when the header does not tell.
    pub channels: Option<u16>,
    /// Samples a second; none when the header does not tell.
    pub sample_rate: Option<u32>,
}

impl Description {
    pub(crate) fn new(container: Container) -> Self {
        Self {
            container,
            duration_ms: None,
            video: None,
            audio: Vec::new(),
        }
    }

    /// Nothing to play, or a picture without an area, is refused here for all parsers.
    pub(crate) fn checked(self) -> Result<Self, Refusal> {
        if self.video.is_none() && self.audio.is_empty() {
            return Err(Refusal::NoStream);
        }
        match &self.video {
            Some(video) if video.width == 0 || video.height == 0 => Err(Refusal::Damaged),
            Some(_) | None => Ok(self),
        }
    }
}

impl Video {
    /// From the stored picture: its pixels' shape (width to height), and how it is turned.
    pub(crate) fn displayed(
        codec: &'static str,
        stored: (u32, u32),
        pixel: (u32, u32),
        rotation: u16,
    ) -> Self {
        let (width, height) = square(stored, pixel);
        let (width, height) = match rotation {
            90 | 270 => (height, width),
            _ => (width, height),
        };
        Self {
            codec,
            width,
            height,
            rotation,
            frames_per_1000_s: None,
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
