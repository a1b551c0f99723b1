//! Renders a JPEG while its bytes come, so that decoding is nearly done when the last of them is there.

use std::io::{BufRead, Cursor, Read};

use crate::header::{self, Header};
use crate::{Damage, Encoding};

use super::picture::Decoded;
use super::view::View;
use super::{Budget, Recipe, RenderError, checked_view, decode, encode, finished};

/// Renders a JPEG as [`render`](super::render) does, for a recipe that is not [coarse](Recipe::is_coarse). No more of the
/// file is in memory than its opening and the bytes that `jpeg` gives at once, and no more is read than is needed. `jpeg`
/// may block, and is dropped before the picture is encoded. A file that is cut short is damaged, so whoever reads it has
/// to know whether it was read to the end.
///
/// # Errors
/// Those of [`render`](super::render).
pub fn render_coming(
    mut jpeg: impl BufRead,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let (view, decoded) = decoded(&mut jpeg, recipe, budget)?;
    drop(jpeg);
    let picture = finished(decoded, &view, recipe, budget)?;
    encode::still(picture, recipe.output)
}

fn decoded(
    jpeg: &mut dyn BufRead,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<(View, Decoded), RenderError> {
    let (header, opening) = opening(jpeg)?;
    let view = checked_view(&header, recipe, budget)?;
    let mut whole = Cursor::new(opening).chain(jpeg);
    let decoded = decode::coming(&mut whole, &view, budget)?;
    Ok((view, decoded))
}

/// Reads a file up to its first scan, and perhaps more. Returns the header and all that was read.
fn opening(jpeg: &mut dyn BufRead) -> Result<(Header, Vec<u8>), RenderError> {
    let mut read = Vec::new();
    let mut enough = 0;
    loop {
        let piece = jpeg.fill_buf();
        let piece = piece.map_err(|error| Damage::Malformed(Box::new(error)))?;
        let (is_end, bytes) = (piece.is_empty(), piece.len());
        read.extend_from_slice(piece);
        jpeg.consume(bytes);
        if !is_end && read.len() < enough {
            continue;
        }
        match header::read(Encoding::Jpeg, &read) {
            Ok(header) => return Ok((header, read)),
            // Looked at anew only when it is twice as long, however small the pieces are.
            Err(Damage::Truncated) if !is_end => enough = read.len().saturating_mul(2),
            Err(damage) => return Err(damage.into()),
        }
    }
}
