//! Encodes pages as PDFium draws them, without converting their pixels if an encoder can read them directly.

use mozjpeg::{ColorSpace, Compress};

use super::encode;
use super::libjpeg::guard;
use super::raster::{Raster, Samples, side};
use super::{Output, RenderError};

impl Raster<'_> {
    /// Encodes as JPEG or WebP.
    ///
    /// # Errors
    /// [`RenderError`] for another encoding, if the number of pixels does not match the sides, or if an encoder runs
    /// out of memory.
    pub fn encode(&self, output: Output) -> Result<Vec<u8>, RenderError> {
        let row = side(self.width).saturating_mul(self.samples.bytes());
        let bytes = self.stride.saturating_mul(side(self.height));
        if row > self.stride || self.pixels.len() != bytes {
            return Err(encode::failed("pixels that are not a picture"));
        }
        match output {
            Output::Jpeg { quality } => match self.samples {
                Samples::Bgrx => self.jpeg_in_colours(quality),
                Samples::Grey => encode::jpeg_of_grey(self, quality),
            },
            Output::Webp { quality } => match self.samples {
                Samples::Bgrx => encode::webp_of_bgrx(self, quality),
                Samples::Grey => encode::webp_of_bgrx(&self.in_colours(&mut Vec::new()), quality),
            },
            Output::Png | Output::Gif | Output::Avif { .. } => {
                Err(RenderError::Unsupported("pages in this encoding"))
            }
        }
    }

    /// Encodes with the standard Huffman tables: optimizing them needs a second pass over all coefficients, which takes
    /// a third of the time and saves a twentieth of the bytes.
    fn jpeg_in_colours(&self, quality: u8) -> Result<Vec<u8>, RenderError> {
        guard(|| {
            let mut encoder = Compress::new(ColorSpace::JCS_EXT_BGRX);
            encoder.set_fastest_defaults();
            encoder.set_size(side(self.width), side(self.height));
            encoder.set_quality(f32::from(quality));
            encoder.set_optimize_coding(false);
            let mut started = encoder.start_compress(Vec::new())?;
            for row in self.rows() {
                started.write_scanlines(row)?;
            }
            started.finish()
        })
    }
}
