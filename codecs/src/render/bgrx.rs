//! Pixels as PDFium draws them into files: read where they lie, in the order they lie in, without a copy in other colours.

use mozjpeg::{ColorSpace, Compress};

use super::encode;
use super::libjpeg::guard;
use super::{Output, RenderError};

/// Four bytes a pixel: blue, green, red, and one that means nothing. Rows without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Bgrx<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width × height × 4` bytes.
    pub pixels: &'a [u8],
}

impl Bgrx<'_> {
    /// As a JPEG or a WebP.
    ///
    /// # Errors
    /// [`RenderError`] for another encoding, for pixels that are not as many as the sides say, and when an encoder runs
    /// out of memory.
    pub fn encode(&self, output: Output) -> Result<Vec<u8>, RenderError> {
        let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = side(self.width)
            .saturating_mul(side(self.height))
            .saturating_mul(4);
        if self.pixels.len() != bytes {
            return Err(encode::failed("pixels that are not a picture"));
        }
        match output {
            Output::Jpeg { quality } => self.jpeg(quality),
            Output::Webp { quality } => encode::webp_of_bgrx(self, quality),
            Output::Png | Output::Gif | Output::Avif { .. } => {
                Err(RenderError::Unsupported("pages in this encoding"))
            }
        }
    }

    /// With the standard Huffman tables: a search for better ones is a second pass over all coefficients, a third of the
    /// time for a twentieth of the bytes.
    fn jpeg(&self, quality: u8) -> Result<Vec<u8>, RenderError> {
        let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
        guard(|| {
            let mut encoder = Compress::new(ColorSpace::JCS_EXT_BGRX);
            encoder.set_fastest_defaults();
            encoder.set_size(side(self.width), side(self.height));
            encoder.set_quality(f32::from(quality));
            encoder.set_optimize_coding(false);
            let mut started = encoder.start_compress(Vec::with_capacity(self.pixels.len() / 16))?;
            started.write_scanlines(self.pixels)?;
            started.finish()
        })
    }
}
