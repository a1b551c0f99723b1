//! JPEG by MozJPEG: decoded at 1/2, 1/4 or 1/8 when the view is that much smaller, row by row, to the last row that is needed.
//!
//! At a reduced scale libjpeg transforms only the low frequencies of a block: the picture that comes out is that of a full
//! decode averaged over 2 × 2, 4 × 4 or 8 × 8 pixels, but for rounding. (A decoder that reads only what these need belongs here.)

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg::{ColorSpace, Decompress, Marker};

use crate::Damage;

use super::super::libjpeg::{guard, strict_errors};
use super::super::picture::{Decoded, Layout, byte_count};
use super::super::reduce::{Reduce, Window};
use super::super::view::View;
use super::super::{Budget, RenderError};
use super::columns;

const ICC: Marker = Marker::APP(2);
const ADOBE: Marker = Marker::APP(14);

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    let mut decoder = guard(|| {
        DecompressBuilder::new()
            .with_err(strict_errors())
            .with_markers(&[ICC, ADOBE])
            .from_mem(bytes)
    })?;
    let profile = profile(&decoder);
    let is_adobe = decoder
        .markers()
        .any(|marker| marker.marker == ADOBE && marker.data.starts_with(b"Adobe"));
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "libjpeg's other names are for output"
    )]
    let (layout, space) = match decoder.color_space() {
        ColorSpace::JCS_GRAYSCALE => (Layout::Grey, ColorSpace::JCS_GRAYSCALE),
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK => (Layout::Cmyk, ColorSpace::JCS_CMYK),
        ColorSpace::JCS_RGB | ColorSpace::JCS_YCbCr => (Layout::Rgb, ColorSpace::JCS_RGB),
        _ => return Err(RenderError::Unsupported("a JPEG of unknown components")),
    };
    let eighths = eighths(view);
    decoder.scale(eighths);
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
    // Photoshop stores ink as its absence; whatever writes Adobe's marker does as Photoshop does.
    if layout == Layout::Cmyk && is_adobe {
        picture.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    Ok(Decoded { picture, profile })
}

/// How many eighths of the full size are enough: a fifth more than what is asked for, so that Lanczos has the last word. Powers
/// of two only, as libjpeg has SIMD for them.
fn eighths(view: &View) -> u8 {
    [1, 2, 4]
        .into_iter()
        .find(|eighths| {
            let enough = |whole: u32, wanted: u32| {
                u64::from(whole) * u64::from(*eighths) * 5 >= u64::from(wanted) * 8 * 6
            };
            enough(view.crop.width, view.width) && enough(view.crop.height, view.height)
        })
        .unwrap_or(8)
}

/// The pieces of an ICC profile, in their order (ICC.1:2022, B.4: a number and a count behind the name).
fn profile(decoder: &Decompress<&[u8]>) -> Option<Vec<u8>> {
    let mut pieces: Vec<(u8, &[u8])> = decoder
        .markers()
        .filter(|marker| marker.marker == ICC)
        .filter_map(|marker| {
            let (number, piece) = marker
                .data
                .strip_prefix(b"ICC_PROFILE\0")?
                .split_first_chunk::<2>()
                .map(|([number, _], piece)| (*number, piece))?;
            Some((number, piece))
        })
        .collect();
    pieces.sort_by_key(|(number, _)| *number);
    (!pieces.is_empty()).then(|| {
        pieces
            .iter()
            .flat_map(|(_, piece)| *piece)
            .copied()
            .collect()
    })
}
