//! Translates a recipe, which is about the upright picture, to the coordinates of the stored picture. So only the
//! needed part is decoded, and only the small picture is turned.

use image::metadata::Orientation;

use crate::header::Header;

use super::{Recipe, Rect, Turn};

/// Optionally mirrored (left and right swapped), and then turned clockwise by quarter turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turned {
    pub(super) mirror: bool,
    /// 0 to 3.
    pub(super) quarters: u8,
}

impl Turned {
    /// Reads an EXIF orientation (EXIF 2.32, table 6).
    fn by_exif(orientation: u8) -> Self {
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

    /// Applies another transformation after this one. A mirror after a turn equals a mirror before the opposite turn.
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

    pub(super) fn swaps_sides(self) -> bool {
        self.quarters % 2 == 1
    }
}

/// A recipe in stored coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// The visible part of the stored picture.
    pub(super) crop: Rect,
    /// The width in pixels after scaling, before any turn.
    pub(super) width: u32,
    /// The height in pixels after scaling, before any turn.
    pub(super) height: u32,
    /// The transformation from the stored to the requested picture.
    pub(super) turned: Turned,
}

impl View {
    /// Translates a recipe, which must have been checked against the header.
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

/// Translates a rectangle of the upright picture to the stored picture.
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
