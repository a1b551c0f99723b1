//! Reduces a picture row by row in one pass, so that the large picture never exists in memory.
//!
//! There are three reductions, each on less data than the one before:
//! 1. If a side shrinks 4× or more, whole blocks of pixels are averaged so that at least 2× is left (libvips calls that
//!    the gap; an average of blocks followed by 2× Lanczos cannot be told from Lanczos alone).
//! 2. Horizontally, by Lanczos, a strip of rows at a time.
//! 3. Vertically, by Lanczos, over the narrow picture.
//!
//! Colours are weighted by their coverage, so that transparent pixels do not bleed into their neighbours.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: lengths are compared once, before it; numbers are sides of pictures, below 2^31"
)]

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{MulDiv, PixelType, ResizeOptions, Resizer};

use crate::Damage;

use super::picture::{Layout, Picture, byte_count};
use super::view::View;
use super::{Budget, RenderError};

/// The number of bytes of rows that are collected before they are reduced horizontally: few enough for a processor's
/// second-level cache, and enough to make the cost of computing the filter for each strip negligible.
const STRIP_BYTES: usize = 1 << 20;

/// The maximum number of rows in a block, so that their sums fit into 16 bits (257 × 255).
const MAX_BLOCK: u32 = 256;

/// The part of a decoded picture that a view needs, in pixels of the decoded picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    /// The first column.
    pub(super) x: u32,
    /// The first row.
    pub(super) y: u32,
    /// The number of columns.
    pub(super) width: u32,
    /// The number of rows.
    pub(super) height: u32,
    /// The exact crop inside the window, in fractional pixels: left, top, width, height.
    crop: [f64; 4],
}

impl Window {
    /// The window for a picture that was decoded at this scale, with these sides.
    pub(super) fn of(view: &View, scale: (f64, f64), decoded: (u32, u32)) -> Self {
        let span = |start: u32, length: u32, scale: f64, limit: u32| {
            let from = f64::from(start) * scale;
            let to = (from + f64::from(length) * scale).min(f64::from(limit));
            let first = (from.floor() as u32).min(limit.saturating_sub(1));
            let last = (to.ceil() as u32).clamp(first + 1, limit.max(first + 1));
            let offset = (from - f64::from(first)).max(0.0);
            let span = (to - f64::from(first) - offset).max(f64::MIN_POSITIVE);
            (first, last - first, offset, span)
        };
        let crop = view.crop;
        let (x, width, left, across) = span(crop.x, crop.width, scale.0, decoded.0);
        let (y, height, top, down) = span(crop.y, crop.height, scale.1, decoded.1);
        Self {
            x,
            y,
            width,
            height,
            crop: [left, top, across, down],
        }
    }

    /// The window for a picture that was decoded at full size.
    pub(super) fn full_size(view: &View) -> Self {
        let crop = view.crop;
        Self::of(
            view,
            (1.0, 1.0),
            (
                crop.x.saturating_add(crop.width),
                crop.y.saturating_add(crop.height),
            ),
        )
    }
}

/// Takes the rows of a [`Window`] one by one, and reduces them.
pub(super) struct Reduce<'a> {
    layout: Layout,
    budget: &'a Budget,
    window: Window,
    target: (u32, u32),
    /// The side of a block in pixels.
    block: u32,
    /// Sums of the rows of the current block: one value for each channel of each column.
    sums: Vec<u16>,
    summed: u32,
    premultiplied: Vec<u8>,
    /// Rows of blocks that are not yet reduced horizontally.
    strip: Vec<u8>,
    /// Rows that are reduced horizontally but not yet vertically.
    narrow: Vec<u8>,
    rows: u32,
    resizer: Resizer,
}

impl<'a> Reduce<'a> {
    pub(super) fn new(layout: Layout, window: Window, view: &View, budget: &'a Budget) -> Self {
        let [.., across, down] = window.crop;
        let least = (across / f64::from(view.width)).min(down / f64::from(view.height));
        Self {
            layout,
            budget,
            window,
            target: (view.width, view.height),
            block: ((least / 2.0) as u32).clamp(1, MAX_BLOCK),
            sums: Vec::new(),
            summed: 0,
            premultiplied: Vec::new(),
            strip: Vec::new(),
            narrow: Vec::new(),
            rows: 0,
            resizer: Resizer::new(),
        }
    }

    /// Adds the next row, which holds exactly the window's columns.
    pub(super) fn push(&mut self, row: &[u8]) -> Result<(), RenderError> {
        if row.len() != byte_count(self.window.width, 1, self.layout)? {
            return Err(Damage::Truncated.into());
        }
        self.rows += 1;
        if self.layout == Layout::Rgba && row.chunks_exact(4).any(|pixel| pixel[3] != 255) {
            let mut premultiplied = std::mem::take(&mut self.premultiplied);
            premultiplied.clear();
            premultiplied.extend_from_slice(row);
            by_coverage(&mut premultiplied, self.window.width)?;
            self.sum(&premultiplied);
            self.premultiplied = premultiplied;
        } else {
            self.sum(row);
        }
        if self.strip.len() >= STRIP_BYTES {
            self.reduce_across()?;
        }
        Ok(())
    }

    /// Returns the small picture.
    pub(super) fn finish(mut self) -> Result<Picture, RenderError> {
        if self.rows != self.window.height {
            return Err(Damage::Truncated.into());
        }
        if self.summed > 0 {
            self.end_block();
        }
        self.reduce_across()?;
        let (width, height) = self.target;
        let rows = self.window.height.div_ceil(self.block);
        let [_, top, _, down] = self.window.crop;
        let side = f64::from(self.block);
        let top = top / side;
        let down = (down / side).min(f64::from(rows) - top);
        let narrow = std::mem::take(&mut self.narrow);
        let mut pixels = self.resize(
            &narrow,
            (width, rows),
            (width, height),
            [0.0, top, f64::from(width), down],
        )?;
        if self.layout == Layout::Rgba {
            let mut image =
                Image::from_slice_u8(width, height, &mut pixels, PixelType::U8x4).map_err(odd)?;
            MulDiv::new()
                .divide_alpha_inplace(&mut image)
                .map_err(odd)?;
        }
        Ok(Picture {
            width,
            height,
            layout: self.layout,
            pixels,
        })
    }

    fn sum(&mut self, row: &[u8]) {
        if self.block == 1 {
            self.strip.extend_from_slice(row);
            return;
        }
        if self.summed == 0 {
            self.sums.clear();
            self.sums.extend(row.iter().map(|value| u16::from(*value)));
        } else {
            for (sum, value) in self.sums.iter_mut().zip(row) {
                *sum += u16::from(*value);
            }
        }
        self.summed += 1;
        if self.summed == self.block {
            self.end_block();
        }
    }

    /// Averages the summed rows block by block; the last block of a side may be smaller.
    fn end_block(&mut self) {
        match self.layout {
            Layout::Grey => average::<1>(&self.sums, self.block, self.summed, &mut self.strip),
            Layout::Rgb => average::<3>(&self.sums, self.block, self.summed, &mut self.strip),
            Layout::Rgba | Layout::Cmyk => {
                average::<4>(&self.sums, self.block, self.summed, &mut self.strip);
            }
        }
        self.summed = 0;
    }

    fn reduce_across(&mut self) -> Result<(), RenderError> {
        self.budget.check_time()?;
        let columns = self.window.width.div_ceil(self.block);
        let row_bytes = byte_count(columns, 1, self.layout)?;
        let rows = u32::try_from(self.strip.len() / row_bytes).map_err(odd)?;
        if rows == 0 {
            return Ok(());
        }
        let [left, _, across, _] = self.window.crop;
        let side = f64::from(self.block);
        let left = left / side;
        let across = (across / side).min(f64::from(columns) - left);
        let strip = std::mem::take(&mut self.strip);
        let narrow = self.resize(
            &strip,
            (columns, rows),
            (self.target.0, rows),
            [left, 0.0, across, f64::from(rows)],
        )?;
        if self.narrow.is_empty() {
            self.narrow = narrow;
        } else {
            self.narrow.extend_from_slice(&narrow);
        }
        self.strip = strip;
        self.strip.clear();
        Ok(())
    }

    fn resize(
        &mut self,
        pixels: &[u8],
        from: (u32, u32),
        to: (u32, u32),
        [left, top, width, height]: [f64; 4],
    ) -> Result<Vec<u8>, RenderError> {
        let kind = match self.layout {
            Layout::Grey => PixelType::U8,
            Layout::Rgb => PixelType::U8x3,
            Layout::Rgba | Layout::Cmyk => PixelType::U8x4,
        };
        let source = ImageRef::new(from.0, from.1, pixels, kind).map_err(odd)?;
        let mut resized = Image::new(to.0, to.1, kind);
        let options = ResizeOptions::new()
            .use_alpha(false)
            .crop(left, top, width, height);
        self.resizer
            .resize(&source, &mut resized, &options)
            .map_err(odd)?;
        Ok(resized.into_vec())
    }
}

fn by_coverage(pixels: &mut [u8], width: u32) -> Result<(), RenderError> {
    let mut image = Image::from_slice_u8(width, 1, pixels, PixelType::U8x4).map_err(odd)?;
    MulDiv::new()
        .multiply_alpha_inplace(&mut image)
        .map_err(odd)
}

fn average<const CHANNELS: usize>(sums: &[u16], block: u32, rows: u32, out: &mut Vec<u8>) {
    let (sums, _) = sums.as_chunks::<CHANNELS>();
    let whole = Mean::of(block * rows);
    for columns in sums.chunks(block as usize) {
        let mut totals = [0_u32; CHANNELS];
        for pixel in columns {
            for (total, value) in totals.iter_mut().zip(pixel) {
                *total += u32::from(*value);
            }
        }
        let mean = if columns.len() == block as usize {
            whole
        } else {
            Mean::of(columns.len() as u32 * rows)
        };
        out.extend(totals.map(|total| mean.round(total)));
    }
}

/// Divides sums of bytes by their number, rounding to the nearest, with a multiplication. It is as exact as a division,
/// because a sum is below 2^24 and the reciprocal is too large by less than 2^16 in 2^42.
#[derive(Clone, Copy)]
struct Mean {
    half: u32,
    reciprocal: u64,
}

impl Mean {
    /// The mean of `count` bytes, from 1 to [`MAX_BLOCK`]².
    fn of(count: u32) -> Self {
        Self {
            half: count / 2,
            reciprocal: (1_u64 << 42).div_ceil(u64::from(count)),
        }
    }

    fn round(self, sum: u32) -> u8 {
        ((u64::from(sum + self.half) * self.reciprocal) >> 42) as u8
    }
}

/// An error that cannot happen: sides and lengths computed in this module do not fit together.
fn odd(error: impl std::error::Error + Send + Sync + 'static) -> RenderError {
    Damage::Malformed(Box::new(error)).into()
}

#[cfg(test)]
mod tests {
    use super::{MAX_BLOCK, Mean};

    #[test]
    fn a_mean_is_what_a_division_gives() {
        for count in 1..=MAX_BLOCK * MAX_BLOCK {
            let mean = Mean::of(count);
            for value in [0, 1, 127, 128, 254, 255] {
                // Test the sums at which the quotient steps, and their neighbours.
                let step = value * count + count.div_ceil(2);
                for sum in [step.saturating_sub(1), step, value * count] {
                    let sum = sum.min(255 * count);
                    let divided = (sum + count / 2) / count;
                    assert_eq!(u32::from(mean.round(sum)), divided, "{sum} / {count}");
                }
            }
        }
    }
}
