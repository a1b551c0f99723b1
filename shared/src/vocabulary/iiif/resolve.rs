//! The meaning of a request for one image: exact pixels, and its canonical form (section 4.8).

use super::format::OutputFormat;
use super::limits::{Dimensions, SizeLimits};
use super::quality::Quality;
use super::refused::Refused;
use super::region::{Crop, Region};
use super::request::ImageRequest;
use super::rotation::Rotation;
use super::size::Size;
use crate::vocabulary::focus::Focus;

/// A request, resolved for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The region of the upright image.
    pub crop: Crop,
    /// The size that the region is scaled to, before it is turned.
    pub size: Dimensions,
    /// The rotation after scaling.
    pub rotation: Rotation,
    /// The colours. Never [`Quality::Colour`], because that is the default here.
    pub quality: Quality,
    /// The format of the answer.
    pub format: OutputFormat,
    /// The canonical form of the request, which is the same for all equal answers.
    pub canonical: ImageRequest,
}

impl ImageRequest {
    /// Resolves the request for an image of these upright dimensions, of which a square is taken around the focal point.
    ///
    /// # Errors
    /// [`Refused`] if it is not possible for this image.
    pub fn resolve(
        &self,
        image: Dimensions,
        focus: Option<Focus>,
        limits: SizeLimits,
    ) -> Result<Resolved, Refused> {
        let crop = self.region.within(image, focus)?;
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
#[path = "tests/mod.rs"]
mod tests;
