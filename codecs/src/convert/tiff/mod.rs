//! Reads TIFF (revision 6.0, and files with 64-bit places): the first picture of strips or tiles, uncompressed, PackBits,
//! LZW, Deflate, JPEG, or coded as fax; 1 to 16 bits; grey, palette, RGB, CMYK and YCbCr; with alpha, in planes, turned.
//!
//! It refuses what programs other than their own writers do not show: floating-point samples, L*a*b*, old kinds of JPEG.
//!
//! Everything is bounded by the size of the picture, which the caller knows, or of the file: a row is unpacked at a time,
//! strips that overlap may not read the file more than a few times over, and chains of directories may not lead back.

mod colours;
mod directory;
mod fax;
mod jpeg;
mod picture;
mod samples;
mod stream;
mod tag;

use super::canvas::{Canvas, zeros};
use super::numbers::index;
use super::{ConvertError, Facts};
use crate::Damage;
use crate::render::view::Turned;
use directory::File;
use picture::{Alpha, Compression, Stored};
use stream::Stream;

/// Reads the size of the first picture, and counts the pictures.
pub(super) fn facts(file: &[u8]) -> Result<Facts, ConvertError> {
    let (stored, pictures) = first(file)?;
    let (width, height) = if Turned::by_exif(stored.orientation).swaps_sides() {
        (stored.height, stored.width)
    } else {
        (stored.width, stored.height)
    };
    Ok(Facts {
        width,
        height,
        pictures,
        decoded_pixels: stored.decoded_pixels().ok_or(Damage::Memory)?,
    })
}

/// Decodes the first picture.
pub(super) fn decode(file: &[u8]) -> Result<Canvas, ConvertError> {
    let (stored, _) = first(file)?;
    let shown = shown_samples(&stored);
    let count = index(stored.width)
        .checked_mul(index(stored.height))
        .and_then(|pixels| pixels.checked_mul(shown))
        .ok_or(Damage::Memory)?;
    let mut plane = Samples {
        shown,
        width: index(stored.width),
        pixels: zeros(count)?,
    };
    let planes = if stored.is_planar { shown } else { 1 };
    let in_plane = stored.chunks_across * stored.chunks_down;
    for number in 0..planes * in_plane {
        let (row, column) = (
            number % in_plane / stored.chunks_across,
            number % stored.chunks_across,
        );
        let corner = Corner {
            x: column * index(stored.chunk.0),
            y: row * index(stored.chunk.1),
            sample: number / in_plane,
        };
        let rows = index(stored.chunk.1).min(index(stored.height) - corner.y);
        let coded = stored.chunk_bytes(number)?;
        chunk(&stored, coded, rows, |line, samples| {
            plane.put(&stored, &corner, line, samples);
        })?;
    }
    let mut canvas = colours::shown(&stored, plane.pixels)?;
    canvas.turned = Turned::by_exif(stored.orientation);
    Ok(canvas)
}

fn first(file: &[u8]) -> Result<(Stored<'_>, u32), ConvertError> {
    let (directory, pictures) = File::open(file)
        .and_then(File::pictures)
        .ok_or(Damage::Truncated)?;
    Ok((Stored::read(directory)?, pictures))
}

fn shown_samples(stored: &Stored<'_>) -> usize {
    stored.meaning.colours() + usize::from(stored.alpha != Alpha::None)
}

/// Decodes a strip or tile, and hands over each of its first rows, a byte a sample.
fn chunk(
    stored: &Stored<'_>,
    coded: &[u8],
    rows: usize,
    mut each: impl FnMut(usize, &[u8]),
) -> Result<(), ConvertError> {
    let reversed: Vec<u8>;
    let coded = if stored.is_reversed && stored.compression != Compression::Jpeg {
        reversed = coded.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        coded
    };
    if let Compression::Fax(coding) = stored.compression {
        let mut lines = fax::rows(coding, stored.chunk.0, coded);
        let mut row = zeros(index(stored.chunk.0))?;
        for line in 0..rows {
            lines.next(&mut row)?;
            // As samples of one bit, scaled.
            let scaled: Vec<u8> = row.iter().map(|black| black * 255).collect();
            each(line, &scaled);
        }
        return Ok(());
    }
    let Some(mut stream) = Stream::open(stored.compression, coded) else {
        return jpeg::decode(stored, coded, rows, each);
    };
    if stored.subsampling != (1, 1) {
        return colours::shared(stored, &mut stream, rows, each);
    }
    let mut row = zeros(stored.row_bytes().ok_or(Damage::Memory)?)?;
    let mut unpacked = Vec::new();
    for line in 0..rows {
        stream.fill(&mut row)?;
        if stored.has_predictor {
            samples::undo_predictor(stored, &mut row);
        }
        samples::unpack(stored, &row, &mut unpacked);
        each(line, &unpacked);
    }
    Ok(())
}

/// The place of a strip or tile: its first pixel.
struct Corner {
    x: usize,
    y: usize,
    /// The sample that it holds, if each has its own.
    sample: usize,
}

/// The samples that are shown, of all pixels.
struct Samples {
    shown: usize,
    width: usize,
    pixels: Vec<u8>,
}

impl Samples {
    /// Puts a row of a strip or tile in its place. What lies beyond the picture's right side is dropped.
    fn put(&mut self, stored: &Stored<'_>, corner: &Corner, line: usize, samples: &[u8]) {
        let start = (corner.y + line) * self.width;
        let row = start + corner.x..start + self.width;
        let Some(row) = self
            .pixels
            .get_mut(row.start * self.shown..row.end * self.shown)
        else {
            return;
        };
        let together = stored.samples_together();
        if together == self.shown {
            let count = row.len().min(samples.len());
            if let (Some(to), Some(from)) = (row.get_mut(..count), samples.get(..count)) {
                to.copy_from_slice(from);
            }
            return;
        }
        let pixels = row.chunks_exact_mut(self.shown);
        for (pixel, stored) in pixels.zip(samples.chunks_exact(together)) {
            if together == 1 {
                if let (Some(to), [from]) = (pixel.get_mut(corner.sample), stored) {
                    *to = *from;
                }
            } else if let Some(shown) = stored.get(..self.shown) {
                pixel.copy_from_slice(shown);
            }
        }
    }
}
