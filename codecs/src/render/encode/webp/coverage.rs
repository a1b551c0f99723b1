//! The coverage of a lossy WebP picture, without loss: the content of its `ALPH` chunk (RFC 9649, §2.7.1.2).
//!
//! libwebp writes it by itself, twice: the values as they are, and what they differ from their neighbours by, of which the
//! smaller is kept. Of a soft mask that takes as long as all colours do. Here is told beforehand which will be the smaller, and
//! that one alone is made; by libwebp, as a lossless picture whose green is the coverage.

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

/// libwebp's effort, 0 to 6. It would take 4 itself: slower by a third, for less than a twentieth of the bytes.
const METHOD: i32 = 2;

/// libwebp's effort in looking for repeats, 0 to 100: what it takes itself.
const QUALITY: f32 = 32.0;

/// Behind a signature of one byte, and sides, a flag and a version in 32 bits (§3.4), a lossless picture is what this chunk
/// has, too.
const LOSSLESS_HEADER: usize = 5;

/// The first byte of the chunk: how it is compressed, and its [`Filter`] from the third bit on.
const COMPRESSED: u8 = 1;

/// A plane that becomes so many times smaller follows a rule (a gradient, a disc without noise), whose repeats are worth more
/// than entropy tells; then both ways are tried.
const REGULAR: usize = 64;

/// What a value is predicted by.
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

/// The chunk's content, of a picture with coverage.
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

/// As a lossless picture's green, without that picture's header.
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
        .ok_or_else(|| failed("a lossless file that libwebp writes otherwise"))
}

/// The filter after which least is left to be written. Filters spoil repeats (edges that are alike are no longer, beside
/// others), so one has to make up for that.
fn chosen(plane: &[u8], width: usize) -> Filter {
    let filter = likeliest(plane, width);
    let filtered = residuals(plane, width, filter);
    if 2.0 * surprise(&filtered, width) < surprise(plane, width) {
        filter
    } else {
        Filter::None
    }
}

/// As libwebp guesses it (`WebPEstimateBestFilter`): the filter with the fewest large differences, of every other pixel.
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

/// Each value less what it is predicted by. In the first row that is always the value before, in the first column the one
/// above, and at first nothing.
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

/// The bits that it takes, by entropy, to tell those values that are neither the one before nor the one above.
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
