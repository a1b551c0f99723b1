//! Converts pictures in formats that browsers do not show into originals that they do: JPEG or PNG, upright, at full
//! size, with the colour profile.
//!
//! ```text
//! bytes ─▶ facts (compared with the limits) ─▶ decode ─▶ canvas ─▶ write ─▶ JPEG or PNG
//! ```
//!
//! The same bytes always give the same original: what is published must not depend on which process made it. The size is
//! read before memory is spent on pixels, and everything else that a file states is bounded by that size or by the file's
//! own length. Metadata is not carried over.

mod bmp;
mod canvas;
mod heic;
mod numbers;
mod tiff;
mod write;

pub use heic::{Hevc, HevcError, Pictures};

use crate::render::RenderError;
use crate::{Damage, Encoding};

/// The formats that are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Windows bitmaps.
    Bmp,
    /// TIFF 6.0.
    Tiff,
    /// HEIF with HEVC in it (ISO/IEC 23008-12).
    Heic,
}

/// The facts that a file states about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Pixels across, as displayed.
    pub width: u32,
    /// Pixels down, as displayed.
    pub height: u32,
    /// The number of pictures in a TIFF, of which the first is taken; 1 for other formats.
    pub pictures: u32,
    /// The number of pixels that decoding makes, if it is more than those that are displayed.
    pub decoded_pixels: u64,
}

impl Facts {
    /// Returns the number of pixels that have to be decoded.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        let displayed = u64::from(self.width) * u64::from(self.height);
        displayed.max(self.decoded_pixels)
    }
}

/// An original made of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The encoding that suits the picture.
    pub encoding: Encoding,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The reason why a picture is not converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The file is not a whole picture.
    #[error("the picture is damaged")]
    Damage(#[from] Damage),
    /// The file is whole, but of a variant that is not decoded, which is given with its article.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// The decoder could not be run; that says nothing about the file.
    #[error("the decoder cannot be run")]
    Decoder(#[source] std::io::Error),
}

impl From<RenderError> for ConvertError {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Damage(damage) => Self::Damage(damage),
            RenderError::Unsupported(what) => Self::Unsupported(what),
            RenderError::OverBudget(_) | RenderError::Recipe(_) => {
                Self::Damage(Damage::Malformed(Box::new(error)))
            }
        }
    }
}

/// Reads what a file states about itself. It decodes no pixel.
///
/// # Errors
/// [`ConvertError`] when there is no such picture, or when it is of a variant that is not decoded.
pub fn facts(foreign: Foreign, bytes: &[u8]) -> Result<Facts, ConvertError> {
    match foreign {
        Foreign::Bmp => bmp::facts(bytes),
        Foreign::Tiff => tiff::facts(bytes),
        Foreign::Heic => heic::facts(bytes),
    }
}

/// Converts one picture of a file: the first, or of HEIC the primary one. The caller must have compared [`facts`] with its
/// limits. HEIC needs a decoder of HEVC.
///
/// # Errors
/// [`ConvertError`]
pub fn convert(
    foreign: Foreign,
    bytes: &[u8],
    hevc: Option<&dyn Hevc>,
) -> Result<Made, ConvertError> {
    match foreign {
        Foreign::Bmp => write::as_png(&bmp::decode(bytes)?),
        Foreign::Tiff => write::as_suits(&tiff::decode(bytes)?),
        Foreign::Heic => {
            let hevc = hevc.ok_or(ConvertError::Unsupported("a HEIC image"))?;
            let (canvas, chroma) = heic::decode(bytes, hevc)?;
            write::as_photo(&canvas, chroma)
        }
    }
}

/// Divides colours by the alpha that they were multiplied by.
pub(crate) fn undo_multiplied(pixels: &mut [u8]) {
    let divided = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        match (value * 255 + alpha / 2).checked_div(alpha) {
            Some(value) => u8::try_from(value.min(255)).unwrap_or(255),
            None => 0,
        }
    };
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let [red, green, blue, alpha] = *pixel;
        let [red, green, blue] = [red, green, blue].map(|value| divided(value, alpha));
        *pixel = [red, green, blue, alpha];
    }
}

fn malformed(what: &'static str) -> ConvertError {
    ConvertError::Damage(Damage::Malformed(what.into()))
}
