//! JPEG: from its DC coefficients alone where an eighth of its size is enough, and else by MozJPEG.

mod coarse;
mod plain;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub use coarse::agreement::jpeg_paths_agree;

use super::super::picture::Decoded;
use super::super::view::View;
use super::super::{Budget, RenderError};

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    match coarse::decode(bytes, view, budget)? {
        Some(decoded) => Ok(decoded),
        None => plain::decode(bytes, view, budget),
    }
}

/// A fifth more than what is asked for is enough, so that Lanczos has the last word.
///
/// `eighths` is the scale that the crop would be decoded at.
fn is_enough(view: &View, eighths: u32) -> bool {
    let enough = |whole: u32, wanted: u32| {
        u64::from(whole) * u64::from(eighths) * 5 >= u64::from(wanted) * 8 * 6
    };
    enough(view.crop.width, view.width) && enough(view.crop.height, view.height)
}

/// The pieces of an ICC profile, put together in their order (ICC.1:2022, B.4: a number and a count behind the name).
fn profile<'a>(app2: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut pieces: Vec<(u8, &[u8])> = app2
        .filter_map(|content| {
            let ([number, _count], piece) = content
                .strip_prefix(b"ICC_PROFILE\0")?
                .split_first_chunk::<2>()?;
            Some((*number, piece))
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
