//! The part of the stored pixels that is shown, and its turn (`clap`, `irot`, `imir`: ISO/IEC 23008-12, 6.5.9 to
//! 6.5.12). A file names them in the order in which they are done; MIAF (ISO/IEC 23000-22, 7.3.6.7) asks for crop, turn,
//! mirror, and any other order is followed as well.

use super::boxes::malformed;
use super::properties::{Crop, Property};
use crate::Damage;

/// A part of a picture, in pixels; not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The part of the stored pixels that is shown, and its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The part of the stored picture that is shown.
    pub(crate) area: Area,
    /// How to turn it for display, as EXIF's 1 to 8; 1 is not at all.
    pub(crate) orientation: u8,
}

impl Shown {
    /// Returns the size as displayed.
    pub(crate) fn size(&self) -> (u32, u32) {
        let Area { width, height, .. } = self.area;
        // EXIF 2.32, table 6: orientations 5 to 8 turn the picture by a quarter.
        if self.orientation > 4 {
            (height, width)
        } else {
            (width, height)
        }
    }
}

/// Left and right exchanged or not, and then quarter turns, clockwise.
#[derive(Clone, Copy)]
struct Turned {
    mirror: bool,
    quarters: u8,
}

impl Turned {
    /// Combines this with a later one. A mirroring after a turn equals a mirroring before the opposite turn.
    fn then(self, mirror: bool, quarters: u8) -> Self {
        let before = if mirror {
            4 - self.quarters
        } else {
            self.quarters
        };
        Self {
            mirror: self.mirror != mirror,
            quarters: (before + quarters) % 4,
        }
    }

    fn orientation(self) -> u8 {
        match (self.mirror, self.quarters) {
            (false, 0) => 1,
            (true, 0) => 2,
            (false, 2) => 3,
            (true, 2) => 4,
            (true, 1) => 7,
            (false, 1) => 6,
            (true, _) => 5,
            (false, _) => 8,
        }
    }
}

/// Follows the transformations of a stored picture of this size.
pub(super) fn shown<'a>(
    (width, height): (u32, u32),
    properties: impl Iterator<Item = &'a Property<'a>>,
) -> Result<Shown, Damage> {
    let mut area = Area {
        x: 0,
        y: 0,
        width,
        height,
    };
    let mut turned = Turned {
        mirror: false,
        quarters: 0,
    };
    for property in properties {
        match property {
            // Anti-clockwise in the file.
            Property::Turn(quarters) => turned = turned.then(false, (4 - quarters % 4) % 4),
            Property::Mirror(true) => turned = turned.then(true, 0),
            Property::Mirror(false) => turned = turned.then(true, 2),
            Property::Crop(crop) => area = cropped(area, turned, crop)?,
            Property::Size(..)
            | Property::Bits(_)
            | Property::Nclx(_)
            | Property::Icc(_)
            | Property::Auxiliary(_)
            | Property::Config(..)
            | Property::OperatingPoint(_)
            | Property::Layer(_)
            | Property::Harmless
            | Property::Unknown => {}
        }
    }
    Ok(Shown {
        area,
        orientation: turned.orientation(),
    })
}

/// Returns the stored part that is left of an area when what is shown of it is cropped.
fn cropped(area: Area, turned: Turned, crop: &Crop) -> Result<Area, Damage> {
    let is_swapped = turned.quarters % 2 == 1;
    let (mut across, mut down) = (area.width, area.height);
    if is_swapped {
        (across, down) = (down, across);
    }
    let (mut x, mut width) = span(across, crop.width, crop.right)?;
    let (mut y, mut height) = span(down, crop.height, crop.down)?;
    for _ in 0..turned.quarters {
        // Turn back by a quarter, counter-clockwise: the right side becomes the top.
        (x, y, width, height) = (
            y,
            across.saturating_sub(x.saturating_add(width)),
            height,
            width,
        );
        (across, down) = (down, across);
    }
    if turned.mirror {
        x = across.saturating_sub(x.saturating_add(width));
    }
    Ok(Area {
        x: area.x.saturating_add(x),
        y: area.y.saturating_add(y),
        width,
        height,
    })
}

/// Returns the start and length of a part whose centre lies this far from the middle. Fractions of pixels are rounded,
/// and what would lie beyond the picture is left out.
fn span(whole: u32, length: (u32, u32), off: (i32, u32)) -> Result<(u32, u32), Damage> {
    let rounded = |above: i128, below: i128| {
        let twice = below.checked_mul(2).filter(|twice| *twice > 0)?;
        above
            .checked_mul(2)?
            .checked_add(below)?
            .checked_div_euclid(twice)
    };
    let part = || {
        let whole = i128::from(whole);
        let length = rounded(length.0.into(), length.1.into())?;
        let (over, under) = (i128::from(off.0), i128::from(off.1));
        let start = rounded((whole - length) * under + 2 * over, 2 * under)?;
        let (from, to) = (start.max(0), (start + length).min(whole));
        let length = u32::try_from(to - from).ok().filter(|length| *length > 0)?;
        Some((u32::try_from(from).ok()?, length))
    };
    part().ok_or_else(|| malformed("a crop that leaves nothing"))
}

#[cfg(test)]
mod tests {
    use super::{Area, Crop, Property, Shown, shown};

    fn crop(width: u32, height: u32, right: (i32, u32), down: (i32, u32)) -> Property<'static> {
        Property::Crop(Crop {
            width: (width, 1),
            height: (height, 1),
            right,
            down,
        })
    }

    fn of(properties: &[Property<'_>]) -> Option<Shown> {
        shown((8, 6), properties.iter()).ok()
    }

    #[test]
    fn turns_and_mirrors_make_the_eight_orientations() {
        use Property::{Mirror, Turn};
        for (properties, orientation) in [
            (&[][..], 1),
            (&[Mirror(true)], 2),
            (&[Turn(2)], 3),
            (&[Mirror(false)], 4),
            (&[Turn(1), Mirror(false)], 5),
            (&[Turn(3)], 6),
            (&[Turn(1), Mirror(true)], 7),
            (&[Turn(1)], 8),
            (&[Mirror(true), Turn(1)], 5),
            (&[Turn(1), Turn(3)], 1),
        ] {
            let shown = of(properties).unwrap();
            assert_eq!(shown.orientation, orientation, "{properties:?}");
            let size = if orientation > 4 { (6, 8) } else { (8, 6) };
            assert_eq!(shown.size(), size, "{properties:?}");
        }
    }

    #[test]
    fn a_crop_lies_around_the_middle() {
        let area = |x, y, width, height| Area {
            x,
            y,
            width,
            height,
        };
        for (properties, wanted) in [
            (vec![crop(4, 2, (0, 1), (0, 1))], area(2, 2, 4, 2)),
            (vec![crop(4, 2, (-2, 1), (4, 2))], area(0, 4, 4, 2)),
            (vec![crop(5, 5, (-3, 2), (-1, 2))], area(0, 0, 5, 5)),
            // The part of it that is within the picture.
            (vec![crop(8, 6, (3, 1), (0, 1))], area(3, 0, 5, 6)),
            // Turned first: the left of what is shown is the stored top.
            (
                vec![Property::Turn(1), crop(2, 8, (-2, 1), (0, 1))],
                area(0, 0, 8, 2),
            ),
            (
                vec![Property::Mirror(true), crop(2, 6, (-3, 1), (0, 1))],
                area(6, 0, 2, 6),
            ),
            // A crop of a crop.
            (
                vec![crop(4, 4, (2, 1), (1, 1)), crop(2, 2, (1, 1), (1, 1))],
                area(6, 4, 2, 2),
            ),
        ] {
            assert_eq!(of(&properties).unwrap().area, wanted, "{properties:?}");
        }
    }

    #[test]
    fn a_crop_that_leaves_nothing_is_damage() {
        for (width, right) in [
            ((0, 1), (0, 1)),
            ((4, 0), (0, 1)),
            ((4, 1), (0, 0)),
            ((4, 1), (i32::MAX, 1)),
            ((1, 1), (i32::MIN, 1)),
        ] {
            let crop = Property::Crop(Crop {
                width,
                height: (6, 1),
                right,
                down: (0, 1),
            });
            assert_eq!(of(&[crop]), None, "{width:?} {right:?}");
        }
    }
}
