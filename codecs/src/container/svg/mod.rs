//! SVG as it is written anew: its size, and that it has nothing but what draws.

mod check;

use resvg::usvg::roxmltree::{Document, Error, ParsingOptions};

use crate::Damage;

pub(crate) use check::check;

/// The longer side in pixels at which a smaller drawing is offered. It has no pixels of its own, so one of 24 × 24 can be
/// asked for at this size as well.
const DRAWN_SIDE: u32 = 4_096;

/// How a drawing that was written by us begins.
pub(crate) const BEGINNING: &str = "<svg viewBox=\"0 0 ";

/// The most nodes: elements, and texts between them.
const MOST_NODES: u32 = 400_000;

/// The fault of a text that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is no XML.
    Malformed,
    /// It has too many nodes, or is nested too deeply.
    Large,
    /// It has something that is not allowed.
    NotAllowed,
}

/// Parses a text. The declarations of one that was written by us would be an error.
pub(crate) fn parse(text: &str, allow_declarations: bool) -> Result<Document<'_>, Unfit> {
    let options = ParsingOptions {
        allow_dtd: allow_declarations,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| {
        if matches!(error, Error::NodesLimitReached) {
            Unfit::Large
        } else {
            Unfit::Malformed
        }
    })
}

/// Returns the size in pixels of a drawing that was written by us: that of its viewport.
///
/// # Errors
/// [`Damage`] if it was not.
pub fn size(original: &[u8]) -> Result<(u32, u32), Damage> {
    viewport(original).ok_or_else(|| Damage::Malformed("the drawing is not one of ours".into()))
}

/// Returns the size in pixels at which a drawing that was written by us is offered: its longer side is 4,096 pixels.
///
/// # Errors
/// [`Damage`] if it was not.
pub fn drawn_size(original: &[u8]) -> Result<(u32, u32), Damage> {
    let drawn = sides(original).and_then(|(width, height)| {
        let scale = f64::from(DRAWN_SIDE) / width.max(height);
        Some((pixels(width * scale)?, pixels(height * scale)?))
    });
    drawn.ok_or_else(|| Damage::Malformed("the drawing is not one of ours".into()))
}

/// Returns the size in pixels of a drawing that was written by us, or `None` if it was not. The longer side is bounded.
fn viewport(original: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = sides(original)?;
    let scale = (f64::from(DRAWN_SIDE) / width.max(height)).min(1.0);
    Some((pixels(width * scale)?, pixels(height * scale)?))
}

/// Returns the width and the height of the viewport, as they are written.
fn sides(original: &[u8]) -> Option<(f64, f64)> {
    let rest = original.strip_prefix(BEGINNING.as_bytes())?;
    let end = rest.iter().take(100).position(|byte| *byte == b'"')?;
    let sides = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (width, height) = sides.split_once(' ')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// Returns the nearest number of pixels, and 1 at least.
#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is between 1 and 4,096"
)]
fn pixels(side: f64) -> Option<u32> {
    (side > 0.0).then(|| side.round().clamp(1.0, f64::from(DRAWN_SIDE)) as u32)
}

/// Checks a drawing that was written by us, and returns it.
pub(crate) fn checked(original: &[u8]) -> Result<Vec<u8>, Damage> {
    let what = || Damage::Malformed("the drawing has something that is not allowed".into());
    let text = std::str::from_utf8(original).map_err(|_other| what())?;
    viewport(original)
        .and_then(|_| check(text).ok())
        .map(|()| original.to_vec())
        .ok_or_else(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_viewport() {
        let of = |sides: &str| viewport(format!("{BEGINNING}{sides}\" width").as_bytes());
        assert_eq!(of("24 24"), Some((24, 24)));
        assert_eq!(of("24.5 0.1"), Some((25, 1)));
        assert_eq!(of("8192 4096"), Some((4_096, 2_048)));
        assert_eq!(of("100000000 1"), Some((4_096, 1)));
        for other in ["", "24", "24 x", "-1 5", "NaN NaN", "inf 1", "0 0"] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(viewport(b"<svg width=\"24\" height=\"24\">"), None);
    }

    #[test]
    fn it_is_offered_large_in_its_own_proportions() {
        for (sides, size) in [
            ("24 24", (4_096, 4_096)),
            ("3 2", (4_096, 2_731)),
            ("1.5 1", (4_096, 2_731)),
            ("10 1.4", (4_096, 573)),
            ("0.4 0.3", (4_096, 3_072)),
            ("100000 50000", (4_096, 2_048)),
            ("1 100000000", (1, 4_096)),
        ] {
            let text = format!("{BEGINNING}{sides}\" width");
            assert_eq!(drawn_size(text.as_bytes()).unwrap(), size, "{sides}");
        }
        assert!(drawn_size(b"<svg viewBox=\"0 0 0 0\"").is_err());
    }
}
