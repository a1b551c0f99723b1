//! Encodes baseline JPEG using MozJPEG without its slow searches: 4:2:0 with optimized Huffman tables, or as a preview.

use mozjpeg::{ColorSpace, Compress};

use super::super::RenderError;
use super::super::libjpeg::guard;
use super::super::picture::{Layout, Picture};

pub(super) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    encode_as(picture, quality, |encoder| {
        encoder.set_optimize_coding(true)
    })
}

/// Encodes a preview: 4:4:4, because thin red lines and letters would lose their colour, and because it is nearer to the
/// picture than 4:2:0 of as many bytes. With the standard Huffman tables: a search for better ones costs a third of the
/// time for a twentieth of the bytes.
pub(super) fn encode_preview(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    encode_as(picture, quality, |encoder| {
        encoder.set_optimize_coding(false);
        encoder.set_chroma_sampling_pixel_sizes((1, 1), (1, 1));
    })
}

fn encode_as(
    picture: &Picture,
    quality: u8,
    set: impl FnOnce(&mut Compress),
) -> Result<Vec<u8>, RenderError> {
    let space = match picture.layout {
        Layout::Grey => ColorSpace::JCS_GRAYSCALE,
        Layout::Rgb => ColorSpace::JCS_RGB,
        Layout::Rgba | Layout::Cmyk => {
            return Err(RenderError::Unsupported("a JPEG of four channels"));
        }
    };
    let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
    guard(|| {
        let mut encoder = Compress::new(space);
        encoder.set_fastest_defaults();
        encoder.set_size(side(picture.width), side(picture.height));
        encoder.set_quality(f32::from(quality));
        set(&mut encoder);
        let mut started = encoder.start_compress(Vec::new())?;
        started.write_scanlines(&picture.pixels)?;
        started.finish()
    })
}
