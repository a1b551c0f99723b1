//! Writes a drawing anew.

use resvg::usvg::{Indent, Options, Size, Tree, WriteOptions, roxmltree};

use super::flaw::Flaw;
use super::fonts::{self, Fonts};
use super::input;
use super::pictures::{Pictures, Wanted};
use crate::container::svg::{BEGINNING, check, parse};

/// The viewport in pixels of a drawing whose size is a share of what it is shown in, as browsers have it (CSS 2.2, 10.3.2).
const DEFAULT_SIZE: (f32, f32) = (300.0, 150.0);

/// Reads an upload, and writes what it shows.
pub(super) fn anew(file: &[u8], fonts: &Fonts) -> Result<String, Flaw> {
    let document = parse(input::text(file)?, true)?;
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
    check(&text)?;
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

/// Escapes `&` and `<` in attributes, such as in the id `Terms & Conditions`. usvg's writer escapes only quotes there.
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
}
