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
    pub(super) profile: Option<Profile>,
}

/// What a file says of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    /// The strongest first; the first that can be understood counts.
    pub(super) says: Vec<Says>,
    /// Whether the file stores grey, whatever the layout is now.
    pub(super) of_grey: bool,
}

impl Profile {
    /// Nothing but an ICC profile, as it stands in the file.
    pub(super) fn icc(bytes: Vec<u8>) -> Self {
        Self {
            says: vec![Says::Icc(bytes)],
            of_grey: false,
        }
    }
}

/// One of the ways to say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Says {
    /// An ICC profile, as it stands in the file.
    Icc(Vec<u8>),
    /// By numbers of ITU-T H.273.
    Code(CodePoints),
    /// That they are sRGB.
    Srgb,
    /// By a power, and perhaps by primaries.
    Gamma(Measured),
}

/// Primaries and transfer of ITU-T H.273, tables 2 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodePoints {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    /// Whether black and white are the least and the greatest number.
    pub(super) is_full_range: bool,
}

/// A measured gamma and measured primaries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// The power that made the numbers of light.
    pub(super) gamma: f64,
    /// The chromaticities of white, red, green and blue.
    pub(super) primaries: Option<[(f32, f32); 4]>,
}

/// The bytes of so many pixels, where memory can address them.
pub(super) fn byte_count(width: u32, height: u32, layout: Layout) -> Result<usize, Damage> {
    let count = |side: u32| usize::try_from(side).ok();
    count(width)
        .zip(count(height))
        .and_then(|(across, down)| across.checked_mul(down)?.checked_mul(layout.channels()))
        .ok_or(Damage::Memory)
}
