//! Removes from an image the information about its maker: place, time, device, names, comments, thumbnails, and
//! anything that is appended to the file or hidden where readers skip it.
//!
//! No pixel is decoded or encoded again. The file is rewritten from what is needed to show the picture: pixels,
//! animation, colour profile, and the orientation, which becomes the only entry of a new EXIF block. Unknown parts are
//! dropped. Gain maps (HDR) are lost, because they are appended images.
//!
//! Some parts cannot be checked without decoding the picture, and stay: palette colours that no pixel uses, bytes after
//! the end of the data in WebP's `VP8 `, `VP8L` and `ALPH` chunks, and the texts inside a colour profile.

use crate::container;
use crate::header;
use crate::{Damage, Encoding};

/// Appends the closing mark (GIF's trailer, JPEG's EOI, PNG's IEND, the size of WebP's RIFF) to a file that lacks
/// nothing else; `None` if nothing needs to be added.
#[must_use]
pub fn closed(encoding: Encoding, bytes: &[u8]) -> Option<Vec<u8>> {
    container::closed(encoding, bytes)
}

/// Removes the metadata from a file.
///
/// # Errors
/// [`Damage`] if the file's structure cannot be followed to the end of its picture, or if the result would be a
/// different picture. A missing closing mark is no damage.
pub fn metadata(encoding: Encoding, bytes: &[u8]) -> Result<Vec<u8>, Damage> {
    let before = header::read(encoding, bytes)?;
    let exif = (before.orientation != 1).then(|| orientation_only(before.orientation));
    let stripped = container::strip(encoding, bytes, exif.as_ref().map(<[u8; 26]>::as_slice))?;
    let after = header::read(encoding, &stripped)?;
    if before == after {
        Ok(stripped)
    } else {
        Err(Damage::Malformed("the stripped file differs".into()))
    }
}

/// A TIFF block with one directory of one entry: Orientation (0x0112), a SHORT. TIFF 6.0, §2.
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
