//! Pixels between two steps: 8 bits a channel, rows without gaps.

use crate::Damage;

/// What a pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Luma.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, and a coverage that they are not multiplied by.
    Rgba,
    /// Cyan, magenta, yellow, black; 255 is all the ink there is.
    Cmyk,
}

impl Layout {
    /// Bytes of a pixel.
    pub(super) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// A picture, or a frame of one.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) layout: Layout,
    /// `width × height × channels` bytes.
    pub(super) pixels: Vec<u8>,
}

/// What a decoder gives: pixels, and what their numbers mean.
pub(super) struct Decoded {
    pub(super) picture: Picture,
    /// The embedded ICC profile, as it stands in the file.
    pub(super) profile: Option<Vec<u8>>,
}

/// The bytes of so many pixels, where memory can address them.
pub(super) fn byte_count(width: u32, height: u32, layout: Layout) -> Result<usize, Damage> {
    let count = |side: u32| usize::try_from(side).ok();
    count(width)
        .zip(count(height))
        .and_then(|(across, down)| across.checked_mul(down)?.checked_mul(layout.channels()))
        .ok_or(Damage::Memory)
}
