//! Judges a JPEG by decoding it as renderings do: with MozJPEG, and an error instead of a warning wherever pixels are
//! lost.

use mozjpeg::Decompress;

use crate::Damage;
use crate::container::jpeg_segments;

use super::super::super::RenderError;
use super::super::super::libjpeg::guard;
use super::super::super::picture::byte_count;
use super::super::super::reduced::Watch;
use super::plain::{colours, open, profile_of};

/// The most bytes for the coefficients of a file with more than one scan, which all stay in memory while it is decoded:
/// those of 100 megapixels of four components, 2 bytes each, plus a little for sides that are not multiples of a
/// block's.
const MOST_COEFFICIENTS: u64 = 850_000_000;

/// The most scans in a file. A scan of a few bytes makes a decoder look at every coefficient again. libjpeg-turbo has
/// such a limit as an option (`TJFLAG_LIMITSCANS`). No encoder writes a tenth of this number.
const MOST_SCANS: usize = 500;

const SOS: u8 = 0xDA;

/// Decodes the whole file at full size, row by row.
pub(in super::super) fn verify(bytes: &[u8], watch: &mut Watch) -> Result<(), RenderError> {
    let mut decoder = open(bytes)?;
    let profile = profile_of(&decoder);
    let (layout, space) = colours(&decoder)?;
    check_scans(bytes, &decoder)?;
    // As for renderings; the preview is made of these rows.
    decoder.do_block_smoothing(false);
    let mut rows = guard(|| decoder.to_colorspace(space))?;
    let width = u32::try_from(rows.width()).map_err(|_too_large| Damage::Memory)?;
    let height = u32::try_from(rows.height()).map_err(|_too_large| Damage::Memory)?;
    watch.begin(layout, (width, height), || profile);
    let mut row = vec![0_u8; byte_count(width, 1, layout)?];
    for _ in 0..height {
        guard(|| rows.read_scanlines_into(&mut row).map(drop))?;
        watch.row(&row);
    }
    Ok(())
}

/// Checks the number of scans, the memory that they need, and that each component is in a scan: libjpeg fills one that
/// is not with grey.
pub(crate) fn check_scans(bytes: &[u8], decoder: &Decompress<&[u8]>) -> Result<(), Damage> {
    let scans = || jpeg_segments(bytes).filter(|segment| segment.marker == SOS);
    // ITU-T T.81, B.2.3: the number of components, then two bytes for each, of which the first is its id.
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
