//! Draws SVG: the part that the view needs, at the size at which it needs it.

use crate::svg;

use super::super::picture::Decoded;
use super::super::reduced::Watch;
use super::super::view::View;
use super::super::{Budget, RenderError};

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    budget.check_time()?;
    let size = (view.width, view.height);
    let picture = svg::draw(bytes, view.crop, size, budget.deadline)?;
    // It is drawn in sRGB.
    let profile = None;
    Ok(Decoded { picture, profile })
}

/// Draws the whole drawing at the largest size at which it is offered.
pub(super) fn verify(bytes: &[u8], watch: &mut Watch) -> Result<(), RenderError> {
    let picture = svg::judge(bytes)?;
    let size = (picture.width, picture.height);
    watch.begin(picture.layout, size, || None);
    let row = picture.pixels.len() / usize::try_from(picture.height.max(1)).unwrap_or(1);
    watch.rows(&picture.pixels, row);
    Ok(())
}
