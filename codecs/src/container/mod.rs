//! Reads and rewrites the outer structure of a file, one format per module: counts its frames, finds its orientation,
//! and writes the same file without its metadata.
//!
//! No pixel is decoded here, and no length field is trusted beyond the bytes at hand. A stripped file is not the
//! original with parts removed: it is written anew from what is known to be needed to show it. The end of compressed
//! data is found by following their codes without producing pixels, in memory that does not grow with the file.
//!
//! A file that lacks only its closing mark (GIF's trailer, JPEG's EOI, PNG's IEND) gets one.

mod av1;
pub(crate) mod avif;
mod exif;
mod gif;
pub(crate) mod heif;
mod icc;
mod jpeg;
mod png;
pub(crate) mod svg;
mod webp;
mod zlib;

use crate::{Damage, Encoding};

pub(crate) use av1::Units;
pub(crate) use jpeg::{Frame, segments as jpeg_segments};

/// Returns the number of frames that a file has, or claims to have.
///
/// # Errors
/// [`Damage::Truncated`] when the file ends before its first frame begins.
pub(crate) fn count_frames(encoding: Encoding, bytes: &[u8]) -> Result<u32, Damage> {
    let mut walk = Walk { rest: bytes };
    match encoding {
        Encoding::Jpeg => jpeg::opening(&mut walk).map(|_| 1),
        Encoding::Png => png::count_frames(&mut walk),
        Encoding::Webp => webp::count_frames(&mut walk),
        Encoding::Gif => gif::count_frames(&mut walk),
        Encoding::Avif => return Ok(avif::read(bytes)?.frames()),
        Encoding::Svg => return Ok(1),
    }
    .ok_or(Damage::Truncated)
}

/// Returns how to turn the stored pixels for display, as EXIF's 1 to 8; 1 is not at all.
pub(crate) fn orientation(encoding: Encoding, bytes: &[u8]) -> u8 {
    let mut walk = Walk { rest: bytes };
    let orientation = match encoding {
        Encoding::Jpeg => jpeg::opening(&mut walk).and_then(|frame| frame.orientation),
        Encoding::Png => png::orientation(&mut walk),
        Encoding::Webp => webp::orientation(&mut walk),
        Encoding::Gif => None,
        Encoding::Avif => avif::read(bytes).ok().map(|avif| avif.orientation()),
        Encoding::Svg => None,
    };
    orientation.unwrap_or(1)
}

/// Returns how many times an animated GIF is shown; 0 means for ever.
pub(crate) fn gif_plays(bytes: &[u8]) -> u16 {
    gif::plays(bytes)
}

/// Reads what a JPEG file states before its pixels. The bytes may end right there.
///
/// # Errors
/// [`Damage::Truncated`] when the bytes end before the first scan.
pub(crate) fn jpeg_opening(bytes: &[u8]) -> Result<Frame, Damage> {
    jpeg::opening(&mut Walk { rest: bytes }).ok_or(Damage::Truncated)
}

/// Returns the width and height in a PNG file's header, in pixels.
///
/// # Errors
/// [`Damage::Truncated`] when there is no header.
pub(crate) fn png_sides(bytes: &[u8]) -> Result<(u32, u32), Damage> {
    png::sides(&mut Walk { rest: bytes }).ok_or(Damage::Truncated)
}

/// Returns the content of a WebP file's first chunk of this kind.
pub(crate) fn webp_part(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    webp::part(&mut Walk { rest: bytes }, kind)
}

/// Returns a lossy WebP file of this size with an alpha channel added; `coverage` is the content of its `ALPH` chunk.
pub(crate) fn webp_of(width: u32, height: u32, coverage: &[u8], lossy: &[u8]) -> Option<Vec<u8>> {
    webp::covered(width, height, coverage, &mut Walk { rest: lossy })
}

/// Returns the file with its closing mark added and nothing else changed, or `None` if that is not all that is missing.
pub(crate) fn closed(encoding: Encoding, bytes: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Jpeg => jpeg::closed(bytes),
        Encoding::Png => png::closed(bytes),
        Encoding::Webp => webp::closed(bytes),
        Encoding::Gif => gif::closed(bytes),
        // It has no closing mark: its boxes say where its bytes lie.
        Encoding::Avif => None,
        // It was written by us.
        Encoding::Svg => None,
    }
}

/// Returns the same file with only what is needed to show it; see [`crate::strip`].
pub(crate) fn strip(
    encoding: Encoding,
    bytes: &[u8],
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, Damage> {
    let mut walk = Walk { rest: bytes };
    match encoding {
        Encoding::Jpeg => jpeg::strip(&mut walk, exif),
        Encoding::Png => png::strip(&mut walk, exif),
        Encoding::Webp => webp::strip(&mut walk, exif),
        Encoding::Gif => gif::strip(&mut walk),
        // Its turn is no EXIF's.
        Encoding::Avif => return avif::strip(bytes),
        // There is nothing else in what was written by us.
        Encoding::Svg => return svg::checked(bytes),
    }
    .ok_or(Damage::Truncated)
}

/// Returns a colour profile without the bytes after its end, or `None` if it is none.
pub(crate) fn whole_profile(bytes: &[u8]) -> Option<&[u8]> {
    icc::whole(bytes)
}

/// Returns the bytes that were taken between two states of a walk.
fn between<'a>(before: &'a [u8], after: &[u8]) -> Option<&'a [u8]> {
    before.get(..before.len().checked_sub(after.len())?)
}

/// The unread rest of a file. Every step returns `None` if it would pass the end.
#[derive(Clone, Copy)]
struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn be16(&mut self) -> Option<usize> {
        self.take(2)?
            .first_chunk()
            .map(|b| usize::from(u16::from_be_bytes(*b)))
    }

    fn be32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|b| u32::from_be_bytes(*b))
    }

    fn le32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|b| u32::from_le_bytes(*b))
    }
}
