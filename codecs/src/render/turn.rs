//! Makes the small picture upright, mirrored and turned, in one step.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: every index is a pixel of a picture whose length is its sides' product"
)]

use super::picture::{Layout, Picture};
use super::view::Turned;

pub(super) fn turn(picture: Picture, turned: Turned) -> Picture {
    if !turned.mirror && turned.quarters == 0 {
        return picture;
    }
    let pixels = match picture.layout {
        Layout::Grey => moved::<1>(&picture, turned),
        Layout::Rgb => moved::<3>(&picture, turned),
        Layout::Rgba | Layout::Cmyk => moved::<4>(&picture, turned),
    };
    let (width, height) = if turned.swaps_sides() {
        (picture.height, picture.width)
    } else {
        (picture.width, picture.height)
    };
    Picture {
        width,
        height,
        layout: picture.layout,
        pixels,
    }
}

/// Builds the result row by row; each row is a line of the source, forwards or backwards, horizontal or vertical.
fn moved<const CHANNELS: usize>(picture: &Picture, turned: Turned) -> Vec<u8> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (columns, rows) = if turned.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let mut out = Vec::with_capacity(picture.pixels.len());
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = match turned.quarters {
                0 => (column, row),
                1 => (row, height - 1 - column),
                2 => (width - 1 - column, height - 1 - row),
                _ => (width - 1 - row, column),
            };
            let x = if turned.mirror { width - 1 - x } else { x };
            let start = (y * width + x) * CHANNELS;
            out.extend_from_slice(&picture.pixels[start..start + CHANNELS]);
        }
    }
    out
}
