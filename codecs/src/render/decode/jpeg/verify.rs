//! Judges a JPEG by decoding it as renderings do: with MozJPEG, where warnings about lost pixels count as errors.

use mozjpeg::Decompress;

use crate::Damage;
use crate::container::jpeg_segments;

use super::super::super::RenderError;
use super::super::super::libjpeg::guard;
use super::super::super::picture::byte_count;
use super::plain::{colours, open};

/// The maximum size in bytes of the coefficients of a file with more than one scan, which all stay in memory while it
/// is decoded. It allows for 100 megapixels of four components with 2 bytes each, and some more for incomplete blocks
/// at the edges.
const MOST_COEFFICIENTS: u64 = 850_000_000;

/// The maximum number of scans. A scan of a few bytes makes a decoder visit every coefficient again. libjpeg-turbo can
/// limit them, too (`TJFLAG_LIMITSCANS`); no encoder writes a tenth of that.
const MOST_SCANS: usize = 500;

const SOS: u8 = 0xDA;

/// Decodes the whole picture at full size, row by row.
pub(in super::super) fn verify(bytes: &[u8]) -> Result<(), RenderError> {
    let decoder = open(bytes)?;
    let (layout, space) = colours(&decoder)?;
    check_scans(bytes, &decoder)?;
    let mut rows = guard(|| decoder.to_colorspace(space))?;
    let width = u32::try_from(rows.width()).map_err(|_too_large| Damage::Memory)?;
    let mut row = vec![0_u8; byte_count(width, 1, layout)?];
    for _ in 0..rows.height() {
        guard(|| rows.read_scanlines_into(&mut row).map(drop))?;
    }
    Ok(())
}

/// Checks the number of scans, their cost, and that each component is in one: libjpeg shows grey if one is missing.
fn check_scans(bytes: &[u8], decoder: &Decompress<&[u8]>) -> Result<(), Damage> {
    let scans = || jpeg_segments(bytes).filter(|segment| segment.marker == SOS);
    // ITU-T T.81, B.2.3: the number of components, and two bytes for each, of which the first is its id.
    let names = |content: &[u8]| {
        let (count, rest) = content.split_first()?;
        let names = rest.get(..usize::from(*count) * 2)?;
        Some(names.iter().copied().step_by(2).collect::<Vec<u8>>())
    };
    let told: Vec<u8> = scans()
        .filter_map(|scan| names(scan.content))
        .flatten()
        .collect();
    let components = decoder.components();
    let is_told = |id: i32| told.iter().any(|name| i32::from(*name) == id);
    if !components
        .iter()
        .all(|component| is_told(component.component_id))
    {
        return Err(Damage::Truncated);
    }
    let count = scans().count();
    let coefficients: u64 = components
        .iter()
        .map(|component| {
            u64::from(component.width_in_blocks) * u64::from(component.height_in_blocks)
        })
        .map(|blocks| blocks.saturating_mul(128))
        .fold(0, u64::saturating_add);
    if count > MOST_SCANS || (count > 1 && coefficients > MOST_COEFFICIENTS) {
        return Err(Damage::Memory);
    }
    Ok(())
}
