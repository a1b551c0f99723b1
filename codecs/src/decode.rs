//! Decodes every pixel of an image and discards them, to prove that neither a viewer's decoder nor a rendering will
//! fail.
//!
//! It uses the decoders that renderings use, just as strictly. Memory is bounded by a row (PNG, JPEG), by all
//! coefficients (a JPEG in several scans), by one picture (WebP), or by one or two canvases and a frame (GIF, animated
//! WebP). The caller must have compared the header's pixel count with its limit.

use crate::render::{self, RenderError};
use crate::{Damage, Encoding};

/// Decodes the whole image.
///
/// # Errors
/// [`Damage`] when any part cannot be decoded.
pub fn verify(encoding: Encoding, bytes: &[u8]) -> Result<(), Damage> {
    render::verify(encoding, bytes).map_err(|error| match error {
        RenderError::Damage(damage) => damage,
        RenderError::Unsupported(_) | RenderError::OverBudget(_) | RenderError::Recipe(_) => {
            Damage::Malformed(Box::new(error))
        }
    })
}
