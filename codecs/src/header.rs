//! The header of an image: what it will cost to decode, before that is spent.

use image::metadata::Orientation;

use crate::container::{Frame, count_frames, jpeg_frame, jpeg_opening, webp_part};
use crate::decoder::{gif, png, webp};
use crate::{Damage, Encoding};

/// What a file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Pixels across, as displayed: EXIF orientation applied.
    pub width: u32,
    /// Pixels down, as displayed.
    pub height: u32,
    /// At least 1.
    pub frames: u32,
    /// How the stored pixels are turned to be displayed: EXIF's 1 to 8, 1 for not at all.
    pub orientation: u8,
    /// Whether it is a JPEG whose scans refine one another, so that its beginning tells of all of it.
    pub is_progressive: bool,
}

impl Header {
    /// Pixels of all frames together: what a full decode touches.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width)
            .saturating_mul(u64::from(self.height))
            .saturating_mul(u64::from(self.frames))
    }
}

/// Reads the header of a whole file. Decodes no pixel.
///
/// # Errors
/// [`Damage`] when there is none, or when the file was cut short.
pub fn read(encoding: Encoding, bytes: &[u8]) -> Result<Header, Damage> {
    match encoding {
        Encoding::Jpeg => Ok(of_jpeg(&jpeg_frame(bytes)?)),
        Encoding::Png => {
            let reader = png::open(bytes)?;
            let info = reader.info();
            let header = displayed(info.size(), orientation(info.exif_metadata.as_deref()));
            Ok(with_frames(header, count_frames(encoding, bytes)?))
        }
        Encoding::Webp => of_webp(bytes),
        Encoding::Gif => {
            let header = displayed(gif::size(bytes)?, Orientation::NoTransforms);
            Ok(with_frames(header, count_frames(encoding, bytes)?))
        }
    }
}

/// Reads the header of a JPEG of which the first bytes are at hand.
///
/// # Errors
/// [`Damage`] when they end before the first scan.
pub(crate) fn read_opening(bytes: &[u8]) -> Result<Header, Damage> {
    Ok(of_jpeg(&jpeg_opening(bytes)?))
}

fn of_jpeg(frame: &Frame<'_>) -> Header {
    let header = displayed(
        (frame.width.into(), frame.height.into()),
        orientation(frame.exif),
    );
    Header {
        is_progressive: frame.is_progressive,
        ..header
    }
}

fn of_webp(bytes: &[u8]) -> Result<Header, Damage> {
    let features = webp::features(bytes)?;
    let side = |length: i32| u32::try_from(length).map_err(|_negative| Damage::Truncated);
    let frames = count_frames(Encoding::Webp, bytes)?;
    // Only the extended format has a place for it (RFC 9649, 2.7). Many writers leave the name there that JPEG has before it.
    let exif = webp_part(bytes, *b"VP8X").and_then(|_| webp_part(bytes, *b"EXIF"));
    let exif = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    let header = displayed(
        (side(features.width)?, side(features.height)?),
        orientation(exif),
    );
    // A file that does not say that it is an animation is shown as a picture, whatever else is in it.
    let is_animation = features.has_animation != 0;
    Ok(with_frames(header, if is_animation { frames } else { 1 }))
}

/// Of an EXIF block, which starts with TIFF's header.
fn orientation(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}

fn with_frames(header: Header, frames: u32) -> Header {
    Header { frames, ..header }
}

/// A still picture of these sides, as they are stored, turned to be displayed.
fn displayed((width, height): (u32, u32), orientation: Orientation) -> Header {
    let (width, height) = match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => (width, height),
    };
    Header {
        width,
        height,
        frames: 1,
        orientation: orientation.to_exif(),
        is_progressive: false,
    }
}
