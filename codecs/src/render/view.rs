//! Converts a recipe, which describes the upright picture, to the coordinates of the stored picture. So only the part
//! that is needed is decoded, and only the small picture is turned.

use image::metadata::Orientation;

use crate::header::Header;

use super::{Recipe, Rect, Turn};

/// A mirroring (left and right swapped) or none, followed by a clockwise turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) mirror: bool,
    /// The number of quarter turns, 0 to 3.
    pub(crate) quarters: u8,
}

impl Turned {
    /// Leaves a picture as it is.
    pub(super) const NONE: Self = Self {
        mirror: false,
        quarters: 0,
    };

    /// Returns the transformation for an EXIF orientation (EXIF 2.32, table 6).
    pub(crate) fn by_exif(orientation: u8) -> Self {
        let (mirror, quarters) =
            match Orientation::from_exif(orientation).unwrap_or(Orientation::NoTransforms) {
                Orientation::NoTransforms => (false, 0),
                Orientation::FlipHorizontal => (true, 0),
                Orientation::Rotate180 => (false, 2),
                Orientation::FlipVertical => (true, 2),
                Orientation::Rotate270FlipH => (true, 1),
                Orientation::Rotate90 => (false, 1),
                Orientation::Rotate90FlipH => (true, 3),
                Orientation::Rotate270 => (false, 3),
            };
        Self { mirror, quarters }
    }

    fn by_recipe(recipe: &Recipe) -> Self {
        Self {
            mirror: recipe.mirror,
            quarters: match recipe.turn {
                Turn::None => 0,
                Turn::Quarter => 1,
                Turn::Half => 2,
                Turn::ThreeQuarters => 3,
            },
        }
    }

    /// Combines this with a later transformation. A mirroring after a turn equals a mirroring before the opposite turn.
    fn then(self, next: Self) -> Self {
        let before = if next.mirror {
            4 - self.quarters
        } else {
            self.quarters
        };
        Self {
            mirror: self.mirror != next.mirror,
            quarters: (before + next.quarters) % 4,
        }
    }

    pub(crate) fn swaps_sides(self) -> bool {
        self.quarters % 2 == 1
    }

    /// Returns whether the upper left corner of the result is at the right of the stored picture, and at its bottom.
    pub(super) fn reverses(self) -> (bool, bool) {
        let is_right = matches!(self.quarters, 2 | 3) != self.mirror;
        (is_right, matches!(self.quarters, 1 | 2))
    }
}

/// A recipe in stored coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// The part that is shown, inside the stored picture.
    pub(super) crop: Rect,
    /// Pixels across after scaling, before any turn.
    pub(super) width: u32,
    /// Pixels down after scaling, before any turn.
    pub(super) height: u32,
    /// The transformation from the stored picture to the requested one.
    pub(super) turned: Turned,
}

impl View {
    /// Converts a recipe, which must have been checked against the header.
    pub(super) fn of(header: &Header, recipe: &Recipe) -> Self {
        let upright = Turned::by_exif(header.orientation);
        let (width, height) = if upright.swaps_sides() {
            (recipe.height, recipe.width)
        } else {
            (recipe.width, recipe.height)
        };
        Self {
            crop: stored(recipe.crop, (header.width, header.height), upright),
            width,
            height,
            turned: upright.then(Turned::by_recipe(recipe)),
        }
    }
}

/// Returns the stored position of a rectangle of the upright picture.
fn stored(crop: Rect, upright: (u32, u32), turned: Turned) -> Rect {
    let mut rect = crop;
    let (mut width, mut height) = upright;
    for _ in 0..turned.quarters {
        // Turn back by a quarter, counter-clockwise: the right side becomes the top.
        rect = Rect {
            x: rect.y,
            y: width - rect.x - rect.width,
            width: rect.height,
            height: rect.width,
        };
        (width, height) = (height, width);
    }
    if turned.mirror {
        rect.x = width - rect.x - rect.width;
    }
    rect
}
