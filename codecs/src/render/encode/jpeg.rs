//! Encodes baseline JPEG with optimized Huffman tables, 4:2:0, with MozJPEG but without its slow searches.

use mozjpeg::{ColorSpace, Compress};

use super::super::RenderError;
use super::super::libjpeg::guard;
use super::super::picture::{Layout, Picture};

pub(super) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
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
        encoder.set_optimize_coding(true);
        let mut started = encoder.start_compress(Vec::new())?;
        started.write_scanlines(&picture.pixels)?;
        started.finish()
    })
}
