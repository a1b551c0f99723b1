//! Rotation: mirroring, and turns by multiples of 90 degrees (section 4.3).
//!
//! Refuses all other angles, whose corners would need a background that not every format has.

use std::fmt;

use super::decimal::Decimal;
use super::refused::Refused;

/// A clockwise turn, after mirroring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// 0 (and 360) degrees.
    None,
    /// 90 degrees.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees.
    ThreeQuarters,
}

/// The rotation of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotation {
    /// `!`: the image is mirrored left to right first.
    pub mirror: bool,
    /// The turn, after mirroring.
    pub turn: Turn,
}

impl Rotation {
    /// No rotation.
    pub const NONE: Self = Self {
        mirror: false,
        turn: Turn::None,
    };

    /// Parses the rotation in a path.
    ///
    /// # Errors
    /// [`Refused::Rotation`], also for angles that are valid but not supported.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let (mirror, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let turn = match Decimal::parse(text).and_then(Decimal::as_whole) {
            Some(0 | 360) => Turn::None,
            Some(90) => Turn::Quarter,
            Some(180) => Turn::Half,
            Some(270) => Turn::ThreeQuarters,
            Some(_) | None => return Err(Refused::Rotation),
        };
        Ok(Self { mirror, turn })
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mirror {
            f.write_str("!")?;
        }
        f.write_str(match self.turn {
            Turn::None => "0",
            Turn::Quarter => "90",
            Turn::Half => "180",
            Turn::ThreeQuarters => "270",
        })
    }
}
