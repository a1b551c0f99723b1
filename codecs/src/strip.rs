//! An image without what it tells about its maker: place, time, device, names, comments, thumbnails, and whatever is
//! appended to the file.
//!
//! No pixel is decoded or encoded again. What is needed to show the picture stays: pixels, animation, colour profile, and
//! the orientation, as the only entry of a new EXIF block. What is not known is dropped, not kept. Gain maps (HDR) are
//! lost with the appended images that they are.

use crate::container;
use crate::header;
use crate::{Damage, Encoding};

/// The file without its metadata.
///
/// # Errors
/// [`Damage`] when the file's structure cannot be followed to its end, or would not be the same picture afterwards.
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
