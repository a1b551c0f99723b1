//! What a request means for one image: exact pixels, and its canonical form (section 4.8).

use super::format::OutputFormat;
use super::limits::{Dimensions, SizeLimits};
use super::quality::Quality;
use super::refused::Refused;
use super::region::{Crop, Region};
use super::request::ImageRequest;
use super::rotation::Rotation;
use super::size::Size;

/// A request, decided for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The part of the upright image.
    pub crop: Crop,
    /// Scaled to this, before it is turned.
    pub size: Dimensions,
    /// Then turned.
    pub rotation: Rotation,
    /// Never [`Quality::Colour`], which is the default.
    pub quality: Quality,
    /// Encoded as this.
    pub format: OutputFormat,
    /// The request by which everybody should ask for the same.
    pub canonical: ImageRequest,
}

impl ImageRequest {
    /// What it means for an image of these upright dimensions.
    ///
    /// # Errors
    /// [`Refused`] when this image cannot be given so.
    pub fn resolve(&self, image: Dimensions, limits: SizeLimits) -> Result<Resolved, Refused> {
        let crop = self.region.within(image)?;
        let size = self.size.of(crop.size(), limits)?;
        let region = if crop == Crop::whole(image) {
            Region::Full
        } else {
            let Crop {
                x,
                y,
                width,
                height,
            } = crop;
            Region::Pixels {
                x,
                y,
                width,
                height,
            }
        };
        let quality = self.quality.canonical();
        Ok(Resolved {
            crop,
            size,
            rotation: self.rotation,
            quality,
            format: self.format,
            canonical: Self {
                region,
                size: Size::canonical(size, crop.size(), limits),
                quality,
                ..*self
            },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
#[path = "tests.rs"]
mod tests;
