//! What a page is drawn on: one buffer, used again for every page.

use dozo_codecs::render::raster::{Raster, Samples};

/// Rows of pixels.
#[derive(Debug, Default)]
pub struct Canvas {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    stride: usize,
    samples: Samples,
}

/// PDFium's rows begin at a multiple of so many bytes.
const ALIGNED: usize = 4;

impl Canvas {
    /// Pixels across.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// What was drawn, for an encoder.
    #[must_use]
    pub fn raster(&self) -> Raster<'_> {
        Raster {
            width: self.width,
            height: self.height,
            samples: self.samples,
            stride: self.stride,
            pixels: &self.pixels,
        }
    }

    /// Gives it this size, and makes it white.
    pub(crate) fn clear(&mut self, width: u32, height: u32, samples: Samples) -> &mut [u8] {
        let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
        let row = side(width).saturating_mul(samples.bytes());
        (self.width, self.height, self.samples) = (width, height, samples);
        self.stride = row.next_multiple_of(ALIGNED);
        let bytes = self.stride.saturating_mul(side(height));
        self.pixels.clear();
        self.pixels.resize(bytes, u8::MAX);
        &mut self.pixels
    }

    /// Gives it this size, and these pixels: rows without padding, of a grey, or of blue, green and red.
    pub(crate) fn paint(&mut self, pixels: &[u8], width: u32, height: u32, samples: Samples) {
        let (from_bytes, to_bytes) = match samples {
            Samples::Grey => (1, 1),
            Samples::Bgrx => (3, 4),
        };
        self.clear(width, height, samples);
        let row = usize::try_from(width).unwrap_or(usize::MAX);
        let from = pixels.chunks_exact(row.saturating_mul(from_bytes).max(1));
        for (to, from) in self.pixels.chunks_exact_mut(self.stride.max(1)).zip(from) {
            let pixels = to
                .chunks_exact_mut(to_bytes)
                .zip(from.chunks_exact(from_bytes));
            for (to, from) in pixels {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = *from;
                }
            }
        }
    }
}
