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
mod numbers;
mod tiff;
mod write;

use crate::render::RenderError;
use crate::{Damage, Encoding};

/// The formats that are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Windows bitmaps.
    Bmp,
    /// TIFF 6.0.
    Tiff,
}

/// The facts that a file states about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Pixels across, as displayed.
    pub width: u32,
    /// Pixels down, as displayed.
    pub height: u32,
    /// The number of pictures in the file, of which the first is taken.
    pub pictures: u32,
}

impl Facts {
    /// Returns the number of pixels of the picture that is taken.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
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
    }
}

/// Converts the first picture of a file. The caller must have compared [`facts`] with its limits.
///
/// # Errors
/// [`ConvertError`]
pub fn convert(foreign: Foreign, bytes: &[u8]) -> Result<Made, ConvertError> {
    match foreign {
        Foreign::Bmp => write::as_png(&bmp::decode(bytes)?),
        Foreign::Tiff => write::as_suits(&tiff::decode(bytes)?),
    }
}

fn malformed(what: &'static str) -> ConvertError {
    ConvertError::Damage(Damage::Malformed(what.into()))
}
