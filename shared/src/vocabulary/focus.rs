//! The focal point of a picture: what stays in sight when the picture is cut.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A length of one: shares are kept in ten-thousandths, finer than a pixel of any preset.
const WHOLE: u16 = 10_000;

/// A point of an upright picture, in shares of its width and height from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Point", into = "Point")]
pub struct Focus {
    /// Ten-thousandths of the width.
    x: u16,
    /// Ten-thousandths of the height.
    y: u16,
}

/// The point in JSON: numbers from 0 to 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
struct Point {
    /// A share of the width, from the left.
    #[schemars(range(min = 0, max = 1))]
    x: f64,
    /// A share of the height, from the top.
    #[schemars(range(min = 0, max = 1))]
    y: f64,
}

impl Focus {
    /// Returns `None` for a point outside the picture.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Option<Self> {
        Some(Self {
            x: share(x)?,
            y: share(y)?,
        })
    }

    /// Returns where a part of `part` pixels begins in a side of `whole` pixels, so that the point is as near to the part's
    /// middle as the picture's edges allow.
    pub(crate) fn start_across(self, whole: u32, part: u32) -> u32 {
        start(self.x, whole, part)
    }

    /// Does the same as [`Self::start_across`], from the top.
    pub(crate) fn start_down(self, whole: u32, part: u32) -> u32 {
        start(self.y, whole, part)
    }
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is between 0 and 10,000"
)]
fn share(number: f64) -> Option<u16> {
    let is_inside = (0.0..=1.0).contains(&number);
    is_inside.then(|| (number * f64::from(WHOLE)).round() as u16)
}

fn start(share: u16, whole: u32, part: u32) -> u32 {
    let point = u64::from(whole) * u64::from(share) / u64::from(WHOLE);
    let point = u32::try_from(point).unwrap_or(whole);
    point
        .saturating_sub(part / 2)
        .min(whole.saturating_sub(part))
}

impl TryFrom<Point> for Focus {
    type Error = &'static str;

    fn try_from(point: Point) -> Result<Self, Self::Error> {
        Self::new(point.x, point.y).ok_or("a focal point must be between 0 and 1")
    }
}

impl From<Focus> for Point {
    fn from(focus: Focus) -> Self {
        let of_one = |share: u16| f64::from(share) / f64::from(WHOLE);
        Self {
            x: of_one(focus.x),
            y: of_one(focus.y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_inside_the_picture() {
        for (x, y, good) in [
            (0.0, 1.0, true),
            (0.4, 0.3, true),
            (-0.01, 0.5, false),
            (0.5, 1.01, false),
            (f64::NAN, 0.5, false),
            (0.5, f64::INFINITY, false),
        ] {
            assert_eq!(Focus::new(x, y).is_some(), good, "{x} {y}");
        }
        let point = Focus::new(0.4, 0.3).unwrap();
        let written = serde_json::to_string(&point).unwrap();
        assert_eq!(written, r#"{"x":0.4,"y":0.3}"#);
        assert_eq!(serde_json::from_str::<Focus>(&written).unwrap(), point);
    }

    #[test]
    fn the_point_is_in_the_middle_of_the_part_where_the_edges_allow() {
        for (x, start) in [
            (0.0, 0),
            (0.1, 0),
            (0.5, 400),
            (0.6, 500),
            (0.95, 800),
            (1.0, 800),
        ] {
            let focus = Focus::new(x, 0.5).unwrap();
            assert_eq!(focus.start_across(1_000, 200), start, "{x}");
            assert_eq!(focus.start_down(300, 300), 0);
        }
        let corner = Focus::new(1.0, 1.0).unwrap();
        assert_eq!(corner.start_across(u32::MAX, 1), u32::MAX - 1);
        assert_eq!(corner.start_across(1, 1), 0);
    }
}
