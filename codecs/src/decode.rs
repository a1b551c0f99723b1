//! Decodes every pixel of an image and discards them, to prove that neither a viewer's decoder nor a rendering will
//! fail.
//!
//! It uses the decoders that renderings use, just as strictly. Memory is bounded by a row (PNG, JPEG), by all
//! coefficients (a JPEG in several scans), by one picture (WebP), or by one or two canvases and a frame (GIF, animated
//! WebP). The caller must have compared the header's pixel count with its limit.

use std::num::NonZeroU32;

use crate::header::Header;
use crate::render::{self, Reduced, RenderError};
use crate::{Damage, Encoding};

/// Decodes the whole image.
///
/// # Errors
/// [`Damage`] when any part cannot be decoded.
pub fn verify(encoding: Encoding, bytes: &[u8]) -> Result<(), Damage> {
    render::verify(encoding, bytes).map_err(RenderError::into_damage)
}

/// Decodes the whole image as [`verify`] does, and returns the picture, or its first frame, reduced by averaging blocks
/// of so many pixels along a side; without a number, by blocks that are small enough for a placeholder. It needs the
/// memory of the small picture and of a few rows more. Returns `None` in place of a picture that could not be reduced.
///
/// # Errors
/// The same as [`verify`].
pub fn reduced(
    encoding: Encoding,
    bytes: &[u8],
    header: &Header,
    block: Option<NonZeroU32>,
) -> Result<Option<Reduced>, Damage> {
    render::reduced(encoding, bytes, header, block).map_err(RenderError::into_damage)
}
