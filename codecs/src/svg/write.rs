//! Writes a drawing anew, and reads the size of what was written.

use resvg::usvg::{Indent, Options, Size, Tree, WriteOptions, roxmltree};

use super::flaw::Flaw;
use super::fonts::{self, Fonts};
use super::pictures::{Pictures, Wanted};
use super::{DRAWN_SIDE, check, input};

/// The viewport in pixels of a drawing whose size is a share of what it is shown in, as browsers have it (CSS 2.2, 10.3.2).
const DEFAULT_SIZE: (f32, f32) = (300.0, 150.0);

/// How a drawing that was written by us begins.
const BEGINNING: &str = "<svg viewBox=\"0 0 ";

/// Reads an upload, and writes what it shows.
pub(super) fn anew(file: &[u8], fonts: &Fonts) -> Result<String, Flaw> {
    let document = input::parse(input::text(file)?, true)?;
    let pictures = Pictures::default();
    let mut options = Options {
        image_href_resolver: pictures.resolver(Wanted::Written),
        font_resolver: fonts::resolver(),
        default_size: Size::from_wh(DEFAULT_SIZE.0, DEFAULT_SIZE.1).ok_or(Flaw::Malformed)?,
        ..Options::default()
    };
    if has_text(&document) {
        options.fontdb = fonts.read().ok_or(Flaw::Text)?;
    } else if has_drawing(&document) {
        options.fontdb = fonts.read().unwrap_or_default();
    }
    let tree = Tree::from_xmltree(&document, &options).map_err(|error| match error {
        resvg::usvg::Error::ElementsLimitReached
        | resvg::usvg::Error::ParsingFailed(roxmltree::Error::NodesLimitReached) => Flaw::Large,
        resvg::usvg::Error::NotAnUtf8Str
        | resvg::usvg::Error::SvgzFeatureNotEnabled
        | resvg::usvg::Error::MalformedGZip
        | resvg::usvg::Error::InvalidSize
        | resvg::usvg::Error::ParsingFailed(_) => Flaw::Malformed,
    })?;
    drop(options);
    if pictures.are_too_large() {
        return Err(Flaw::Pictures);
    }
    let text = written(&tree)?;
    check::check(&text)?;
    Ok(text)
}

fn has_text(document: &roxmltree::Document<'_>) -> bool {
    let mut nodes = document.descendants();
    nodes.any(|node| node.tag_name().name() == "text")
}

/// Returns whether there is a drawing within a drawing, which may have text.
fn has_drawing(document: &roxmltree::Document<'_>) -> bool {
    let mut nodes = document.descendants();
    nodes.any(|node| {
        let mut attributes = node.attributes();
        attributes.any(|attribute| attribute.value().starts_with("data:image/svg"))
    })
}

/// Writes a drawing with the rectangle that it shows, without which browsers do not scale it.
fn written(tree: &Tree) -> Result<String, Flaw> {
    let text = tree.to_string(&WriteOptions {
        indent: Indent::None,
        attributes_indent: Indent::None,
        ..WriteOptions::default()
    });
    let (width, height) = (tree.size().width(), tree.size().height());
    let rest = text
        .trim_end()
        .strip_prefix("<svg ")
        .ok_or(Flaw::NotAllowed)?;
    Ok(format!("{BEGINNING}{width} {height}\" {}", escaped(rest)))
}

/// Escapes what the writer leaves as it is in names that a drawing gives to its parts, such as `Terms & Conditions`. Of
/// values it escapes the quotes alone.
fn escaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    for (number, piece) in written.split('"').enumerate() {
        if number > 0 {
            text.push('"');
        }
        // Every other piece is a value.
        if number % 2 == 1 && piece.contains(['&', '<']) {
            let value = piece.replace("&quot;", "\"").replace('&', "&amp;");
            text.push_str(&value.replace('<', "&lt;").replace('"', "&quot;"));
        } else {
            text.push_str(piece);
        }
    }
    text
}

/// Returns the size in pixels of a drawing that was written by us, or `None` if it was not. The longer side is bounded.
pub(super) fn size(original: &[u8]) -> Option<(u32, u32)> {
    let rest = original.strip_prefix(BEGINNING.as_bytes())?;
    let end = rest.iter().take(100).position(|byte| *byte == b'"')?;
    let sides = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (width, height) = sides.split_once(' ')?;
    let (width, height): (f64, f64) = (width.parse().ok()?, height.parse().ok()?);
    let scale = (f64::from(DRAWN_SIDE) / width.max(height)).min(1.0);
    Some((pixels(width * scale)?, pixels(height * scale)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        for (written, wanted) in [
            ("id=\"a & b\">", "id=\"a &amp; b\">"),
            (
                "id=\"a<b&quot;c\" d=\"&\"",
                "id=\"a&lt;b&quot;c\" d=\"&amp;\"",
            ),
            ("<g id=\"a\"/>", "<g id=\"a\"/>"),
        ] {
            assert_eq!(escaped(written), wanted);
        }
    }

    #[test]
    fn the_size_is_that_of_the_viewport() {
        let of = |sides: &str| size(format!("{BEGINNING}{sides}\" width").as_bytes());
        assert_eq!(of("24 24"), Some((24, 24)));
        assert_eq!(of("24.5 0.1"), Some((25, 1)));
        assert_eq!(of("8192 4096"), Some((4_096, 2_048)));
        assert_eq!(of("100000000 1"), Some((4_096, 1)));
        for other in ["", "24", "24 x", "-1 5", "NaN NaN", "inf 1", "0 0"] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(size(b"<svg width=\"24\" height=\"24\">"), None);
    }
}
