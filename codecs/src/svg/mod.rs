//! Drawings: SVG is written anew, and drawn at any size.
//!
//! ```text
//! upload ─▶ input ─▶ usvg: what is drawn, and nothing else ─▶ written ─▶ check ─▶ the original
//! the original ─▶ usvg ─▶ resvg ─▶ pixels of any part at any size
//! ```
//!
//! A drawing is never delivered as it came. usvg reads what an image shows, without scripts, events, animations,
//! foreign content, styles and references to other files, and writes that alone: shapes, with text as outlines. What it
//! wrote is compared with a list of all that may be in it (`container/svg`). Both steps, and every drawing, happen in a copy of the
//! process that has limits (`apart`): a drawing of a few hundred bytes can ask for hours.

mod apart;
mod flaw;
mod fonts;
mod input;
mod pictures;
mod shared;
mod write;

use std::time::{Duration, Instant};

use resvg::tiny_skia::{PixmapMut, Transform};
use resvg::usvg::{Options, Tree};

use apart::{Bounds, Ended, apart};
use flaw::Flaw;
use pictures::{Pictures, Wanted};

use crate::container::svg::parse;
use crate::convert::ConvertError;
use crate::render::picture::{Layout, Picture, byte_count};
use crate::render::{Limit, Rect, RenderError};
use crate::{Damage, Encoding};

pub use crate::container::svg::{drawn_size, size};
pub use fonts::Fonts;

/// The most bytes of a drawing that was written anew.
const MOST_WRITTEN: usize = 16 << 20;

/// The memory for reading or drawing, in bytes, beside the pixels of the answer. A layer of the largest size has 64 MiB, and
/// each level of groups that are blended, masked or filtered has some.
const MOST_BYTES: u64 = 896 << 20;

/// The processor time in which an upload must be read and written anew, in seconds.
const WRITING_SECONDS: u64 = 15;

/// The processor time in which a drawing must be drawn at its largest size to be accepted, in seconds.
const JUDGED_SECONDS: u64 = 10;

/// The processor time in which a drawing must be drawn for a viewer, in seconds. It is longer, so that an accepted drawing
/// is also drawn on a slower machine.
const DRAWING_SECONDS: u64 = 25;

/// The wait for a copy is so many times its processor time, because other work may use the processor, too. The waits for
/// writing and for judging together are shorter than validate-upload's timeout.
const PATIENCE: u64 = 4;

/// Writes an upload anew.
///
/// # Errors
/// [`ConvertError`] when it is no drawing, or when it would take more than a drawing should.
pub fn rewrite(file: &[u8], fonts: &Fonts) -> Result<Vec<u8>, ConvertError> {
    let bounds = Bounds {
        bytes: MOST_BYTES,
        seconds: WRITING_SECONDS,
        until: Instant::now() + Duration::from_secs(PATIENCE * WRITING_SECONDS),
    };
    let written = apart(bounds, MOST_WRITTEN, |room| {
        let text = write::anew(file, fonts)?;
        let place = room.get_mut(..text.len()).ok_or(Flaw::Large)?;
        place.copy_from_slice(text.as_bytes());
        Ok(text.len())
    });
    match written {
        Ok(written) => Ok(written.result().to_vec()),
        Err(Ended::Flawed(flaw)) => Err(flaw.into()),
        Err(Ended::Time | Ended::Crash) => {
            let what = "an SVG image that takes more time or memory than an image should";
            Err(ConvertError::Unsupported(what))
        }
        Err(Ended::Unavailable(error)) => Err(ConvertError::Decoder(error)),
    }
}

/// Draws the whole drawing at its largest size. What passes can be drawn at every smaller size.
pub(crate) fn judge(original: &[u8]) -> Result<Picture, RenderError> {
    let (width, height) = drawn_size(original)?;
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let until = Instant::now() + Duration::from_secs(PATIENCE * JUDGED_SECONDS);
    draw_within(original, whole, (width, height), (JUDGED_SECONDS, until))
}

/// Draws a part of a drawing, given in pixels of the size at which it is [offered](drawn_size), at a size in pixels.
pub(crate) fn draw(
    original: &[u8],
    part: Rect,
    size: (u32, u32),
    until: Instant,
) -> Result<Picture, RenderError> {
    draw_within(original, part, size, (DRAWING_SECONDS, until)).map_err(|error| match error {
        // It may be drawn at the next request.
        RenderError::Damage(Damage::Unavailable(_)) => RenderError::OverBudget(Limit::Time),
        // The whole drawing was drawn when it was judged. A part of it that is enlarged further may take more.
        RenderError::Damage(Damage::Memory) => RenderError::OverBudget(Limit::OutputPixels),
        RenderError::Damage(_)
        | RenderError::Unsupported(_)
        | RenderError::OverBudget(_)
        | RenderError::Recipe(_) => error,
    })
}

fn draw_within(
    original: &[u8],
    part: Rect,
    (width, height): (u32, u32),
    (seconds, until): (u64, Instant),
) -> Result<Picture, RenderError> {
    let room = byte_count(width, height, Layout::Rgba)?;
    let bounds = Bounds {
        bytes: MOST_BYTES,
        seconds,
        until,
    };
    let drawn = apart(bounds, room, |pixels| {
        drawn(original, part, (width, height), pixels)?;
        Ok(room)
    });
    match drawn {
        Ok(drawn) => Ok(Picture {
            width,
            height,
            layout: Layout::Rgba,
            pixels: drawn.result().to_vec(),
        }),
        // What was written by us is read by us.
        Err(Ended::Flawed(_)) => Err(Damage::Malformed("the drawing cannot be read".into()).into()),
        Err(Ended::Time) => Err(RenderError::OverBudget(Limit::Time)),
        Err(Ended::Unavailable(error)) => Err(Damage::Unavailable(error).into()),
        Err(Ended::Crash) => Err(Damage::Memory.into()),
    }
}

/// Draws into pixels of red, green, blue and alpha.
fn drawn(
    original: &[u8],
    part: Rect,
    (width, height): (u32, u32),
    pixels: &mut [u8],
) -> Result<(), Flaw> {
    let text = std::str::from_utf8(original).map_err(|_other| Flaw::Encoding)?;
    let whole = drawn_size(original).map_err(|_other| Flaw::Malformed)?;
    let pictures = Pictures::default();
    let options = Options {
        image_href_resolver: pictures.resolver(Wanted::Drawn),
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&parse(text, false)?, &options)
        .map_err(|_unreadable| Flaw::Malformed)?;
    let transform = onto(&tree, whole, part, (width, height));
    let mut map = PixmapMut::from_bytes(pixels, width, height).ok_or(Flaw::Large)?;
    resvg::render(&tree, transform, &mut map);
    crate::convert::undo_multiplied(pixels);
    Ok(())
}

/// Returns the transformation from the drawing's own units to pixels of the answer.
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "sides of pictures are far below 2^24"
)]
fn onto(tree: &Tree, whole: (u32, u32), part: Rect, size: (u32, u32)) -> Transform {
    let enlarged = |wanted: u32, part: u32| wanted as f32 / part as f32;
    let (across, down) = (enlarged(size.0, part.width), enlarged(size.1, part.height));
    let own = tree.size();
    Transform::from_row(
        whole.0 as f32 / own.width() * across,
        0.0,
        0.0,
        whole.1 as f32 / own.height() * down,
        -(part.x as f32) * across,
        -(part.y as f32) * down,
    )
}

impl Encoding {
    /// Returns whether a picture of this encoding has no pixels of its own.
    #[must_use]
    pub fn is_drawn(self) -> bool {
        self == Self::Svg
    }
}
