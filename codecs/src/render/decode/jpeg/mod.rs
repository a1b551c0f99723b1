//! Decodes JPEG: from its DC coefficients alone if an eighth of its size is enough, otherwise with MozJPEG.

mod coarse;
mod plain;
#[cfg(test)]
mod tests;
mod verify;

#[cfg(fuzzing)]
pub use coarse::agreement::jpeg_paths_agree;

use std::num::NonZeroU32;

use super::super::picture::{Decoded, Profile};
use super::super::view::View;
use super::super::{Budget, RenderError, recipe};

pub(super) use plain::decode as decode_plainly;
pub(crate) use verify::check_scans;
pub(super) use verify::verify;

pub(super) fn decode(
    mut bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    match coarse::decode(bytes, view, budget)? {
        Some(decoded) => Ok(decoded),
        None => plain::decode(&mut bytes, view, NonZeroU32::MIN, budget),
    }
}

/// Decodes the view from the first bytes of a file. Returns `None` if it needs more of them.
///
/// # Errors
/// [`RenderError::OverBudget`] when the deadline has passed.
pub(in super::super) fn decode_beginning(
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Option<Decoded>, RenderError> {
    coarse::decode(bytes, view, budget)
}

/// Returns whether the view's part, decoded at this many eighths of its size, is large enough for the view.
fn is_enough(view: &View, eighths: u32) -> bool {
    recipe::is_enough(view.crop, (view.width, view.height), eighths)
}

/// Puts the pieces of an ICC profile together in order (ICC.1:2022, B.4: a number and a count follow the name). Returns
/// `None` if a piece is missing, is there twice, or has another count than the first, as libjpeg does.
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
