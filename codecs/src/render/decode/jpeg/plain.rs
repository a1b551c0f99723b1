//! Decodes with MozJPEG: at 1/2, 1/4 or 1/8 if the view is that much smaller, row by row, up to the last row that is
//! needed.
//!
//! At a reduced scale, libjpeg transforms only the low frequencies of a block. The result is the same as a full decode
//! averaged over 2 × 2, 4 × 4 or 8 × 8 pixels, except for rounding.

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg::{ColorSpace, Decompress, Marker};

use crate::Damage;

use super::super::super::libjpeg::{guard, strict_errors};
use super::super::super::picture::{Decoded, Layout, byte_count};
use super::super::super::reduce::{Reduce, Window};
use super::super::super::view::View;
use super::super::super::{Budget, RenderError};
use super::super::columns;
use super::{is_enough, profile};

const ICC: Marker = Marker::APP(2);

/// Reads up to the first scan.
pub(super) fn open(bytes: &[u8]) -> Result<Decompress<&[u8]>, RenderError> {
    guard(|| {
        DecompressBuilder::new()
            .with_err(strict_errors())
            .with_markers(&[ICC])
            .from_mem(bytes)
    })
}

/// The layout of the decoded pixels, and libjpeg's colour space for it.
pub(super) fn colours(decoder: &Decompress<&[u8]>) -> Result<(Layout, ColorSpace), RenderError> {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "libjpeg's other names are for output"
    )]
    match decoder.color_space() {
        ColorSpace::JCS_GRAYSCALE => Ok((Layout::Grey, ColorSpace::JCS_GRAYSCALE)),
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK => Ok((Layout::Cmyk, ColorSpace::JCS_CMYK)),
        ColorSpace::JCS_RGB | ColorSpace::JCS_YCbCr => Ok((Layout::Rgb, ColorSpace::JCS_RGB)),
        _ => Err(RenderError::Unsupported("a JPEG of unknown components")),
    }
}

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    let mut decoder = open(bytes)?;
    let profile = profile(
        decoder
            .markers()
            .filter(|marker| marker.marker == ICC)
            .map(|marker| marker.data),
    );
    let (layout, space) = colours(&decoder)?;
    let eighths = eighths(view);
    decoder.scale(eighths);
    // Smoothing would guess the coefficients that a progressive file leaves out, and blur those that it has.
    decoder.do_block_smoothing(false);
    let mut rows = guard(|| decoder.to_colorspace(space))?;

    let side = |length| u32::try_from(length).map_err(|_too_large| Damage::Memory);
    let (width, height) = (side(rows.width())?, side(rows.height())?);
    let scale = f64::from(eighths) / 8.0;
    let window = Window::of(view, (scale, scale), (width, height));
    let mut row = vec![0_u8; byte_count(width, 1, layout)?];
    let mut reduce = Reduce::new(layout, window, view, budget);
    for y in 0..window.y + window.height {
        guard(|| rows.read_scanlines_into(&mut row).map(drop))?;
        if y >= window.y {
            reduce.push(columns(&row, layout, window)?)?;
        }
    }
    let mut picture = reduce.finish()?;
    // Photoshop stores inverted ink values, and all writers do the same, with or without its marker. So Chrome,
    // Firefox, Pillow and libvips always invert CMYK.
    if layout == Layout::Cmyk {
        picture.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    Ok(Decoded { picture, profile })
}

/// The number of eighths of the full size that is enough. Only powers of two are used, because libjpeg has SIMD code
/// for them.
fn eighths(view: &View) -> u8 {
    [1, 2, 4]
        .into_iter()
        .find(|eighths| is_enough(view, u32::from(*eighths)))
        .unwrap_or(8)
}
