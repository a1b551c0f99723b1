//! The outer structure of a file, one format a file: how many frames it has, whether it is there to its end, and the
//! same file without its metadata.
//!
//! No pixel is decoded here, and no length field is believed beyond the bytes at hand. Decoders are lenient
//! about missing ends; these walks are what refuses a file that was cut short.

mod gif;
mod jpeg;
mod png;
mod webp;

use crate::{Damage, Encoding};

pub(crate) use jpeg::{Frame, segments as jpeg_segments};

/// The number of frames of a whole file.
///
/// # Errors
/// [`Damage::Truncated`] when the file ends before its format says that it does.
pub(crate) fn count_frames(encoding: Encoding, bytes: &[u8]) -> Result<u32, Damage> {
    let mut walk = Walk { rest: bytes };
    match encoding {
        Encoding::Jpeg => jpeg::frame(&mut walk).map(|_| 1),
        Encoding::Png => png::count_frames(&mut walk),
        Encoding::Webp => webp::count_frames(&mut walk),
        Encoding::Gif => gif::count_frames(&mut walk),
    }
    .ok_or(Damage::Truncated)
}

/// How often an animated GIF is shown; 0 is for ever.
pub(crate) fn gif_plays(bytes: &[u8]) -> u16 {
    gif::plays(bytes)
}

/// What a JPEG file says before its pixels.
///
/// # Errors
/// [`Damage::Truncated`] when the file ends before its format says that it does.
pub(crate) fn jpeg_frame(bytes: &[u8]) -> Result<Frame<'_>, Damage> {
    jpeg::frame(&mut Walk { rest: bytes }).ok_or(Damage::Truncated)
}

/// What a JPEG file says before its pixels, of which not even the first need to be there.
///
/// # Errors
/// [`Damage::Truncated`] when the bytes end before the first scan.
pub(crate) fn jpeg_opening(bytes: &[u8]) -> Result<Frame<'_>, Damage> {
    jpeg::opening(&mut Walk { rest: bytes }).ok_or(Damage::Truncated)
}

/// The content of a WebP file's first chunk of a kind.
pub(crate) fn webp_part(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    webp::part(&mut Walk { rest: bytes }, kind)
}

/// A lossy WebP file of these sides with coverage, the content of an `ALPH` chunk, added.
pub(crate) fn webp_of(width: u32, height: u32, coverage: &[u8], lossy: &[u8]) -> Option<Vec<u8>> {
    webp::covered(width, height, coverage, &mut Walk { rest: lossy })
}

/// The same file with only what is needed to show it; see [`crate::strip`].
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
    }
    .ok_or(Damage::Truncated)
}

/// What is left of a file. Every step is `None` beyond its end.
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
