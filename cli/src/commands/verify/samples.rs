//! The files that are uploaded.

/// A JPEG of 400 × 300 pixels.
pub(super) const PICTURE: &[u8] = include_bytes!("samples/picture.jpg");

/// A PDF of two pages, with the words "Page 1" and "Page 2".
pub(super) const DOCUMENT: &[u8] = include_bytes!("samples/document.pdf");

/// Two seconds of H.264 and AAC, 320 × 180 pixels.
pub(super) const FILM: &[u8] = include_bytes!("samples/film.mp4");

/// A file that is not what its name says.
pub(super) const WORDS: &[u8] = b"These are words, whatever the name says.\n";
