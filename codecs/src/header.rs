//! The header of an image: what it will cost to decode, before that is spent.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;

use crate::container::{count_frames, jpeg_frame};
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
    let input = Cursor::new(bytes);
    let ((width, height), orientation) = match encoding {
        Encoding::Jpeg => {
            let frame = jpeg_frame(bytes)?;
            let orientation = frame.exif.and_then(Orientation::from_exif_chunk);
            let sides = (u32::from(frame.width), u32::from(frame.height));
            (sides, orientation.unwrap_or(Orientation::NoTransforms))
        }
        Encoding::Png => describe(PngDecoder::new(input)?)?,
        Encoding::Webp => describe(WebPDecoder::new(input)?)?,
        Encoding::Gif => describe(GifDecoder::new(input)?)?,
    };
    let frames = match encoding {
        Encoding::Jpeg => 1,
        Encoding::Png | Encoding::Webp | Encoding::Gif => count_frames(encoding, bytes)?,
    };
    let turned = match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    };
    let (width, height) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    Ok(Header {
        width,
        height,
        frames,
        orientation: orientation.to_exif(),
    })
}

fn describe(mut decoder: impl ImageDecoder) -> Result<((u32, u32), Orientation), Damage> {
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((decoder.dimensions(), orientation))
}
