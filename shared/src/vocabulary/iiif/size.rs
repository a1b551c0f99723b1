//! The size of an answer (section 4.2).

use std::fmt;

use super::decimal::{Decimal, pixels};
use super::limits::{Dimensions, SizeLimits, proportional};
use super::refused::Refused;

/// A size, as it is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// `^`: the region may be enlarged.
    pub upscale: bool,
    /// The size without `^`.
    pub scale: Scale,
}

/// The size without its `^`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// `max`.
    Max,
    /// `w,`: this width, in the region's proportions.
    Width(u32),
    /// `,h`: this height, in the region's proportions.
    Height(u32),
    /// `pct:n` of the region's width and height.
    Percent(Decimal),
    /// `w,h`, whatever the region's proportions.
    Exactly(u32, u32),
    /// `!w,h`: the largest size in the region's proportions that fits into this box.
    Inside(u32, u32),
}

impl Size {
    /// `max`, without enlarging.
    pub const MAX: Self = Self {
        upscale: false,
        scale: Scale::Max,
    };

    /// Parses the size in a path.
    ///
    /// # Errors
    /// [`Refused::Size`] if it is malformed.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (upscale, text) = match text.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let scale = Scale::parse(text).ok_or(Refused::Size)?;
        Ok(Self { upscale, scale })
    }

    /// Returns the size of the answer for this region.
    ///
    /// For `!w,h` without `^`, if the box is larger than the region, this is the region's own size: "as large as
    /// possible but not larger than the extracted region, w or h, or server-imposed limits". The standard's validator
    /// (`size_noup`) expects a refusal here, as for sizes that state the size of the answer. We follow the text of the
    /// standard.
    ///
    /// # Errors
    /// [`Refused::TooSmall`], [`Refused::Enlarged`], [`Refused::TooLarge`].
    pub fn of(self, region: Dimensions, limits: SizeLimits) -> Result<Dimensions, Refused> {
        let size = match self.scale {
            Scale::Max => return Ok(self.max_of(region, limits)),
            Scale::Inside(0, _) | Scale::Inside(_, 0) => return Err(Refused::TooSmall),
            Scale::Inside(width, height) => {
                let most = |asked: u32, there: u32| {
                    if self.upscale {
                        asked
                    } else {
                        asked.min(there)
                    }
                };
                let (width, height) = (most(width, region.width), most(height, region.height));
                return Ok(limits.largest(region, width, height));
            }
            Scale::Width(width) => Dimensions {
                width,
                height: proportional(width, region.height, region.width),
            },
            Scale::Height(height) => Dimensions {
                width: proportional(height, region.width, region.height),
                height,
            },
            Scale::Exactly(width, height) => Dimensions { width, height },
            Scale::Percent(percent) => Dimensions {
                width: u32::try_from(percent.percent_of(region.width)).unwrap_or(u32::MAX),
                height: u32::try_from(percent.percent_of(region.height)).unwrap_or(u32::MAX),
            },
        };
        if size.width == 0 || size.height == 0 {
            return Err(Refused::TooSmall);
        }
        if !self.upscale && (size.width > region.width || size.height > region.height) {
            return Err(Refused::Enlarged);
        }
        if !limits.allow(size) {
            return Err(Refused::TooLarge);
        }
        Ok(size)
    }

    /// Returns the canonical form (section 4.8) of a size that was resolved to `size`.
    #[must_use]
    pub fn canonical(size: Dimensions, region: Dimensions, limits: SizeLimits) -> Self {
        for upscale in [false, true] {
            let max = Self {
                upscale,
                scale: Scale::Max,
            };
            if max.max_of(region, limits) == size {
                return max;
            }
        }
        Self {
            upscale: size.width > region.width || size.height > region.height,
            scale: Scale::Exactly(size.width, size.height),
        }
    }

    fn max_of(self, region: Dimensions, limits: SizeLimits) -> Dimensions {
        if self.upscale {
            limits.largest(region, u32::MAX, u32::MAX)
        } else {
            limits.largest(region, region.width, region.height)
        }
    }
}

impl Scale {
    fn parse(text: &str) -> Option<Self> {
        if text == "max" {
            return Some(Self::Max);
        }
        if let Some(percent) = text.strip_prefix("pct:") {
            return Decimal::parse(percent).map(Self::Percent);
        }
        let (inside, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (width, height) = text.split_once(',')?;
        match (inside, width, height) {
            (true, width, height) => Some(Self::Inside(pixels(width)?, pixels(height)?)),
            (false, width, "") => Some(Self::Width(pixels(width)?)),
            (false, "", height) => Some(Self::Height(pixels(height)?)),
            (false, width, height) => Some(Self::Exactly(pixels(width)?, pixels(height)?)),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.upscale {
            f.write_str("^")?;
        }
        match self.scale {
            Scale::Max => f.write_str("max"),
            Scale::Width(width) => write!(f, "{width},"),
            Scale::Height(height) => write!(f, ",{height}"),
            Scale::Percent(percent) => write!(f, "pct:{percent}"),
            Scale::Exactly(width, height) => write!(f, "{width},{height}"),
            Scale::Inside(width, height) => write!(f, "!{width},{height}"),
        }
    }
}
