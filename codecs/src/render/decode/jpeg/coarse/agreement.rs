//! Runs both paths on the same file, and compares the samples from the DC coefficients with libjpeg's at an eighth of
//! the size.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "it is there to fail; sides of small pictures"
)]

use mozjpeg::ColorSpace;
use mozjpeg::decompress::DecompressBuilder;

use super::super::super::super::libjpeg::{guard, strict_errors};
use super::super::super::super::{Colour, Finish, Output, Recipe, Rect, RenderError, Turn};
use super::{SOS, View, jpeg_segments, read};
use crate::{Encoding, header};

/// Files with more pixels are skipped, to save time.
const MOST_PIXELS: u64 = 1 << 22;

/// Returns a view of the whole picture, at the largest size that this path gives, or `None` if this path does not take
/// it.
pub(in super::super) fn largest(bytes: &[u8]) -> Option<View> {
    let header = header::read(Encoding::Jpeg, bytes).ok()?;
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: header.width,
            height: header.height,
        },
        width: header.width / 9,
        height: header.height / 9,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Png,
    };
    let pixels = u64::from(header.width) * u64::from(header.height);
    (recipe.width > 0 && recipe.height > 0 && pixels <= MOST_PIXELS)
        .then(|| View::of(&header, &recipe))
}

/// Compares the two paths, if this one takes the file.
///
/// # Panics
/// Panics when libjpeg refuses the file, or gives different samples. Errors in those scans of a progressive file that
/// are not read here go unnoticed: damage, or DC coefficients that are sent twice, which G.1.1.1.1 does not allow.
#[cfg_attr(
    not(fuzzing),
    allow(unreachable_pub, reason = "public where it is fuzzed")
)]
pub fn jpeg_paths_agree(bytes: &[u8]) {
    let Some((frame, _)) = largest(bytes).and_then(|view| read(bytes, &view)) else {
        return;
    };
    if frame.is_progressive && is_told_twice(bytes) {
        return;
    }
    let channels = frame.components.len();
    let (samples, width) = match libjpeg(bytes, channels) {
        Ok(decoded) => decoded,
        Err(_) if frame.is_progressive => return,
        Err(error) => panic!("taken here, and refused by libjpeg: {error:?}"),
    };
    for (place, component) in frame.components.iter().enumerate() {
        let across = (frame.most.0 / component.across) as usize;
        let down = (frame.most.1 / component.down) as usize;
        // A component that is subsampled both ways is skipped: libjpeg decodes it at a quarter, from more than the DC
        // coefficients.
        if across.is_multiple_of(2) && down.is_multiple_of(2) {
            continue;
        }
        for (index, pixel) in samples.chunks_exact(channels).enumerate() {
            let (x, y) = (index % width, index / width);
            let at = y / down * component.stride as usize + x / across;
            let (here, there) = (component.mean(component.dc[at]), pixel[place]);
            // If the last bits are missing, allow one level for them and one for rounding.
            let most = if component.missing == Some(0) { 0 } else { 2 };
            assert!(
                here.abs_diff(there) <= most,
                "component {place} at {x}, {y}: {here}, not {there}"
            );
        }
    }
}

/// Returns whether a component has two first scans of DC coefficients.
fn is_told_twice(bytes: &[u8]) -> bool {
    let mut told: Vec<u8> = Vec::new();
    for segment in jpeg_segments(bytes).filter(|segment| segment.marker == SOS) {
        let Some((count, rest)) = segment.content.split_first() else {
            continue;
        };
        let Some((parts, &[0, _, both])) = rest.split_at_checked(usize::from(*count) * 2) else {
            continue;
        };
        if both >> 4 == 0 {
            told.extend(parts.iter().copied().step_by(2));
        }
    }
    let all = told.len();
    told.sort_unstable();
    told.dedup();
    told.len() < all
}

/// Decodes with libjpeg at an eighth of the size. Returns the interleaved samples, and the number of pixels in a row.
fn libjpeg(bytes: &[u8], channels: usize) -> Result<(Vec<u8>, usize), RenderError> {
    let space = if channels == 1 {
        ColorSpace::JCS_GRAYSCALE
    } else {
        ColorSpace::JCS_YCbCr
    };
    let mut decoder = guard(|| {
        DecompressBuilder::new()
            .with_err(strict_errors())
            .from_mem(bytes)
    })?;
    decoder.scale(1);
    decoder.do_block_smoothing(false);
    let mut rows = guard(|| decoder.to_colorspace(space))?;
    let width = rows.width();
    let mut samples = vec![0_u8; width * channels * rows.height()];
    for row in samples.chunks_exact_mut(width * channels) {
        guard(|| rows.read_scanlines_into(row).map(drop))?;
    }
    Ok((samples, width))
}
