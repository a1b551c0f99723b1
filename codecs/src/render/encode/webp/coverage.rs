//! Encodes the alpha channel of a lossy WebP picture without loss: the content of its `ALPH` chunk (RFC 9649,
//! §2.7.1.2).
//!
//! libwebp would write the values both as they are and as differences to their neighbours, and keep the smaller result.
//! For a soft mask that takes as long as all the colours. This module predicts which will be smaller, and has libwebp
//! encode only that one, as a lossless picture whose green channel is the alpha.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: rows are of one length, which is compared before it; indices are bytes"
)]

use libwebp_sys::WebPConfig;

use super::super::super::RenderError;
use super::super::super::picture::{Layout, Picture};
use super::super::failed;
use super::{Colours, Input, write};
use crate::container;

/// libwebp's effort, 0 to 6. Its own choice here would be 4, which is slower by a third and saves less than a twentieth
/// of the bytes.
const METHOD: i32 = 2;

/// libwebp's effort in looking for repeats, 0 to 100; the same as its own choice.
const QUALITY: f32 = 32.0;

/// The header of a lossless picture: a signature of one byte, and 32 bits of sides, a flag and a version (§3.4). The
/// rest is also the content of this chunk.
const LOSSLESS_HEADER: usize = 5;

/// The compression method in the first byte of the chunk; the [`Filter`] follows from the third bit on.
const COMPRESSED: u8 = 1;

/// A plane that shrinks by more than this factor is regular (a gradient, a disc without noise), and its repeats save
/// more than entropy predicts. Then both ways are tried.
const REGULAR: usize = 64;

/// The value from which a value is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    None = 0,
    Left = 1,
    Above = 2,
    Gradient = 3,
}

impl Filter {
    const ALL: [Self; 4] = [Self::None, Self::Left, Self::Above, Self::Gradient];

    fn predict(self, left: u8, above: u8, corner: u8) -> u8 {
        match self {
            Self::None => 0,
            Self::Left => left,
            Self::Above => above,
            Self::Gradient => {
                let sum = i16::from(left) + i16::from(above) - i16::from(corner);
                u8::try_from(sum.clamp(0, 255)).unwrap_or(255)
            }
        }
    }
}

/// Returns the content of the chunk, for a picture with alpha.
pub(super) fn encode(picture: &Picture) -> Result<Vec<u8>, RenderError> {
    let width = usize::try_from(picture.width).map_err(failed)?;
    let (pixels, _) = picture.pixels.as_chunks::<4>();
    let plane: Vec<u8> = pixels.iter().map(|pixel| pixel[3]).collect();
    let sides = (picture.width, picture.height);
    let mut filter = chosen(&plane, width);
    let mut coded = compressed(&residuals(&plane, width, filter), sides)?;
    if filter != Filter::None && coded.len() < plane.len() / REGULAR {
        let unfiltered = compressed(&plane, sides)?;
        if unfiltered.len() < coded.len() {
            (filter, coded) = (Filter::None, unfiltered);
        }
    }
    Ok(if coded.len() < plane.len() {
        [&[COMPRESSED | (filter as u8) << 2], coded.as_slice()].concat()
    } else {
        [&[0], plane.as_slice()].concat()
    })
}

/// Compresses a plane as the green channel of a lossless picture, without that picture's header.
fn compressed(plane: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, RenderError> {
    let green = Picture {
        width,
        height,
        layout: Layout::Rgb,
        pixels: plane.iter().flat_map(|value| [0, *value, 0]).collect(),
    };
    let mut config = WebPConfig::new().map_err(|()| failed("libwebp's version"))?;
    config.lossless = 1;
    config.method = METHOD;
    config.quality = QUALITY;
    let file = write(Input::of(&green, Colours::Argb)?, &config)?;
    container::webp_part(&file, *b"VP8L")
        .and_then(|lossless| lossless.get(LOSSLESS_HEADER..))
        .map(<[u8]>::to_vec)
        .ok_or_else(|| failed("libwebp wrote a lossless file with an unexpected structure"))
}

/// Chooses the filter that leaves the least to write. Filters spoil repeats (equal edges no longer look alike beside
/// different neighbours), so a filter has to save enough to make up for that.
fn chosen(plane: &[u8], width: usize) -> Filter {
    let filter = likeliest(plane, width);
    let filtered = residuals(plane, width, filter);
    if 2.0 * surprise(&filtered, width) < surprise(plane, width) {
        filter
    } else {
        Filter::None
    }
}

/// Returns libwebp's guess (`WebPEstimateBestFilter`): the filter with the fewest large differences, looking at every
/// other pixel.
fn likeliest(plane: &[u8], width: usize) -> Filter {
    let mut seen = [0_u16; 4];
    let rows: Vec<&[u8]> = plane.chunks_exact(width).collect();
    for pair in rows[1..].windows(2).step_by(2) {
        let [above, row] = pair else { continue };
        let mut mean = u32::from(row[0]);
        for x in (2..width.saturating_sub(1)).step_by(2) {
            for (seen, filter) in seen.iter_mut().zip(Filter::ALL) {
                let predicted = match filter {
                    Filter::None => mean as u8,
                    Filter::Left | Filter::Above | Filter::Gradient => {
                        filter.predict(row[x - 1], above[x], above[x - 1])
                    }
                };
                *seen |= 1 << (row[x].abs_diff(predicted) >> 4);
            }
            mean = (3 * mean + u32::from(row[x]) + 2) >> 2;
        }
    }
    let score = |seen: u16| (0..16).filter(|bit| seen >> bit & 1 == 1).sum::<u32>();
    Filter::ALL
        .into_iter()
        .min_by_key(|filter| score(seen[*filter as usize]))
        .unwrap_or(Filter::None)
}

/// Returns each value minus its prediction. In the first row the prediction is always the value to the left, in the
/// first column the value above, and for the very first value 0.
fn residuals(plane: &[u8], width: usize, filter: Filter) -> Vec<u8> {
    let mut out = Vec::with_capacity(plane.len());
    let mut above: Option<&[u8]> = None;
    for row in plane.chunks_exact(width) {
        for (x, value) in row.iter().enumerate() {
            let predicted = match (x, above) {
                _ if filter == Filter::None => 0,
                (0, None) => 0,
                (0, Some(above)) => above[0],
                (_, None) => row[x - 1],
                (_, Some(above)) => filter.predict(row[x - 1], above[x], above[x - 1]),
            };
            out.push(value.wrapping_sub(predicted));
        }
        above = Some(row);
    }
    out
}

/// Returns the entropy, in bits, of those values that equal neither the one to the left nor the one above.
fn surprise(plane: &[u8], width: usize) -> f64 {
    let mut counts = [0_u32; 256];
    let zeros = vec![0; width];
    let mut above: &[u8] = &zeros;
    for row in plane.chunks_exact(width) {
        let mut left = 0;
        for (value, above) in row.iter().zip(above) {
            if *value != left && value != above {
                counts[usize::from(*value)] += 1;
            }
            left = *value;
        }
        above = row;
    }
    let all: u32 = counts.iter().sum();
    let told = counts.iter().filter(|count| **count > 0);
    told.map(|count| f64::from(*count) * (f64::from(all) / f64::from(*count)).log2())
        .sum()
}

#[cfg(test)]
mod tests;
