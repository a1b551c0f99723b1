//! Decodes files into pixels: only the part that the view needs, and no larger than it needs it.

mod animation;
mod avif;
mod drawing;
mod jpeg;
mod png;
mod webp;

pub(crate) use jpeg::check_scans;
#[cfg(fuzzing)]
pub use jpeg::jpeg_paths_agree;

use std::io::BufRead;
use std::num::NonZeroU32;

use crate::{Damage, Encoding};

use super::picture::{Decoded, Layout, Picture};
use super::reduce::{Reduce, Window};
use super::reduced::Watch;
use super::view::View;
use super::{Budget, RenderError};

pub(super) use animation::frames;

/// Decodes the first or only frame, cropped and scaled for the view, but not yet turned.
pub(super) fn still(
    encoding: Encoding,
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    match encoding {
        Encoding::Jpeg => jpeg::decode(bytes, view, budget),
        Encoding::Png => png::decode(bytes, view, budget),
        Encoding::Webp => webp::decode(bytes, view, budget),
        Encoding::Gif => animation::first(encoding, bytes, view, budget),
        Encoding::Avif if avif::is_animation(bytes)? => {
            animation::first(encoding, bytes, view, budget)
        }
        Encoding::Avif => avif::decode(bytes, view, budget),
        Encoding::Svg => drawing::decode(bytes, view, budget),
    }
}

/// Decodes every pixel with the decoder that renders it, and discards them after the watch has seen them.
pub(super) fn verify(
    encoding: Encoding,
    bytes: &[u8],
    watch: &mut Watch,
) -> Result<(), RenderError> {
    match encoding {
        Encoding::Jpeg => jpeg::verify(bytes, watch),
        Encoding::Png => Ok(png::verify(bytes, watch)?),
        Encoding::Webp => webp::verify(bytes, watch),
        Encoding::Gif => animation::verify(encoding, bytes, watch),
        Encoding::Avif if avif::is_animation(bytes)? => animation::verify(encoding, bytes, watch),
        Encoding::Avif => avif::verify(bytes, watch),
        Encoding::Svg => drawing::verify(bytes, watch),
    }
}

/// Decodes the view from the preview of a picture, whose pixels stand for blocks of so many pixels along a side.
pub(super) fn preview(
    mut bytes: &[u8],
    view: &View,
    block: NonZeroU32,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    jpeg::decode_plainly(&mut bytes, view, block, budget)
}

/// Does the same as [`still`], of a JPEG that is read meanwhile.
pub(super) fn coming(
    jpeg: &mut dyn BufRead,
    view: &View,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    jpeg::decode_plainly(jpeg, view, NonZeroU32::MIN, budget)
}

/// Does the same as [`still`], from the first bytes of a JPEG. Returns `None` if it needs more of them.
pub(super) fn beginning(
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Option<Decoded>, RenderError> {
    jpeg::decode_beginning(bytes, view, budget)
}

/// Reduces a whole picture that is in memory.
fn reduce_whole(
    layout: Layout,
    pixels: &[u8],
    width: u32,
    window: Window,
    view: &View,
    budget: &Budget,
) -> Result<Picture, RenderError> {
    let row_bytes = super::picture::byte_count(width, 1, layout)?;
    let mut reduce = Reduce::new(layout, window, view, budget);
    let rows = pixels.chunks_exact(row_bytes);
    for row in skip_and_take(rows, window) {
        reduce.push(columns(row, layout, window)?)?;
    }
    reduce.finish()
}

fn skip_and_take<T>(rows: impl Iterator<Item = T>, window: Window) -> impl Iterator<Item = T> {
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    rows.skip(count(window.y)).take(count(window.height))
}

/// Returns the part of a row that lies in the window.
fn columns(row: &[u8], layout: Layout, window: Window) -> Result<&[u8], Damage> {
    let bytes = |columns| super::picture::byte_count(columns, 1, layout);
    let start = bytes(window.x)?;
    row.get(start..start.saturating_add(bytes(window.width)?))
        .ok_or(Damage::Truncated)
}
