//! Decodes with MozJPEG: at 1/2, 1/4 or 1/8 of the size if the view is that much smaller, row by row, down to the last
//! row that is needed.
//!
//! At a reduced scale libjpeg transforms only the low frequencies of a block. The result is that of a full decode
//! averaged over 2 × 2, 4 × 4 or 8 × 8 pixels, except for rounding.

use std::io::BufRead;
use std::num::NonZeroU32;

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg::{ColorSpace, Decompress, Marker};

use crate::Damage;

use super::super::super::libjpeg::{guard, strict_errors};
use super::super::super::picture::{Decoded, Layout, Profile, byte_count};
use super::super::super::reduce::{Reduce, Window};
use super::super::super::view::View;
use super::super::super::{Budget, RenderError, recipe};
use super::super::columns;
use super::profile;

const ICC: Marker = Marker::APP(2);

/// Reads the file up to the first scan.
pub(super) fn open<R: BufRead>(file: R) -> Result<Decompress<R>, RenderError> {
    guard(|| {
        DecompressBuilder::new()
            .with_err(strict_errors())
            .with_markers(&[ICC])
            .from_reader(file)
    })
}

/// Returns the colour profile that was read with the header.
pub(super) fn profile_of<R>(decoder: &Decompress<R>) -> Option<Profile> {
    let markers = decoder.markers().filter(|marker| marker.marker == ICC);
    profile(markers.map(|marker| marker.data))
}

/// Returns the layout and colour space that the samples are converted to.
pub(super) fn colours<R>(decoder: &Decompress<R>) -> Result<(Layout, ColorSpace), RenderError> {
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

/// Decodes the view of a picture whose pixels were averaged over blocks of so many pixels along a side.
pub(in super::super) fn decode(
    file: &mut dyn BufRead,
    view: &View,
    block: NonZeroU32,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    let mut decoder = open(file)?;
    let profile = profile_of(&decoder);
    let (layout, space) = colours(&decoder)?;
    let eighths = eighths(view, block);
    decoder.scale(eighths);
    // Block smoothing would guess the coefficients that a progressive file leaves out, and blur those that it gives.
    decoder.do_block_smoothing(false);
    let mut rows = guard(|| decoder.to_colorspace(space))?;

    let side = |length| u32::try_from(length).map_err(|_too_large| Damage::Memory);
    let (width, height) = (side(rows.width())?, side(rows.height())?);
    let scale = f64::from(eighths) / 8.0 / f64::from(block.get());
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
    picture.invert_inks();
    Ok(Decoded { picture, profile })
}

/// Returns the number of eighths of the full size that are enough. Only powers of two, because libjpeg has SIMD for
/// them.
fn eighths(view: &View, block: NonZeroU32) -> u8 {
    let in_original = |side: u32| side.saturating_mul(block.get());
    let wanted = (in_original(view.width), in_original(view.height));
    [1, 2, 4]
        .into_iter()
        .find(|eighths| recipe::is_enough(view.crop, wanted, u32::from(*eighths)))
        .unwrap_or(8)
}
