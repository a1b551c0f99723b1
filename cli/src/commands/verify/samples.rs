//! The files that are uploaded.

/// A JPEG of 400 × 300 pixels.
pub(super) const PICTURE: &[u8] = include_bytes!("samples/picture.jpg");

/// Returns [`PICTURE`] with a comment of this number behind its first marker: a file that no other run uploads. While
/// it is suspended, its bytes are blocked for the whole platform.
pub(super) fn picture_of(run: u32) -> Vec<u8> {
    let (start, rest) = PICTURE.split_at(2);
    // The length counts itself.
    let comment = [&[0xFF, 0xFE, 0, 6][..], &run.to_be_bytes()].concat();
    [start, &comment, rest].concat()
}

/// A PDF of two pages, with the words "Page 1" and "Page 2".
pub(super) const DOCUMENT: &[u8] = include_bytes!("samples/document.pdf");

/// Two seconds of H.264 and AAC, 320 × 180 pixels.
pub(super) const FILM: &[u8] = include_bytes!("samples/film.mp4");

/// A file that is not what its name says.
pub(super) const WORDS: &[u8] = b"These are words, whatever the name says.\n";
