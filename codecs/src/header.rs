//! The header of an image: what it will cost to decode, before that is spent.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;

use crate::container::{self, Frame, count_frames, jpeg_opening};
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

/// Reads the header of a whole file. Decodes no pixel, and does not tell whether all of them are there.
///
/// # Errors
/// [`Damage`] when there is none.
pub fn read(encoding: Encoding, bytes: &[u8]) -> Result<Header, Damage> {
    let input = Cursor::new(bytes);
    let sides = match encoding {
        Encoding::Jpeg => return Ok(of_jpeg(&jpeg_opening(bytes)?)),
        Encoding::Png => PngDecoder::new(input)?.dimensions(),
        Encoding::Webp => WebPDecoder::new(input)?.dimensions(),
        Encoding::Gif => GifDecoder::new(input)?.dimensions(),
    };
    let header = displayed(sides, container::orientation(encoding, bytes));
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

fn of_jpeg(frame: &Frame) -> Header {
    let sides = (frame.width.into(), frame.height.into());
    let header = displayed(sides, frame.orientation.unwrap_or(1));
    Header {
        is_progressive: frame.is_progressive,
        ..header
    }
}

/// A still picture of these sides, as they are stored, turned to be displayed.
fn displayed((width, height): (u32, u32), orientation: u8) -> Header {
    // EXIF 2.32, table 6: the upper half is turned by a quarter.
    let (width, height) = if orientation > 4 {
        (height, width)
    } else {
        (width, height)
    };
    Header {
        width,
        height,
        frames: 1,
        orientation,
        is_progressive: false,
    }
}
