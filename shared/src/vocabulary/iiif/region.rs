//! The region of an image (section 4.1).

use std::fmt;

use super::decimal::{Decimal, pixels};
use super::limits::Dimensions;
use super::refused::Refused;
use crate::vocabulary::focus::Focus;

/// A region of an image, as it is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// `full`.
    Full,
    /// `square`: the square with the length of the shorter side, around the focal point or in the middle.
    Square,
    /// `x,y,w,h` in pixels.
    Pixels {
        /// The left edge.
        x: u32,
        /// The top edge.
        y: u32,
        /// The width.
        width: u32,
        /// The height.
        height: u32,
    },
    /// `pct:x,y,w,h`, in percent of the image's width and height.
    Percent {
        /// The left edge.
        x: Decimal,
        /// The top edge.
        y: Decimal,
        /// The width.
        width: Decimal,
        /// The height.
        height: Decimal,
    },
}

/// A rectangle within an image; it is not empty. All lengths are in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crop {
    /// The left edge.
    pub x: u32,
    /// The top edge.
    pub y: u32,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl Crop {
    /// Returns the whole image.
    #[must_use]
    pub fn whole(image: Dimensions) -> Self {
        Self {
            x: 0,
            y: 0,
            width: image.width,
            height: image.height,
        }
    }

    /// Returns the width and height.
    #[must_use]
    pub fn size(self) -> Dimensions {
        Dimensions {
            width: self.width,
            height: self.height,
        }
    }

    /// Returns the largest part of the image that has the proportions of `shape`, around the focal point; in the middle, if
    /// there is none.
    #[must_use]
    pub fn around(image: Dimensions, shape: Dimensions, focus: Option<Focus>) -> Self {
        let wide = super::limits::proportional(image.height, shape.width, shape.height);
        let tall = super::limits::proportional(image.width, shape.height, shape.width);
        let (width, height) = (wide.min(image.width), tall.min(image.height));
        let middle = ((image.width - width) / 2, (image.height - height) / 2);
        let (x, y) = focus.map_or(middle, |focus| {
            (
                focus.start_across(image.width, width),
                focus.start_down(image.height, height),
            )
        });
        Self {
            x,
            y,
            width,
            height,
        }
    }
}

impl Region {
    /// Parses the region in a path.
    ///
    /// # Errors
    /// [`Refused::Region`] if it is malformed.
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

    /// Returns the rectangle that the region means in this image, cut off at the image's edges.
    ///
    /// # Errors
    /// [`Refused::EmptyRegion`] if nothing is left.
    pub fn within(self, image: Dimensions, focus: Option<Focus>) -> Result<Crop, Refused> {
        let [x, y, width, height] = match self {
            Self::Full => return Ok(Crop::whole(image)),
            Self::Square => {
                let shape = Dimensions {
                    width: 1,
                    height: 1,
                };
                return Ok(Crop::around(image, shape, focus));
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

/// Returns the part of `start .. start + length` that lies before `end`, as start and length.
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
