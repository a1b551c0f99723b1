//! A reduced picture, made of the rows that pass by while a file is judged: no second decode, and the large picture is
//! never kept.
//!
//! ```text
//! verify ─▶ rows ─▶ Watch ─▶ Sketch: means of blocks ─▶ profile ─▶ turn ─▶ Reduced ─▶ placeholder, preview
//! ```
//!
//! A watch never makes a judgement fail: where it does not understand the rows, there is no reduced picture.

mod colour;
mod preview;
mod sketch;
mod thumbhash;

use std::num::NonZeroU32;

use crate::header::Header;

use super::picture::{Decoded, Layout, Picture, Profile};
use super::profile::Converter;
use super::turn;
use super::view::Turned;

pub use preview::{preview_block, render_preview};
use sketch::Sketch;

/// The most pixels along a side of the picture that a placeholder is made of. More make no difference to a ThumbHash.
const PLACEHOLDER_SIDE: u32 = 100;

/// The rows of a block that are averaged for a placeholder. A few rows tell its mean as well as all of them do.
const PLACEHOLDER_ROWS: u32 = 4;

/// Adam7's first pass has every eighth pixel of every eighth row (PNG, third edition, 8.1).
const FIRST_PASS: u32 = 8;

/// A stand-in that is shown in the place of a picture until the picture appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// A ThumbHash of at most 25 bytes: <https://evanw.github.io/thumbhash/>.
    pub thumbhash: Vec<u8>,
    /// The colour that most of the picture has: red, green, blue in sRGB.
    pub colour: [u8; 3],
}

/// A picture made of the means of blocks of a larger one: upright, in sRGB.
#[derive(Debug)]
pub struct Reduced {
    picture: Picture,
    /// Whether all pixels of the picture are in it, and all of them are opaque.
    is_exact: bool,
}

impl Reduced {
    /// Returns the placeholder of the picture.
    #[must_use]
    pub fn placeholder(&self) -> Option<Placeholder> {
        let longest = self.picture.width.max(self.picture.height);
        let smaller = (longest > PLACEHOLDER_SIDE).then(|| {
            let block = longest.div_ceil(PLACEHOLDER_SIDE);
            let plan = Plan {
                block,
                rows: PLACEHOLDER_ROWS,
                turned: Turned::NONE,
            };
            sketch::reduce(&self.picture, plan)
        });
        let picture = match &smaller {
            Some(smaller) => smaller.as_ref()?,
            None => &self.picture,
        };
        Some(Placeholder {
            thumbhash: thumbhash::encode(picture),
            colour: colour::most_frequent(picture),
        })
    }
}

/// The plan for the small picture that a judgement leaves behind.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// The pixels along a side of a block.
    block: u32,
    /// The rows of a block that are averaged.
    rows: u32,
    /// The turn from the stored picture to the upright one.
    turned: Turned,
}

/// Looks at the rows of a picture while it is decoded.
#[derive(Default)]
pub(super) struct Watch {
    plan: Option<Plan>,
    begun: Option<Begun>,
}

struct Begun {
    sketch: Sketch,
    profile: Option<Profile>,
    turned: Turned,
    is_exact: bool,
}

impl Watch {
    /// Looks at nothing.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Makes a reduced picture of blocks of this many pixels along a side, or of blocks that are small enough for a
    /// placeholder alone.
    pub(super) fn of(header: &Header, block: Option<NonZeroU32>) -> Self {
        let longest = header.width.max(header.height);
        let plan = Plan {
            block: block.map_or_else(|| longest.div_ceil(PLACEHOLDER_SIDE), NonZeroU32::get),
            rows: block.map_or(PLACEHOLDER_ROWS, NonZeroU32::get),
            turned: Turned::by_exif(header.orientation),
        };
        Self {
            plan: Some(plan),
            begun: None,
        }
    }

    /// Begins a picture of this size, as it is stored. Of several pictures, only the first is looked at.
    pub(super) fn begin(
        &mut self,
        layout: Layout,
        size: (u32, u32),
        profile: impl FnOnce() -> Option<Profile>,
    ) {
        if let Some(plan) = self.plan.take() {
            self.begun = Some(Begun {
                sketch: Sketch::new(layout, size, plan),
                profile: profile(),
                turned: plan.turned,
                is_exact: true,
            });
        }
    }

    /// Begins an interlaced picture, of whose passes only the first is looked at.
    pub(super) fn begin_interlaced(
        &mut self,
        layout: Layout,
        (width, height): (u32, u32),
        profile: impl FnOnce() -> Option<Profile>,
    ) {
        if let Some(plan) = &mut self.plan {
            plan.block = plan.block.div_ceil(FIRST_PASS);
        }
        let size = (width.div_ceil(FIRST_PASS), height.div_ceil(FIRST_PASS));
        self.begin(layout, size, profile);
        if let Some(begun) = &mut self.begun {
            begun.is_exact = false;
        }
    }

    /// Returns whether a row of the picture is still missing.
    pub(super) fn wants_rows(&self) -> bool {
        let begun = self.begun.as_ref();
        begun.is_some_and(|begun| begun.sketch.wants_rows())
    }

    /// Takes the next row of the picture; ignores what follows the last one.
    pub(super) fn row(&mut self, row: &[u8]) {
        if let Some(begun) = &mut self.begun {
            begun.sketch.push(row);
        }
    }

    /// Takes the rows of a whole picture, one after the other.
    pub(super) fn rows(&mut self, pixels: &[u8], row_bytes: usize) {
        for row in pixels.chunks_exact(row_bytes.max(1)) {
            if !self.wants_rows() {
                break;
            }
            self.row(row);
        }
    }

    /// Returns the reduced picture, if all of its rows came.
    pub(super) fn finish(self) -> Option<Reduced> {
        let begun = self.begun?;
        let is_opaque = begun.sketch.is_opaque();
        let mut picture = begun.sketch.finish()?;
        // Only JPEG stores inks.
        picture.invert_inks();
        let decoded = Decoded {
            picture,
            profile: begun.profile,
        };
        let picture = Converter::default().convert(decoded);
        Some(Reduced {
            picture: turn::turn(picture, begun.turned),
            is_exact: begun.is_exact && is_opaque,
        })
    }
}
