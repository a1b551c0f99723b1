//! The header of an image: what it will cost to decode, before that is spent.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;

use crate::container::{Frame, count_frames, jpeg_frame, jpeg_opening};
use crate::{Damage, Encoding, variant};

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
/// [`Damage`] when there is none, when the file was cut short, or when it is of a [variant](crate::Variant) that is not
/// decoded.
pub fn read(encoding: Encoding, bytes: &[u8]) -> Result<Header, Damage> {
    let input = Cursor::new(bytes);
    let (sides, orientation) = match encoding {
        Encoding::Jpeg => {
            // Before its end is asked for: what is named is of more use than that it is cut short, too.
            if let Some(variant) = variant::of_jpeg(bytes) {
                return Err(Damage::Unsupported(variant));
            }
            return Ok(of_jpeg(&jpeg_frame(bytes)?));
        }
        Encoding::Png => describe(PngDecoder::new(input)?),
        Encoding::Webp => describe(WebPDecoder::new(input)?),
        Encoding::Gif => describe(GifDecoder::new(input)?),
    };
    let header = displayed(sides, orientation);
    Ok(Header {
        frames: count_frames(encoding, bytes)?,
        ..header
    })
}

/// Reads the header of a JPEG of which the first bytes are at hand.
///
/// # Errors
/// [`Damage`] when they end before the first scan.
pub(crate) fn read_opening(bytes: &[u8]) -> Result<Header, Damage> {
    Ok(of_jpeg(&jpeg_opening(bytes)?))
}

fn of_jpeg(frame: &Frame<'_>) -> Header {
    let orientation = frame.exif.and_then(Orientation::from_exif_chunk);
    let header = displayed(
        (frame.width.into(), frame.height.into()),
        orientation.unwrap_or(Orientation::NoTransforms),
    );
    Header {
        is_progressive: frame.is_progressive,
        ..header
    }
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

fn describe(mut decoder: impl ImageDecoder) -> ((u32, u32), Orientation) {
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    (decoder.dimensions(), orientation)
}
