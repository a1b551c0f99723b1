//! Detects a file's format from its first bytes, never from its name or its declared type.
//!
//! Sniffing accepts nothing: it only chooses which parser may look at the file. Signatures:
//! <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern> and the formats' own specifications.

mod bmp;
mod brands;
mod foreign;
mod known;
mod svg;
mod tiff;
mod zip;

use dozo_probe::Container;

use crate::vocabulary::kind::Format;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::upload_format::{Convertible, UploadFormat};

/// The number of leading bytes that is enough for every signature below.
pub const SNIFF_BYTES: u64 = 4096;

/// Returns the format that a file begins with.
///
/// # Errors
/// The reason why the file is refused. If the format is known but not accepted, the reason names the kind (image,
/// video, audio) that it belongs to, if any.
pub fn sniff(head: &[u8]) -> Result<UploadFormat, Reason> {
    if head.is_empty() {
        return Err(Reason::Empty);
    }
    if let Some(format) = image(head) {
        return Ok(UploadFormat::Kept(format));
    }
    if let Some(found) = brands::image(head) {
        return found.map_err(Reason::from);
    }
    if let Some(container) = Container::of(head) {
        return Ok(UploadFormat::Kept(container.into()));
    }
    if let Some(foreign) = foreign::named(head) {
        return Err(foreign.into());
    }
    if let Some(format) = converted(head) {
        return Ok(UploadFormat::Converted(format));
    }
    // PDFium looks for the header in the same range.
    if head.windows(5).take(1024).any(|window| window == b"%PDF-") {
        return Ok(UploadFormat::Kept(Format::Pdf));
    }
    if let Some(found) = script(head) {
        return Err(Reason::Script { found });
    }
    let within = Container::within(head).map(|container| UploadFormat::Kept(container.into()));
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

/// Recognises the formats of which another file is made.
fn converted(head: &[u8]) -> Option<Convertible> {
    if bmp::begins(head) {
        return Some(Convertible::Bmp);
    }
    if tiff::is_tiff(head) {
        return Some(Convertible::Tiff);
    }
    svg::begins(head).then_some(Convertible::Svg)
}

/// Returns the refusal of a HEIC image where nothing can decode it.
#[must_use]
pub fn heic_not_accepted() -> Reason {
    brands::UNDECODED_HEIC.into()
}

/// Names a camera's raw photo that is written as TIFF; the whole file is known.
#[must_use]
pub fn raw_photo(file: &[u8]) -> Option<&'static str> {
    tiff::raw_photo(file).map(|foreign| foreign.name)
}

/// Recognises text formats in which browsers run scripts. They are named only to explain the refusal: an unrecognised
/// format is refused as well.
fn script(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
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
