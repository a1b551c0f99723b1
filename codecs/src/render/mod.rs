//! Renders one stored picture: takes a part of it, and changes size, turn, colour and encoding as a viewer asks.
//!
//! ```text
//! bytes ─▶ decode, crop, reduce ─▶ profile ─▶ turn ─▶ tone ─▶ finish ─▶ encode ─▶ bytes
//!          (row by row)           (to sRGB)
//! ```
//!
//! Each step is a module, and decides itself whether it applies. The first works in stored coordinates (`view`), so
//! that all later steps work on a small picture. No metadata is copied: the result is sRGB and upright.
//!
//! The bytes come from strangers: the header is compared with the recipe and the budget before a pixel is decoded,
//! libjpeg's errors are caught in one place (`libjpeg`), and a file that has lost pixels is refused, never shown in
//! part.

pub mod raster;

mod budget;
mod coming;
mod decode;
mod encode;
mod finish;
pub(crate) mod libjpeg;
mod mark;
mod page;
pub(crate) mod picture;
pub(crate) mod profile;
mod read_mark;
mod recipe;
mod reduce;
mod reduced;
mod salience;
mod tone;
mod turn;
pub(crate) mod view;

pub use budget::{Budget, Limit};
pub use coming::render_coming;
pub(crate) use decode::check_scans;
#[cfg(fuzzing)]
pub use decode::jpeg_paths_agree;
pub(crate) use encode::still as encode_still;
pub use mark::{Mark, PlacedMark};
pub use recipe::{Colour, Finish, MAX_SIDE, Output, Recipe, Rect, Turn};
pub use reduced::{Placeholder, Reduced, preview_block, render_preview};

use std::num::NonZeroU32;

use crate::header::Header;
use crate::{Damage, Encoding, header};

use finish::Finisher;
use picture::{Decoded, Picture};
use profile::Converter;
use reduced::Watch;
use view::View;

/// The reason why a rendering fails.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The source is not an image, or is incomplete.
    #[error("the source is damaged")]
    Damage(#[from] Damage),
    /// The source is of a variant, or the output is an encoding, that is not supported.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// The rendering would exceed the budget.
    #[error("the rendering exceeds its budget: {0}")]
    OverBudget(Limit),
    /// The recipe does not fit the picture.
    #[error("the recipe does not fit the picture: {0}")]
    Recipe(&'static str),
}

impl RenderError {
    /// Returns what is wrong with the file.
    pub(crate) fn into_damage(self) -> Damage {
        match self {
            Self::Damage(damage) => damage,
            Self::Unsupported(_) | Self::OverBudget(_) | Self::Recipe(_) => {
                Damage::Malformed(Box::new(self))
            }
        }
    }
}

/// Renders a picture.
///
/// # Errors
/// [`RenderError`]. An accepted picture gives only [`RenderError::OverBudget`] and [`RenderError::Recipe`].
pub fn render(
    encoding: Encoding,
    bytes: &[u8],
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let header = header::read(encoding, bytes)?;
    let view = checked_view(&header, recipe, budget)?;
    if is_animated(encoding, &header, recipe, budget) {
        return animate(encoding, bytes, &view, recipe, budget);
    }
    let picture = still(encoding, bytes, &view, recipe, budget)?;
    encode::still(picture, recipe.output)
}

/// Returns the pixels of a still picture, or of an animation's first frame, before they are encoded.
fn picture_of(
    encoding: Encoding,
    bytes: &[u8],
    header: &Header,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Picture, RenderError> {
    let view = checked_view(header, recipe, budget)?;
    still(encoding, bytes, &view, recipe, budget)
}

/// Checks a recipe against the picture and the budget, and converts it to stored coordinates.
fn checked_view(header: &Header, recipe: &Recipe, budget: &Budget) -> Result<View, RenderError> {
    recipe.check(header)?;
    budget.check(header, recipe)?;
    Ok(View::of(header, recipe))
}

fn still(
    encoding: Encoding,
    bytes: &[u8],
    view: &View,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Picture, RenderError> {
    let decoded = decode::still(encoding, bytes, view, budget)?;
    finished(decoded, view, recipe, budget)
}

/// Takes the steps after decoding.
fn finished(
    decoded: Decoded,
    view: &View,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Picture, RenderError> {
    let picture = Steps::new(view, recipe).apply(decoded)?;
    budget.check_time()?;
    Ok(picture)
}

/// Renders a still JPEG as [`render`] does, and returns its pixels in grey or in red, green and blue.
pub(crate) fn render_pixels(
    encoding: Encoding,
    bytes: &[u8],
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Picture, RenderError> {
    let header = header::read(encoding, bytes)?;
    let picture = picture_of(encoding, bytes, &header, recipe, budget)?;
    Ok(tone::on_white(picture))
}

/// Does the same as [`render`] from the first bytes of a progressive JPEG, for a recipe that [is
/// coarse](Recipe::is_coarse): the first scans hold the means of blocks of 8 × 8 pixels, and nothing else is needed.
/// Returns `None` if more bytes are needed, or if the file has to go through [`render`].
#[must_use]
pub fn render_beginning(bytes: &[u8], recipe: &Recipe, budget: &Budget) -> Option<Vec<u8>> {
    let header = header::read_opening(bytes).ok()?;
    let view = checked_view(&header, recipe, budget).ok()?;
    let decoded = decode::beginning(bytes, &view, budget).ok()??;
    let picture = finished(decoded, &view, recipe, budget).ok()?;
    encode::still(picture, recipe.output).ok()
}

/// Decodes every pixel; see [`crate::decode::verify`].
pub(crate) fn verify(encoding: Encoding, bytes: &[u8]) -> Result<(), RenderError> {
    decode::verify(encoding, bytes, &mut Watch::nothing())
}

/// Decodes every pixel, and reduces the picture; see [`crate::decode::reduced`].
pub(crate) fn reduced(
    encoding: Encoding,
    bytes: &[u8],
    header: &Header,
    block: Option<NonZeroU32>,
) -> Result<Option<Reduced>, RenderError> {
    let mut watch = Watch::of(header, block);
    decode::verify(encoding, bytes, &mut watch)?;
    Ok(watch.finish())
}

/// The steps between decoding and encoding. They are the same for all frames of an animation.
struct Steps<'a> {
    view: &'a View,
    recipe: &'a Recipe,
    colours: Converter,
    finisher: Finisher<'a>,
}

impl<'a> Steps<'a> {
    fn new(view: &'a View, recipe: &'a Recipe) -> Self {
        Self {
            view,
            recipe,
            colours: Converter::default(),
            finisher: Finisher::new(&recipe.finish),
        }
    }

    fn apply(&mut self, decoded: Decoded) -> Result<Picture, RenderError> {
        let picture = self.colours.convert(decoded);
        let turned = turn::turn(picture, self.view.turned);
        let toned = tone::tone(turned, self.recipe.colour)?;
        self.finisher.apply(toned)
    }
}

/// Returns whether all frames are shown: source and output can be animated, and the budget allows it. For an animated
/// PNG only its default image is shown.
fn is_animated(encoding: Encoding, header: &Header, recipe: &Recipe, budget: &Budget) -> bool {
    let encoded = budget::area(recipe.width, recipe.height);
    header.frames > 1
        && matches!(encoding, Encoding::Gif | Encoding::Webp | Encoding::Avif)
        && matches!(recipe.output, Output::Gif | Output::Webp { .. })
        && header.frames <= budget.frames
        && header.pixels() <= budget.pixels
        && encoded.saturating_mul(u64::from(header.frames)) <= budget.output_pixels
}

fn animate(
    encoding: Encoding,
    bytes: &[u8],
    view: &View,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let mut frames = decode::frames(encoding, bytes)?;
    let (width, height) = recipe.size();
    let mut animation = encode::Animation::new(recipe.output, width, height, frames.loops)?;
    let mut steps = Steps::new(view, recipe);
    while let Some(frame) = frames.next(view, budget)? {
        let picture = steps.apply(frame.decoded)?;
        animation.push(picture, frame.milliseconds)?;
    }
    animation.finish()
}
