//! JPEG: from its DC coefficients alone where an eighth of its size is enough, and else by MozJPEG.

mod coarse;
mod plain;
#[cfg(test)]
mod tests;
mod verify;

#[cfg(fuzzing)]
pub use coarse::agreement::jpeg_paths_agree;

use super::super::picture::{Decoded, Profile};
use super::super::view::View;
use super::super::{Budget, RenderError, recipe};

pub(super) use verify::verify;

pub(super) fn decode(bytes: &[u8], view: &View, budget: &Budget) -> Result<Decoded, RenderError> {
    match coarse::decode(bytes, view, budget)? {
        Some(decoded) => Ok(decoded),
        None => plain::decode(bytes, view, budget),
    }
}

/// Of the first bytes of a file; nothing when that takes more of them.
///
/// # Errors
/// [`RenderError::OverBudget`] when the time is over.
pub(in super::super) fn decode_beginning(
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Option<Decoded>, RenderError> {
    coarse::decode(bytes, view, budget)
}

/// Whether the view's part, decoded at so many eighths, is enough for it.
fn is_enough(view: &View, eighths: u32) -> bool {
    recipe::is_enough(view.crop, (view.width, view.height), eighths)
}

/// The pieces of an ICC profile, put together in their order (ICC.1:2022, B.4: a number and a count behind the name).
/// Nothing when one is missing, comes twice, or counts otherwise than the first: so does libjpeg.
fn profile<'a>(app2: impl Iterator<Item = &'a [u8]>) -> Option<Profile> {
    let mut pieces: Vec<(u8, u8, &[u8])> = app2
        .filter_map(|content| {
            let ([number, count], piece) = content
                .strip_prefix(b"ICC_PROFILE\0")?
                .split_first_chunk::<2>()?;
            Some((*number, *count, piece))
        })
        .collect();
    pieces.sort_by_key(|(number, ..)| *number);
    let (_, count, _) = *pieces.first()?;
    let is_whole = pieces.len() == usize::from(count)
        && (1..=count)
            .zip(&pieces)
            .all(|(place, (number, counted, _))| (place, count) == (*number, *counted));
    let joined = || pieces.iter().flat_map(|(.., piece)| *piece).copied();
    is_whole.then(|| Profile::icc(joined().collect()))
}
