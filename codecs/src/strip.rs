//! Removes from an image everything that tells about its maker: place, time, device, names, comments, thumbnails, and
//! anything appended to the file or hidden where readers skip it.
//!
//! No pixel is decoded or encoded again. The file is written anew from what is needed to show the picture: pixels,
//! animation, colour profile, and the orientation as the only entry of a new EXIF block. Anything unknown is dropped.
//! Gain maps (HDR) are appended images, so they are lost.
//!
//! Some data stay, because only decoding the picture would find them: unused colours of a palette, bytes after the end
//! of the data in WebP's `VP8 `, `VP8L` and `ALPH` chunks, and the texts within a colour profile.

use crate::container;
use crate::header;
use crate::{Damage, Encoding};

/// Returns the file with the mark that closes it (GIF's trailer, JPEG's EOI, PNG's IEND, the size of WebP's RIFF), if
/// that is all that is missing. Returns `None` if there is nothing to add.
#[must_use]
pub fn closed(encoding: Encoding, bytes: &[u8]) -> Option<Vec<u8>> {
    container::closed(encoding, bytes)
}

/// Returns the file without its metadata.
///
/// # Errors
/// [`Damage`] when the file's structure cannot be followed to the end of its picture, or when the result would not be
/// the same picture. A missing closing mark is no damage.
pub fn metadata(encoding: Encoding, bytes: &[u8]) -> Result<Vec<u8>, Damage> {
    let before = header::read(encoding, bytes)?;
    let exif = (before.orientation != 1).then(|| orientation_only(before.orientation));
    let stripped = container::strip(encoding, bytes, exif.as_ref().map(<[u8; 26]>::as_slice))?;
    let after = header::read(encoding, &stripped)?;
    if before == after {
        Ok(stripped)
    } else {
        Err(Damage::Malformed(
            "the image differs after its metadata was removed".into(),
        ))
    }
}

/// Returns a TIFF block with a directory of one entry: Orientation (0x0112), a SHORT. TIFF 6.0, §2.
fn orientation_only(orientation: u8) -> [u8; 26] {
    [
        b'M',
        b'M',
        0,
        42,
        0,
        0,
        0,
        8, // big-endian; the directory is at 8
        0,
        1, // one entry
        0x01,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        orientation,
        0,
        0, // tag, type, count, value
        0,
        0,
        0,
        0, // no further directory
    ]
}
