//! The decoded tiles of one layer of a picture: its colours, or its alpha. Only one row of tiles is in memory at a time.

use std::ops::Range;

use crate::Damage;
use crate::container::avif;
use crate::container::heif::{Canvas, Nclx};
use crate::decoder::av1::{Chroma, Decoder, Frame, Options, Samples, Sequence};

use super::colour::{Matrix, Sample, doubled};

/// The most bytes of pictures in a decoder and in a row of tiles: of colours, and of alpha. That is a hundred megapixels
/// of 12 bits in 4:4:4, and of alpha; the functions have 2,048 MB.
pub(super) const MOST_COLOURS: u64 = 920_000_000;
pub(super) const MOST_ALPHA: u64 = 420_000_000;

/// A decoded picture, and how its samples become colours.
pub(super) struct Decoded {
    pub(super) frame: Frame,
    pub(super) matrix: Matrix,
}

/// A canvas that is read row by row.
pub(super) struct Layer<'a> {
    file: &'a [u8],
    canvas: &'a Canvas<'a>,
    nclx: Option<Nclx>,
    is_alpha: bool,
    /// The columns of tiles that are wanted.
    columns: Range<u32>,
    /// The row of tiles that is decoded.
    row: Option<u32>,
    tiles: Vec<Decoded>,
}

impl<'a> Layer<'a> {
    /// Opens a canvas for these columns of pixels.
    pub(super) fn new(
        file: &'a [u8],
        canvas: &'a Canvas<'a>,
        nclx: Option<Nclx>,
        is_alpha: bool,
        (from, to): (u32, u32),
    ) -> Self {
        let width = canvas.tile.0.max(1);
        Self {
            file,
            canvas,
            nclx,
            is_alpha,
            columns: from / width..to.div_ceil(width).min(canvas.columns),
            row: None,
            tiles: Vec::new(),
        }
    }

    /// Returns what is said of the pictures before they are decoded.
    pub(super) fn sequence(&self) -> Result<Sequence, Damage> {
        let tile = self.canvas.tiles.first().ok_or(Damage::Truncated)?;
        Sequence::read(&avif::tile(self.file, tile)?.bytes)
    }

    /// Decodes the tiles that have this row of pixels.
    pub(super) fn load(&mut self, y: u32) -> Result<u32, Damage> {
        let height = self.canvas.tile.1.max(1);
        let row = y / height;
        if self.row != Some(row) {
            self.tiles.clear();
            self.row = None;
            let mut kept = 0;
            for column in self.columns.clone() {
                let decoded = self.tile(row, column, &mut kept)?;
                self.tiles.push(decoded);
            }
            self.row = Some(row);
        }
        Ok(y % height)
    }

    fn tile(&self, row: u32, column: u32, kept: &mut u64) -> Result<Decoded, Damage> {
        let index = u64::from(row) * u64::from(self.canvas.columns) + u64::from(column);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let tile = self.canvas.tiles.get(index).ok_or(Damage::Truncated)?;
        let units = avif::tile(self.file, tile)?;
        let sequence = Sequence::read(&units.bytes)?;
        let (width, height) = self.canvas.tile;
        let pixels = u64::from(width).saturating_mul(height.into());
        let most = if self.is_alpha {
            MOST_ALPHA
        } else {
            MOST_COLOURS
        };
        if kept.saturating_add(sequence.bytes(pixels, units.frames)) > most {
            return Err(Damage::Memory);
        }
        *kept = kept.saturating_add(sequence.bytes(pixels, 1));
        let mut decoder = Decoder::open(Options {
            size: self.canvas.tile,
            operating_point: tile.operating_point,
            layer: tile.layer,
        })?;
        Decoded::of(decoder.decode(&units)?, self.nclx, self.is_alpha)
    }

    /// Returns the decoded tiles, each with the columns of pixels of the canvas that it covers.
    pub(super) fn tiles(&self) -> impl Iterator<Item = (Range<u32>, &Decoded)> {
        let (width, whole) = (self.canvas.tile.0, self.canvas.width);
        self.columns
            .clone()
            .zip(&self.tiles)
            .map(move |(column, tile)| {
                let from = column.saturating_mul(width);
                (from..from.saturating_add(width).min(whole), tile)
            })
    }
}

impl Decoded {
    pub(super) fn of(frame: Frame, nclx: Option<Nclx>, is_alpha: bool) -> Result<Self, Damage> {
        let sequence = &frame.sequence;
        let matrix = if is_alpha {
            Matrix::grey(sequence, sequence.is_full_range)
        } else {
            Matrix::of(sequence, nclx)?
        };
        Ok(Self { frame, matrix })
    }

    /// Writes a row of luma as levels; the output has as many as are wanted, from a column on.
    pub(super) fn levels(&self, y: u32, from: u32, out: &mut [u8]) {
        match self.frame.row(0, y) {
            Samples::Narrow(row) => self.matrix.levels(columns(row, from), out),
            Samples::Wide(row) => self.matrix.levels(columns(row, from), out),
        }
    }

    /// Writes a row as colours: pixels of so many channels, from a column on.
    pub(super) fn colours<const CHANNELS: usize>(
        &self,
        y: u32,
        from: u32,
        is_smooth: bool,
        chroma: &mut [Vec<u16>; 2],
        out: &mut [u8],
    ) {
        for (plane, row) in chroma.iter_mut().enumerate() {
            self.chroma(plane + 1, y, is_smooth, row);
        }
        let [first, second] = chroma;
        let chroma = [columns(first, from), columns(second, from)];
        match self.frame.row(0, y) {
            Samples::Narrow(row) => {
                self.matrix
                    .colours::<u8, CHANNELS>(columns(row, from), chroma, out);
            }
            Samples::Wide(row) => {
                self.matrix
                    .colours::<u16, CHANNELS>(columns(row, from), chroma, out);
            }
        }
    }

    /// Brings a row of chroma to the width of luma.
    fn chroma(&self, plane: usize, y: u32, is_smooth: bool, out: &mut Vec<u16>) {
        let ((width, _), (_, down)) = (self.frame.size(), self.frame.plane_size(plane));
        out.resize(usize::try_from(width).unwrap_or(0), 0);
        let chroma = self.frame.sequence.chroma;
        let is_half = chroma != Chroma::Whole;
        // Rows of chroma lie between two of luma: the nearest other one is above the upper, and below the lower.
        let (near, far) = match (chroma == Chroma::Quarter, y % 2) {
            (false, _) => (y, y),
            (true, 0) => (y / 2, (y / 2).saturating_sub(1)),
            (true, _) => (y / 2, (y / 2).saturating_add(1).min(down.saturating_sub(1))),
        };
        let rows = (self.frame.row(plane, near), self.frame.row(plane, far));
        match rows {
            (Samples::Narrow(near), Samples::Narrow(far)) => {
                brought(near, far, is_half, is_smooth, out);
            }
            (Samples::Wide(near), Samples::Wide(far)) => {
                brought(near, far, is_half, is_smooth, out);
            }
            // Both are rows of one plane.
            (Samples::Narrow(_), Samples::Wide(_)) | (Samples::Wide(_), Samples::Narrow(_)) => {}
        }
    }
}

fn brought<S: Sample + Into<u16>>(
    near: &[S],
    far: &[S],
    is_half: bool,
    is_smooth: bool,
    out: &mut [u16],
) {
    if near.is_empty() || far.is_empty() {
        return;
    }
    if is_half {
        doubled(near, far, is_smooth, out);
    } else {
        for (to, sample) in out.iter_mut().zip(near) {
            *to = (*sample).into();
        }
    }
}

/// Returns the samples from a column on.
fn columns<S>(row: &[S], from: u32) -> &[S] {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    row.get(from..).unwrap_or_default()
}
