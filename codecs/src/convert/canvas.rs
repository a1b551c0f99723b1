//! A decoded picture before it is written as an original: as it was stored, and how it has to be turned.

use std::ops::Range;

use super::ConvertError;
use super::numbers::index;
use crate::Damage;
use crate::render::picture::{Layout, byte_count};
use crate::render::view::Turned;

/// Rows that are turned at a time: few enough to stay in a processor's cache, and enough to read whole cache lines of a
/// picture that lies on its side.
pub(super) const BAND: usize = 32;

/// A whole picture, 8 bits a channel.
pub(super) struct Canvas {
    /// Pixels across as stored.
    width: u32,
    /// Pixels down as stored.
    height: u32,
    pub(super) layout: Layout,
    pub(super) pixels: Vec<u8>,
    pub(super) turned: Turned,
    /// The ICC profile, if the file has one for these channels.
    pub(super) icc: Option<Vec<u8>>,
}

impl Canvas {
    /// A picture that is upright as it is stored.
    pub(super) fn upright(width: u32, height: u32, layout: Layout, pixels: Vec<u8>) -> Self {
        Self {
            width,
            height,
            layout,
            pixels,
            turned: Turned::by_exif(1),
            icc: None,
        }
    }

    /// Drops alpha if every pixel is opaque.
    pub(super) fn drop_opaque_alpha(&mut self) {
        let all = self.pixels.as_chunks::<4>().0;
        if self.layout != Layout::Rgba || !all.iter().all(|[.., alpha]| *alpha == 255) {
            return;
        }
        let count = all.len();
        for place in 1..count {
            self.pixels.copy_within(place * 4..place * 4 + 3, place * 3);
        }
        self.pixels.truncate(count * 3);
        self.layout = Layout::Rgb;
    }

    /// Returns pixels across and down as displayed.
    pub(super) fn displayed(&self) -> (u32, u32) {
        if self.turned.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

    /// Iterates over bands of rows of the upright picture, from top to bottom.
    pub(super) fn bands(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let rows = index(self.displayed().1);
        (0..rows)
            .step_by(BAND)
            .map(move |start| start..rows.min(start + BAND))
    }

    /// Returns the pixels of a band; they are turned into `turned` if they have to be.
    pub(super) fn band<'a>(&'a self, rows: Range<usize>, turned: &'a mut Vec<u8>) -> &'a [u8] {
        match self.layout.channels() {
            1 => self.turned_band::<1>(rows, turned),
            3 => self.turned_band::<3>(rows, turned),
            _ => self.turned_band::<4>(rows, turned),
        }
    }

    fn turned_band<'a, const CHANNELS: usize>(
        &'a self,
        rows: Range<usize>,
        turned: &'a mut Vec<u8>,
    ) -> &'a [u8] {
        let (width, height) = (index(self.width), index(self.height));
        let (stored, _) = self.pixels.as_chunks::<CHANNELS>();
        let Turned { mirror, quarters } = self.turned;
        if !mirror && quarters == 0 {
            let pixels = stored.get(rows.start * width..rows.end * width);
            return pixels.unwrap_or_default().as_flattened();
        }
        let columns = index(self.displayed().0);
        turned.clear();
        turned.resize(rows.len() * columns * CHANNELS, 0);
        let (out, _) = turned.as_chunks_mut::<CHANNELS>();
        // With the columns outside, a picture on its side is read along its rows.
        for column in 0..columns {
            for (line, row) in rows.clone().enumerate() {
                let (x, y) = match quarters {
                    0 => (column, row),
                    1 => (row, height - 1 - column),
                    2 => (width - 1 - column, height - 1 - row),
                    _ => (width - 1 - row, column),
                };
                let x = if mirror { width - 1 - x } else { x };
                if let (Some(to), Some(from)) = (
                    out.get_mut(line * columns + column),
                    stored.get(y * width + x),
                ) {
                    *to = *from;
                }
            }
        }
        turned
    }
}

/// Returns the pixels of a picture, all zero, or an error if there is no memory for them.
pub(super) fn blank(width: u32, height: u32, layout: Layout) -> Result<Vec<u8>, ConvertError> {
    zeros(byte_count(width, height, layout)?)
}

/// Returns zeros, or an error if there is no memory for them.
pub(super) fn zeros(count: usize) -> Result<Vec<u8>, ConvertError> {
    let mut zeros = Vec::new();
    zeros
        .try_reserve_exact(count)
        .map_err(|_too_many| Damage::Memory)?;
    zeros.resize(count, 0);
    Ok(zeros)
}
