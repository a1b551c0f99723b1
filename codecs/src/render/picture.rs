//! A picture between two steps: 8 bits per channel, rows without gaps.

use crate::Damage;

/// The channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Luma.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, and a coverage that is not multiplied into them.
    Rgba,
    /// Cyan, magenta, yellow, black; 255 is full ink.
    Cmyk,
}

impl Layout {
    /// The number of bytes per pixel.
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

/// The result of a decoder: pixels, and the meaning of their values.
pub(super) struct Decoded {
    pub(super) picture: Picture,
    pub(super) profile: Option<Profile>,
}

/// A file's information about the meaning of its pixel values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profile {
    /// The sources of information, strongest first; the first that is understood is used.
    pub(super) says: Vec<Says>,
    /// Whether the file stores grey, whatever the layout is now.
    pub(super) of_grey: bool,
}

impl Profile {
    /// A profile that is only an ICC profile, with its bytes from the file.
    pub(super) fn icc(bytes: Vec<u8>) -> Self {
        Self {
            says: vec![Says::Icc(bytes)],
            of_grey: false,
        }
    }
}

/// One source of information about colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Says {
    /// An ICC profile, with its bytes from the file.
    Icc(Vec<u8>),
    /// The code points of ITU-T H.273.
    Code(CodePoints),
    /// The statement that the values are sRGB.
    Srgb,
    /// A power, and possibly primaries.
    Gamma(Measured),
}

/// Primaries and transfer of ITU-T H.273, tables 2 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodePoints {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    /// Whether black and white are the smallest and the largest value.
    pub(super) is_full_range: bool,
}

/// A measured gamma and measured primaries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// The power with which the values were computed from light.
    pub(super) gamma: f64,
    /// The chromaticities of white, red, green and blue.
    pub(super) primaries: Option<[(f32, f32); 4]>,
}

/// The number of bytes of a picture, if memory can address that many.
pub(super) fn byte_count(width: u32, height: u32, layout: Layout) -> Result<usize, Damage> {
    let count = |side: u32| usize::try_from(side).ok();
    count(width)
        .zip(count(height))
        .and_then(|(across, down)| across.checked_mul(down)?.checked_mul(layout.channels()))
        .ok_or(Damage::Memory)
}
