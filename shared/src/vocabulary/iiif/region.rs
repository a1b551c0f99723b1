//! Which part of the image (section 4.1).

use std::fmt;

use super::decimal::{Decimal, pixels};
use super::limits::Dimensions;
use super::refused::Refused;

/// A part of the image, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// `full`.
    Full,
    /// `square`: as large as the shorter side, from the middle.
    Square,
    /// `x,y,w,h` in pixels.
    Pixels {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Across.
        width: u32,
        /// Down.
        height: u32,
    },
    /// `pct:x,y,w,h`, in percent of the image's width and height.
    Percent {
        /// From the left.
        x: Decimal,
        /// From the top.
        y: Decimal,
        /// Across.
        width: Decimal,
        /// Down.
        height: Decimal,
    },
}

/// A rectangle in an image: not empty, and inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crop {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

impl Crop {
    /// The whole of an image.
    #[must_use]
    pub fn whole(image: Dimensions) -> Self {
        Self {
            x: 0,
            y: 0,
            width: image.width,
            height: image.height,
        }
    }

    /// Its size.
    #[must_use]
    pub fn size(self) -> Dimensions {
        Dimensions {
            width: self.width,
            height: self.height,
        }
    }

    /// The largest part of `shape`'s proportions, from the middle.
    #[must_use]
    pub fn centred(image: Dimensions, shape: Dimensions) -> Self {
        let wide = super::limits::proportional(image.height, shape.width, shape.height);
        let tall = super::limits::proportional(image.width, shape.height, shape.width);
        let (width, height) = (wide.min(image.width), tall.min(image.height));
        Self {
            x: (image.width - width) / 2,
            y: (image.height - height) / 2,
            width,
            height,
        }
    }
}

impl Region {
    /// Reads one part of a path.
    ///
    /// # Errors
    /// [`Refused::Region`]
    pub fn parse(text: &str) -> Result<Self, Refused> {
        match text {
            "full" => return Ok(Self::Full),
            "square" => return Ok(Self::Square),
            _ => {}
        }
        let parsed = match text.strip_prefix("pct:") {
            Some(percentages) => {
                four(percentages, Decimal::parse).map(|[x, y, width, height]| Self::Percent {
                    x,
                    y,
                    width,
                    height,
                })
            }
            None => four(text, pixels).map(|[x, y, width, height]| Self::Pixels {
                x,
                y,
                width,
                height,
            }),
        };
        parsed.ok_or(Refused::Region)
    }

    /// The part of this image that it means; what reaches over the edge is cut off there.
    ///
    /// # Errors
    /// [`Refused::EmptyRegion`] when nothing is left.
    pub fn within(self, image: Dimensions) -> Result<Crop, Refused> {
        let [x, y, width, height] = match self {
            Self::Full => return Ok(Crop::whole(image)),
            Self::Square => {
                let shape = Dimensions {
                    width: 1,
                    height: 1,
                };
                return Ok(Crop::centred(image, shape));
            }
            Self::Pixels {
                x,
                y,
                width,
                height,
            } => [x, y, width, height].map(u64::from),
            Self::Percent {
                x,
                y,
                width,
                height,
            } => [
                x.percent_of(image.width),
                y.percent_of(image.height),
                width.percent_of(image.width),
                height.percent_of(image.height),
            ],
        };
        let (x, width) = cut(x, width, image.width)?;
        let (y, height) = cut(y, height, image.height)?;
        Ok(Crop {
            x,
            y,
            width,
            height,
        })
    }
}

/// The part of `start .. start + length` that lies before `end`, as start and length.
fn cut(start: u64, length: u64, end: u32) -> Result<(u32, u32), Refused> {
    let start = u32::try_from(start).map_err(|_outside| Refused::EmptyRegion)?;
    let room = end.checked_sub(start).ok_or(Refused::EmptyRegion)?;
    match u32::try_from(length).unwrap_or(u32::MAX).min(room) {
        0 => Err(Refused::EmptyRegion),
        length => Ok((start, length)),
    }
}

fn four<N>(text: &str, read: impl Fn(&str) -> Option<N>) -> Option<[N; 4]> {
    let mut parts = text.split(',').map(read);
    let numbers = [
        parts.next()??,
        parts.next()??,
        parts.next()??,
        parts.next()??,
    ];
    parts.next().is_none().then_some(numbers)
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Square => f.write_str("square"),
            Self::Pixels {
                x,
                y,
                width,
                height,
            } => write!(f, "{x},{y},{width},{height}"),
            Self::Percent {
                x,
                y,
                width,
                height,
            } => write!(f, "pct:{x},{y},{width},{height}"),
        }
    }
}
