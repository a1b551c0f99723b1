//! Pixels as PDFium draws them into files: read where they lie, in the order they lie in, without a copy in other colours.

use mozjpeg::{ColorSpace, Compress};

use super::encode;
use super::libjpeg::guard;
use super::{Output, RenderError};

/// Rows of pixels.
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What a pixel is.
    pub samples: Samples,
    /// From the beginning of a row to the beginning of the next, in bytes.
    pub stride: usize,
    /// `height × stride` bytes.
    pub pixels: &'a [u8],
}

/// What a pixel is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Samples {
    /// One byte.
    #[default]
    Grey,
    /// Four bytes: blue, green, red, and one that means nothing.
    Bgrx,
}

impl Samples {
    /// How many bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Bgrx => 4,
        }
    }
}

impl<'a> Raster<'a> {
    /// As a JPEG or a WebP.
    ///
    /// # Errors
    /// [`RenderError`] for another encoding, for pixels that are not as many as the sides say, and when an encoder runs
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

    /// With the standard Huffman tables: a search for better ones is a second pass over all coefficients, a third of the
    /// time for a twentieth of the bytes.
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

    /// The same picture for who knows no grey; its pixels lie in `pixels`.
    fn in_colours<'b>(&self, pixels: &'b mut Vec<u8>) -> Raster<'b> {
        let grey = self.rows().flatten();
        *pixels = grey.flat_map(|grey| [*grey, *grey, *grey, 0]).collect();
        Raster {
            samples: Samples::Bgrx,
            stride: side(self.width).saturating_mul(Samples::Bgrx.bytes()),
            pixels,
            ..*self
        }
    }

    /// Its rows, without what lies between them.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row = side(self.width).saturating_mul(self.samples.bytes());
        let rows = self.pixels.chunks_exact(self.stride.max(1));
        rows.filter_map(move |padded| padded.get(..row))
    }
}

fn side(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
