//! Reduces a picture row by row in one pass, so that the large picture never exists in memory.
//!
//! Three reductions follow one another, each on the smaller result of the one before:
//! 1. While a side has to shrink 4× or more, whole blocks of pixels are averaged, so that at least 2× is left (libvips
//!    calls
//!    that the gap; an average of blocks followed by 2× Lanczos cannot be told from Lanczos alone).
//! 2. Across, by Lanczos, a strip of rows at a time.
//! 3. Down, by Lanczos, over the narrow picture.
//!
//! A picture that is widened is kept narrow to the end, and then resampled down before across: widened first, a column of a
//! million pixels would fill gigabytes. Its rows are averaged by as much as its height shrinks.
//!
//! Colours are weighted by their alpha, so that transparent pixels do not bleed into their neighbours.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: lengths are compared once, before it; numbers are sides of pictures, below 2^31"
)]

use dozo_resample::{Filter, Resampler, divide_by_alpha, multiply_by_alpha};

use crate::Damage;

use super::picture::{Layout, Picture, byte_count};
use super::view::View;
use super::{Budget, RenderError};

/// The most bytes of rows that are kept until they are reduced across: small enough for a processor's L2 cache, and
/// enough rows that the cost of computing the filter for each strip does not matter.
const STRIP_BYTES: usize = 1 << 20;

/// The most rows in a block: their sums fit in 16 bits (257 × 255).
pub(super) const MAX_BLOCK: u32 = 256;

/// The part of a decoded picture that a view needs, in the picture's pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    /// The first column.
    pub(super) x: u32,
    /// The first row.
    pub(super) y: u32,
    /// Columns.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    /// The crop within the window, in fractions of a pixel: left, top, width, height.
    crop: [f64; 4],
}

impl Window {
    /// Returns the window of a picture that was decoded at `scale` to the size `decoded`.
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

    /// Returns the window of a picture that was decoded at full size.
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

/// Takes the rows of a [`Window`], one by one, and reduces them.
pub(super) struct Reduce<'a> {
    layout: Layout,
    budget: &'a Budget,
    window: Window,
    target: (u32, u32),
    /// The numbers of columns and of rows in a block. They are the same, unless the picture is widened.
    block: (u32, u32),
    /// Whether the result is wider than the window.
    is_widened: bool,
    /// The sums of the rows of the current block: one value for each channel of the window.
    sums: Vec<u16>,
    summed: u32,
    premultiplied: Vec<u8>,
    /// The rows of blocks that are not yet reduced across.
    strip: Vec<u8>,
    /// The rows that are reduced across, but not yet down.
    narrow: Vec<u8>,
    rows: u32,
    resampler: Resampler,
}

impl<'a> Reduce<'a> {
    pub(super) fn new(layout: Layout, window: Window, view: &View, budget: &'a Budget) -> Self {
        let [.., across, down] = window.crop;
        let [across, down] = [
            across / f64::from(view.width),
            down / f64::from(view.height),
        ];
        let side = |ratio: f64| ((ratio / 2.0) as u32).clamp(1, MAX_BLOCK);
        let is_widened = view.width > window.width;
        let least = side(across.min(down));
        let rows = if is_widened { side(down) } else { least };
        let kept = if is_widened {
            let rows = window.height.div_ceil(rows) as usize;
            rows * window.width as usize * layout.channels()
        } else {
            0
        };
        Self {
            layout,
            budget,
            window,
            target: (view.width, view.height),
            block: (least, rows),
            is_widened,
            sums: Vec::new(),
            summed: 0,
            premultiplied: Vec::new(),
            strip: Vec::with_capacity(kept),
            narrow: Vec::new(),
            rows: 0,
            resampler: Resampler::new(Filter::Lanczos3),
        }
    }

    /// Adds the next row, which consists of the window's columns only.
    pub(super) fn push(&mut self, row: &[u8]) -> Result<(), RenderError> {
        if row.len() != byte_count(self.window.width, 1, self.layout)? {
            return Err(Damage::Truncated.into());
        }
        self.rows += 1;
        if self.layout == Layout::Rgba && row.chunks_exact(4).any(|pixel| pixel[3] != 255) {
            let mut premultiplied = std::mem::take(&mut self.premultiplied);
            premultiplied.clear();
            premultiplied.extend_from_slice(row);
            multiply_by_alpha(&mut premultiplied, (self.window.width, 1)).map_err(odd)?;
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

    /// Returns the reduced picture.
    pub(super) fn finish(mut self) -> Result<Picture, RenderError> {
        if self.rows != self.window.height {
            return Err(Damage::Truncated.into());
        }
        if self.summed > 0 {
            self.end_block();
        }
        self.reduce_across()?;
        let (width, height) = self.target;
        let rows = self.window.height.div_ceil(self.block.1);
        let (top, down) = self.part_down(rows);
        let (mut kept, columns, (left, across)) = if self.is_widened {
            let columns = self.columns();
            let kept = std::mem::take(&mut self.strip);
            (kept, columns, self.part_across(columns))
        } else {
            let kept = std::mem::take(&mut self.narrow);
            (kept, width, (0.0, f64::from(width)))
        };
        // Of both, the library resamples down first.
        let mut pixels = self.resize(
            &mut kept,
            (columns, rows),
            (width, height),
            [left, top, across, down],
        )?;
        if self.layout == Layout::Rgba {
            divide_by_alpha(&mut pixels, (width, height)).map_err(odd)?;
        }
        Ok(Picture {
            width,
            height,
            layout: self.layout,
            pixels,
        })
    }

    fn sum(&mut self, row: &[u8]) {
        if self.block.1 == 1 {
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
        if self.summed == self.block.1 {
            self.end_block();
        }
    }

    /// Averages the summed rows, block by block; the last block on a side may be smaller.
    fn end_block(&mut self) {
        let (block, rows) = (self.block.0, self.summed);
        match self.layout {
            Layout::Grey => average::<1>(&self.sums, block, rows, &mut self.strip),
            Layout::Rgb => average::<3>(&self.sums, block, rows, &mut self.strip),
            Layout::Rgba | Layout::Cmyk => {
                average::<4>(&self.sums, block, rows, &mut self.strip);
            }
        }
        self.summed = 0;
    }

    fn reduce_across(&mut self) -> Result<(), RenderError> {
        self.budget.check_time()?;
        if self.is_widened {
            return Ok(());
        }
        let columns = self.columns();
        let row_bytes = byte_count(columns, 1, self.layout)?;
        let rows = u32::try_from(self.strip.len() / row_bytes).map_err(odd)?;
        if rows == 0 {
            return Ok(());
        }
        let (left, across) = self.part_across(columns);
        let mut strip = std::mem::take(&mut self.strip);
        let narrow = self.resize(
            &mut strip,
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

    /// The columns that are left when blocks are averaged.
    fn columns(&self) -> u32 {
        self.window.width.div_ceil(self.block.0)
    }

    /// The first of these columns that is shown, and the number of those that are.
    fn part_across(&self, columns: u32) -> (f64, f64) {
        let [left, _, across, _] = self.window.crop;
        part((left, across), self.block.0, columns)
    }

    /// The same of rows.
    fn part_down(&self, rows: u32) -> (f64, f64) {
        let [_, top, _, down] = self.window.crop;
        part((top, down), self.block.1, rows)
    }

    fn resize(
        &mut self,
        pixels: &mut [u8],
        from: (u32, u32),
        to: (u32, u32),
        crop: [f64; 4],
    ) -> Result<Vec<u8>, RenderError> {
        let channels = self.layout.channels();
        self.resampler
            .resample(pixels, channels, from, to, crop)
            .map_err(odd)
    }
}

/// Returns a part of a side, its start and its length, in blocks of so many pixels. Not more than `blocks` are there.
fn part((start, length): (f64, f64), block: u32, blocks: u32) -> (f64, f64) {
    let side = f64::from(block);
    let start = start / side;
    (start, (length / side).min(f64::from(blocks) - start))
}

/// Averages sums of rows, block by block; the last block may be narrower.
pub(super) fn average<const CHANNELS: usize>(
    sums: &[u16],
    block: u32,
    rows: u32,
    out: &mut Vec<u8>,
) {
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

/// Divides sums of a fixed number of bytes, to the nearest, with a multiplication. That is as exact as a division,
/// because a sum is below 2^24, and the reciprocal is too large by less than 2^16 in 2^42.
#[derive(Clone, Copy)]
pub(super) struct Mean {
    half: u32,
    reciprocal: u64,
}

impl Mean {
    /// Makes a divider for 1 to [`MAX_BLOCK`]² bytes.
    pub(super) fn of(count: u32) -> Self {
        Self {
            half: count / 2,
            reciprocal: (1_u64 << 42).div_ceil(u64::from(count)),
        }
    }

    pub(super) fn round(self, sum: u32) -> u8 {
        ((u64::from(sum + self.half) * self.reciprocal) >> 42) as u8
    }
}

/// Converts an error that should not occur: sizes and lengths computed by this module do not match.
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
                // Test where the quotient changes, and both sides of that.
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
