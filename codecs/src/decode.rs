//! Decodes every pixel of an image and throws it away: the proof that neither a viewer's decoder nor a rendering will fail.
//!
//! It is done by the decoders that renderings use, as strictly as they do it. Memory is bounded by a row (PNG, JPEG), by all
//! coefficients (a JPEG in several scans), by one picture (WebP), or by one or two canvases and a frame (GIF, animated WebP).
//! The caller has compared the header's pixels with its limit.

use crate::render::{self, RenderError};
use crate::{Damage, Encoding};

/// Decodes all of it.
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
