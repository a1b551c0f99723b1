//! Averages a picture over blocks of pixels, row by row, in one pass.
//!
//! Blocks are counted from the corner that is at the top left once the picture is upright, so a block at that corner is
//! always whole, and the upright result maps exactly to the upright original: pixel `n` of it begins at pixel
//! `n × block`.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: lengths are compared once, before it; numbers are sides of pictures, below 2^31"
)]

use dozo_resample::{divide_by_alpha, multiply_by_alpha};
use multiversion::multiversion;

use super::Plan;
use crate::render::picture::{Layout, Picture, byte_count};
use crate::render::reduce::{MAX_BLOCK, Mean, average};

/// The sums of a picture's blocks, as far as its rows have come.
pub(super) struct Sketch {
    layout: Layout,
    /// The picture's size, as it is stored.
    size: (u32, u32),
    block: u32,
    /// The distance in rows from one averaged row of a block to the next.
    step: u32,
    /// The columns and rows of the blocks at the left and at the top, as stored.
    first: (u32, u32),
    /// The rows that came.
    rows: u32,
    /// The rows of the current block that came, and how many of them are in the sums.
    in_block: u32,
    summed: u32,
    /// One value for each channel of a row.
    sums: Vec<u16>,
    premultiplied: Vec<u8>,
    pixels: Vec<u8>,
    is_opaque: bool,
    is_broken: bool,
}

impl Sketch {
    pub(super) fn new(layout: Layout, size: (u32, u32), plan: Plan) -> Self {
        let block = plan.block.max(1);
        let reversed = plan.turned.reverses();
        let first = |length: u32, is_reversed: bool| match length % block {
            rest if is_reversed && rest > 0 => rest,
            _ => block,
        };
        Self {
            layout,
            size,
            block,
            // More rows would overflow the sums.
            step: block.div_ceil(plan.rows.clamp(1, MAX_BLOCK)),
            first: (first(size.0, reversed.0), first(size.1, reversed.1)),
            rows: 0,
            in_block: 0,
            summed: 0,
            sums: Vec::new(),
            premultiplied: Vec::new(),
            pixels: Vec::new(),
            is_opaque: true,
            is_broken: false,
        }
    }

    /// Returns whether no transparent pixel was seen.
    pub(super) fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    pub(super) fn wants_rows(&self) -> bool {
        self.rows < self.size.1 && !self.is_broken
    }

    pub(super) fn push(&mut self, row: &[u8]) {
        if !self.wants_rows() {
            return;
        }
        if !byte_count(self.size.0, 1, self.layout).is_ok_and(|bytes| bytes == row.len()) {
            self.is_broken = true;
            return;
        }
        if self.in_block.is_multiple_of(self.step) {
            self.take(row);
        }
        self.rows += 1;
        self.in_block += 1;
        let is_first = self.rows <= self.first.1;
        let height = if is_first { self.first.1 } else { self.block };
        if self.in_block == height || self.rows == self.size.1 {
            self.end_block();
        }
    }

    /// Returns the means, upright or not as the picture was; `None` if rows are missing.
    pub(super) fn finish(self) -> Option<Picture> {
        if self.is_broken || self.rows != self.size.1 {
            return None;
        }
        let blocks =
            |length: u32, first: u32| 1 + length.saturating_sub(first).div_ceil(self.block);
        let width = blocks(self.size.0, self.first.0);
        let height = blocks(self.size.1, self.first.1);
        let mut pixels = self.pixels;
        if !byte_count(width, height, self.layout).is_ok_and(|bytes| bytes == pixels.len()) {
            return None;
        }
        match self.layout {
            Layout::Rgba if self.is_opaque => {
                let (whole, _) = pixels.as_chunks::<4>();
                pixels = whole
                    .iter()
                    .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
                    .collect();
            }
            Layout::Rgba => divide_by_alpha(&mut pixels, (width, height)).ok()?,
            Layout::Grey | Layout::Rgb | Layout::Cmyk => {}
        }
        let layout = match self.layout {
            Layout::Rgba if self.is_opaque => Layout::Rgb,
            layout @ (Layout::Grey | Layout::Rgb | Layout::Rgba | Layout::Cmyk) => layout,
        };
        Some(Picture {
            width,
            height,
            layout,
            pixels,
        })
    }

    fn take(&mut self, row: &[u8]) {
        if self.layout != Layout::Rgba || row.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255)
        {
            self.add(row);
            return;
        }
        self.is_opaque = false;
        let mut premultiplied = std::mem::take(&mut self.premultiplied);
        premultiplied.clear();
        premultiplied.extend_from_slice(row);
        self.is_broken |= multiply_by_alpha(&mut premultiplied, (self.size.0, 1)).is_err();
        self.add(&premultiplied);
        self.premultiplied = premultiplied;
    }

    fn add(&mut self, row: &[u8]) {
        if self.summed == 0 {
            self.sums.clear();
            self.sums.extend(row.iter().map(|value| u16::from(*value)));
        } else {
            add(&mut self.sums, row);
        }
        self.summed += 1;
    }

    fn end_block(&mut self) {
        let (first, block, rows) = (self.first.0, self.block, self.summed);
        let head = (first as usize * self.layout.channels()).min(self.sums.len());
        let (head, rest) = self.sums.split_at(head);
        for (sums, block) in [(head, first), (rest, block)] {
            match self.layout {
                Layout::Grey => means::<1>(sums, block, rows, &mut self.pixels),
                Layout::Rgb => means::<3>(sums, block, rows, &mut self.pixels),
                Layout::Rgba | Layout::Cmyk => means::<4>(sums, block, rows, &mut self.pixels),
            }
        }
        self.in_block = 0;
        self.summed = 0;
    }
}

/// Averages sums of rows, block by block. The blocks of usual previews have code of their own, whose loops are unrolled.
fn means<const CHANNELS: usize>(sums: &[u16], block: u32, rows: u32, out: &mut Vec<u8>) {
    let done = match block {
        2 => whole::<CHANNELS, 2>(sums, rows, out),
        3 => whole::<CHANNELS, 3>(sums, rows, out),
        4 => whole::<CHANNELS, 4>(sums, rows, out),
        5 => whole::<CHANNELS, 5>(sums, rows, out),
        6 => whole::<CHANNELS, 6>(sums, rows, out),
        _ => 0,
    };
    average::<CHANNELS>(&sums[done..], block, rows, out);
}

/// Averages whole blocks; returns how many sums are in them.
fn whole<const CHANNELS: usize, const BLOCK: usize>(
    sums: &[u16],
    rows: u32,
    out: &mut Vec<u8>,
) -> usize {
    let (pixels, _) = sums.as_chunks::<CHANNELS>();
    let (blocks, _) = pixels.as_chunks::<BLOCK>();
    let mean = Mean::of(BLOCK as u32 * rows);
    let start = out.len();
    out.resize(start + blocks.len() * CHANNELS, 0);
    let (means, _) = out[start..].as_chunks_mut::<CHANNELS>();
    for (block, means) in blocks.iter().zip(means) {
        let mut totals = [0_u32; CHANNELS];
        for pixel in block {
            for (total, value) in totals.iter_mut().zip(pixel) {
                *total += u32::from(*value);
            }
        }
        *means = totals.map(|total| mean.round(total));
    }
    blocks.len() * BLOCK * CHANNELS
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn add(sums: &mut [u16], row: &[u8]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += u16::from(*value);
    }
}

/// Reduces a picture that is in memory.
pub(super) fn reduce(picture: &Picture, plan: Plan) -> Option<Picture> {
    let mut sketch = Sketch::new(picture.layout, (picture.width, picture.height), plan);
    let row_bytes = byte_count(picture.width, 1, picture.layout).ok()?;
    for row in picture.pixels.chunks_exact(row_bytes.max(1)) {
        sketch.push(row);
    }
    sketch.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::view::Turned;

    #[test]
    fn the_sums_of_large_blocks_do_not_overflow() {
        for block in [1, 2, 255, 256, 257, 300, 511, 512, 767, 768] {
            let plan = Plan {
                block,
                rows: block,
                turned: Turned::NONE,
            };
            let white = Picture {
                width: 2,
                height: block * 2,
                layout: Layout::Grey,
                pixels: vec![255; block as usize * 4],
            };
            let reduced = reduce(&white, plan).unwrap();
            assert!(reduced.pixels.iter().all(|value| *value == 255), "{block}");
        }
    }
}
