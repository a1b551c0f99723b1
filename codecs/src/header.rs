//! Reads the header of an image, which shows what decoding will cost before that cost is spent.

use crate::container::{self, Frame, avif, count_frames, jpeg_opening, png_sides, svg};
use crate::decoder::{gif, webp};
use crate::{Damage, Encoding, variant};

/// The facts that a file states about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Pixels across, as displayed: EXIF orientation applied. A drawing is as large as it is [offered](crate::svg::drawn_size).
    pub width: u32,
    /// Pixels down, as displayed.
    pub height: u32,
    /// The number of frames, at least 1.
    pub frames: u32,
    /// How to turn the stored pixels for display, as EXIF's 1 to 8; 1 is not at all.
    pub orientation: u8,
    /// Whether this is a JPEG whose scans refine one another, so that its beginning holds a coarse version of the whole
    /// picture.
    pub is_progressive: bool,
    /// The pixels that decoding a frame makes. An AVIF may show only a part of them.
    pub decoded_pixels: u64,
}

impl Header {
    /// Returns the number of pixels in all frames together, which is what a full decode touches.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.frame_pixels().saturating_mul(u64::from(self.frames))
    }

    /// Returns the number of pixels in one frame, as it is decoded.
    #[must_use]
    pub fn frame_pixels(&self) -> u64 {
        u64::from(self.width)
            .saturating_mul(u64::from(self.height))
            .max(self.decoded_pixels)
    }
}

/// Reads the header of a whole file. It decodes no pixel, and does not check that all of them are there.
///
/// # Errors
/// [`Damage`] when there is no header, or when the file is of a [variant](crate::Variant) that is not decoded.
pub fn read(encoding: Encoding, bytes: &[u8]) -> Result<Header, Damage> {
    let sides = match encoding {
        Encoding::Jpeg => {
            // Report the variant first: it is more useful than anything else that may be wrong with the file.
            if let Some(variant) = variant::of_jpeg(bytes) {
                return Err(Damage::Unsupported(variant));
            }
            return Ok(of_jpeg(&jpeg_opening(bytes)?));
        }
        Encoding::Png => png_sides(bytes)?,
        Encoding::Webp => return of_webp(bytes),
        Encoding::Gif => gif::size(bytes)?,
        Encoding::Avif => return of_avif(bytes),
        Encoding::Svg => return Ok(displayed(svg::drawn_size(bytes)?, 1)),
    };
    let header = displayed(sides, container::orientation(encoding, bytes));
    Ok(with_frames(header, count_frames(encoding, bytes)?))
}

/// Reads the header from the first bytes of a JPEG.
///
/// # Errors
/// [`Damage`] when the bytes end before the first scan.
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

fn of_webp(bytes: &[u8]) -> Result<Header, Damage> {
    let features = webp::features(bytes)?;
    let side = |length: i32| u32::try_from(length).map_err(|_negative| Damage::Truncated);
    let frames = count_frames(Encoding::Webp, bytes)?;
    let header = displayed(
        (side(features.width)?, side(features.height)?),
        container::orientation(Encoding::Webp, bytes),
    );
    // A file that is not flagged as an animation is shown as a still picture, even if it contains frames.
    let is_animation = features.has_animation != 0;
    Ok(with_frames(header, if is_animation { frames } else { 1 }))
}

fn of_avif(bytes: &[u8]) -> Result<Header, Damage> {
    let avif = avif::read(bytes)?;
    let (width, height) = avif.size();
    Ok(Header {
        width,
        height,
        frames: avif.frames(),
        orientation: avif.orientation(),
        is_progressive: false,
        decoded_pixels: avif.pixels(),
    })
}

fn with_frames(header: Header, frames: u32) -> Header {
    Header { frames, ..header }
}

/// Returns the header of a still picture, given its size as stored and its orientation.
fn displayed((width, height): (u32, u32), orientation: u8) -> Header {
    // EXIF 2.32, table 6: orientations 5 to 8 turn the picture by a quarter.
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
        decoded_pixels: u64::from(width).saturating_mul(u64::from(height)),
    }
}
