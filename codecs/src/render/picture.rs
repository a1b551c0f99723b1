//! Pixels between two steps: 8 bits per channel, rows without gaps.

use crate::Damage;

/// The channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Luma.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and alpha, not premultiplied.
    Rgba,
    /// Cyan, magenta, yellow, black; 255 is full ink.
    Cmyk,
}

impl Layout {
    /// Returns the number of bytes in a pixel.
    pub(crate) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// A picture, or a frame of one.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    /// `width × height × channels` bytes.
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    /// Turns inks as JPEG stores them into inks. Photoshop stores them inverted, and all writers follow it, with its
    /// marker or without. So Chrome, Firefox, Pillow and libvips always read CMYK as inverted.
    pub(super) fn invert_inks(&mut self) {
        if self.layout == Layout::Cmyk {
            self.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
    }
}

/// A decoder's result: the pixels, and the meaning of their values.
pub(crate) struct Decoded {
    pub(crate) picture: Picture,
    pub(crate) profile: Option<Profile>,
}

/// The statements of a file about the meaning of its colour values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    /// The statements, the strongest first. The first that can be understood counts.
    pub(crate) says: Vec<Says>,
    /// Whether the file stores grey values, whatever the layout is now.
    pub(crate) of_grey: bool,
}

impl Profile {
    /// Returns a profile that consists only of an ICC profile, as stored in the file.
    pub(crate) fn icc(bytes: Vec<u8>) -> Self {
        Self {
            says: vec![Says::Icc(bytes)],
            of_grey: false,
        }
    }
}

/// A statement about the meaning of colour values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Says {
    /// An ICC profile, as stored in the file.
    Icc(Vec<u8>),
    /// Code points of ITU-T H.273.
    Code(CodePoints),
    /// The values are sRGB.
    Srgb,
    /// A gamma, perhaps with primaries.
    Gamma(Measured),
}

/// Primaries and transfer characteristics of ITU-T H.273, tables 2 and 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodePoints {
    pub(crate) primaries: u8,
    pub(crate) transfer: u8,
    /// Whether black and white are the smallest and the largest value.
    pub(crate) is_full_range: bool,
}

/// A measured gamma and measured primaries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    /// The exponent with which the values were made from light.
    pub(crate) gamma: f64,
    /// The chromaticities of white, red, green and blue.
    pub(crate) primaries: Option<[(f32, f32); 4]>,
}

/// Returns the number of bytes for a picture of this size, if memory can address them.
pub(crate) fn byte_count(width: u32, height: u32, layout: Layout) -> Result<usize, Damage> {
    let count = |side: u32| usize::try_from(side).ok();
    count(width)
        .zip(count(height))
        .and_then(|(across, down)| across.checked_mul(down)?.checked_mul(layout.channels()))
        .ok_or(Damage::Memory)
}
