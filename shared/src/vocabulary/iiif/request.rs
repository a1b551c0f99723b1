//! A request for an image: `{region}/{size}/{rotation}/{quality}.{format}` (section 2.1).

use std::fmt;

use super::format::OutputFormat;
use super::quality::Quality;
use super::refused::Refused;
use super::region::Region;
use super::rotation::Rotation;
use super::size::{Scale, Size};

/// A request for an image, independent of any particular image.
///
/// ```
/// let request = dozo::vocabulary::iiif::ImageRequest::parse("125,15,120,140/90,/!90/gray.jpg");
/// assert_eq!(request.map(|request| request.to_string()), Ok("125,15,120,140/90,/!90/gray.jpg".to_owned()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageRequest {
    /// The region of the image.
    pub region: Region,
    /// The size to scale the region to.
    pub size: Size,
    /// The rotation after scaling.
    pub rotation: Rotation,
    /// The colours of the answer.
    pub quality: Quality,
    /// The format of the answer.
    pub format: OutputFormat,
}

impl ImageRequest {
    /// The whole image in its largest allowed size, as a JPEG.
    pub const WHOLE: Self = Self {
        region: Region::Full,
        size: Size::MAX,
        rotation: Rotation::NONE,
        quality: Quality::Default,
        format: OutputFormat::Jpg,
    };

    /// Parses the end of a path whose percent-encoding was undone.
    ///
    /// # Errors
    /// [`Refused`], for the first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let mut parts = text.split('/');
        let mut part = || parts.next().ok_or(Refused::Form);
        let (region, size, rotation, last) = (part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(Refused::Form);
        }
        let (quality, format) = last.rsplit_once('.').ok_or(Refused::Form)?;
        Ok(Self {
            region: Region::parse(region)?,
            size: Size::parse(size)?,
            rotation: Rotation::parse(rotation)?,
            quality: Quality::parse(quality)?,
            format: OutputFormat::parse(format)?,
        })
    }

    /// Returns whether this is one of the few ways to ask for the whole unchanged image in a size: as `max`, or by its width,
    /// its height, or both.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_by_sides = match self.size.scale {
            Scale::Max | Scale::Width(_) | Scale::Height(_) | Scale::Exactly(..) => true,
            Scale::Percent(_) | Scale::Inside(..) => false,
        };
        let is_whole = self.region == Region::Full && self.rotation == Rotation::NONE;
        let is_unchanged = self.quality.canonical() == Quality::Default;
        is_whole && is_unchanged && is_by_sides && !self.size.upscale
    }
}

impl fmt::Display for ImageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            size,
            rotation,
            quality,
            format,
        } = self;
        write!(f, "{region}/{size}/{rotation}/{quality}.{format}")
    }
}
