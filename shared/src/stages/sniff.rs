//! What a file is, by its first bytes: never by its name or declared type.
//!
//! A sniff decides which real parser may look at a file, and nothing else: it accepts nothing by itself.
//! Signatures: <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern> and the formats' own
//! specifications.

mod brands;
mod foreign;
mod tiff;
mod zip;

use dozo_probe::Container;

use crate::vocabulary::kind::Format;
use crate::vocabulary::rejection::Reason;

/// Bytes that are enough for every signature below.
pub const SNIFF_BYTES: u64 = 4096;

/// The format of an accepted file, or why a file that begins so is refused.
///
/// # Errors
/// The reason it is refused; with a kind in it, when it is of one of ours in a format that is not accepted.
pub fn sniff(head: &[u8]) -> Result<Format, Reason> {
    if head.is_empty() {
        return Err(Reason::Empty);
    }
    if let Some(format) = image(head) {
        return Ok(format);
    }
    if let Some(foreign) = brands::image(head) {
        return Err(foreign.into());
    }
    if let Some(container) = Container::of(head) {
        return Ok(Format::from(container));
    }
    if let Some(foreign) = foreign::named(head) {
        return Err(foreign.into());
    }
    // Where PDFium looks for it, too.
    if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    if let Some(found) = script(head) {
        return Err(Reason::Script { found });
    }
    let within = Container::within(head).map(Format::from);
    within.ok_or(Reason::UnknownFormat)
}

fn image(head: &[u8]) -> Option<Format> {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Format::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        _ => None,
    }
}

/// Text formats that browsers execute script in. They are named only to explain the refusal: what is not
/// recognised is refused as well.
fn script(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.contains("<svg") {
        return Some("an SVG image");
    }
    if ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|tag| text.contains(tag))
    {
        return Some("an HTML page");
    }
    text.starts_with("<?xml").then_some("an XML document")
}

#[cfg(test)]
mod tests;
