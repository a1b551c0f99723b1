//! A watermark: an image of the app's own that is drawn over what a preset renders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::names::MediaId;

/// The largest file of a watermark, in bytes. It is read for every rendering.
pub const MOST_BYTES: u64 = 1 << 20;

/// The most pixels of a watermark.
pub const MOST_PIXELS: u64 = 4_000_000;

/// The distance of a watermark from the edges: a part of the picture's shorter side.
const MARGIN: u32 = 40;

/// The place of a watermark in the picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "WatermarkPosition")]
pub enum Position {
    /// The upper left corner.
    TopLeft,
    /// The middle of the upper edge.
    Top,
    /// The upper right corner.
    TopRight,
    /// The middle of the left edge.
    Left,
    /// The middle.
    Center,
    /// The middle of the right edge.
    Right,
    /// The lower left corner.
    BottomLeft,
    /// The middle of the lower edge.
    Bottom,
    /// The lower right corner.
    #[default]
    BottomRight,
}

/// A watermark as it is stored and as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Watermark {
    /// An image of the same app.
    pub media: MediaId,
    /// The place of the watermark in the picture.
    pub position: Position,
    /// How much of what is below it covers, in percent: 1 to 100.
    pub opacity: u8,
    /// The most that it takes of the picture's width and of its height, in percent: 1 to 100.
    pub scale: u8,
}

/// The size of a watermark and the place of its upper left corner, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The size.
    pub size: Dimensions,
    /// Pixels from the left.
    pub x: u32,
    /// Pixels from the top.
    pub y: u32,
}

impl Watermark {
    /// Returns how an image of these dimensions is drawn over a picture: as large as its scale allows in its own
    /// proportions, a fortieth of the picture's shorter side away from the edges if there is room.
    #[must_use]
    pub fn placed(&self, image: Dimensions, over: Dimensions) -> Placed {
        let part = |side: u32| (u64::from(side) * u64::from(self.scale) / 100).max(1);
        let (width, height) = (part(over.width), part(over.height));
        let [across, down] = [image.width, image.height].map(|side| u64::from(side.max(1)));
        let (width, height) = if width * down <= height * across {
            (width, (width * down / across).max(1))
        } else {
            ((height * across / down).max(1), height)
        };
        let size = Dimensions {
            width: u32::try_from(width).unwrap_or(over.width),
            height: u32::try_from(height).unwrap_or(over.height),
        };
        let (across, down) = self.position.sides();
        let margin = over.width.min(over.height) / MARGIN;
        Placed {
            size,
            x: across.start(over.width, size.width, margin),
            y: down.start(over.height, size.height, margin),
        }
    }
}

/// The place of a shorter line on a longer one.
#[derive(Debug, Clone, Copy)]
enum Side {
    Start,
    Middle,
    End,
}

impl Side {
    fn start(self, whole: u32, part: u32, margin: u32) -> u32 {
        let room = whole.saturating_sub(part);
        match self {
            Self::Start => margin.min(room),
            Self::Middle => room / 2,
            Self::End => room.saturating_sub(margin),
        }
    }
}

impl Position {
    fn sides(self) -> (Side, Side) {
        use Side::{End, Middle, Start};
        match self {
            Self::TopLeft => (Start, Start),
            Self::Top => (Middle, Start),
            Self::TopRight => (End, Start),
            Self::Left => (Start, Middle),
            Self::Center => (Middle, Middle),
            Self::Right => (End, Middle),
            Self::BottomLeft => (Start, End),
            Self::Bottom => (Middle, End),
            Self::BottomRight => (End, End),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn watermark(position: Position, scale: u8) -> Watermark {
        Watermark {
            media: MediaId::parse("01jd5b2m3n4p5q6r7s8t9v0w1x-0123456789abc").unwrap(),
            position,
            opacity: 100,
            scale,
        }
    }

    #[test]
    fn it_keeps_its_proportions_and_its_distance() {
        let over = Dimensions {
            width: 400,
            height: 200,
        };
        let logo = Dimensions {
            width: 1_000,
            height: 250,
        };
        for (position, scale, (width, height), (x, y)) in [
            (Position::BottomRight, 25, (100, 25), (295, 170)),
            (Position::TopLeft, 25, (100, 25), (5, 5)),
            (Position::Center, 50, (200, 50), (100, 75)),
            (Position::Top, 100, (400, 100), (0, 5)),
            (Position::Left, 1, (4, 1), (5, 99)),
            (Position::Right, 25, (100, 25), (295, 87)),
            (Position::Bottom, 25, (100, 25), (150, 170)),
            (Position::TopRight, 25, (100, 25), (295, 5)),
            (Position::BottomLeft, 25, (100, 25), (5, 170)),
        ] {
            let size = Dimensions { width, height };
            let placed = watermark(position, scale).placed(logo, over);
            assert_eq!(placed, Placed { size, x, y }, "{position:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_always_inside_the_picture(
            scale in 1_u8..=100,
            sides in prop::array::uniform4(1_u32..=10_000),
            position in prop::sample::select(vec![Position::TopLeft, Position::Center, Position::BottomRight]),
        ) {
            let [width, height, across, down] = sides;
            let over = Dimensions { width, height };
            let image = Dimensions { width: across, height: down };
            let placed = watermark(position, scale).placed(image, over);
            prop_assert!(placed.size.width >= 1 && placed.size.height >= 1);
            prop_assert!(placed.x + placed.size.width <= width, "{placed:?}");
            prop_assert!(placed.y + placed.size.height <= height, "{placed:?}");
        }
    }
}
