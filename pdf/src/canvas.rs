//! The buffer that pages are drawn on. It is reused for every page.

use dozo_codecs::render::raster::{Raster, Samples};

/// Rows of pixels with their size and format.
#[derive(Debug, Default)]
pub struct Canvas {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    stride: usize,
    samples: Samples,
}

/// PDFium aligns the beginning of each row to this many bytes.
const ALIGNED: usize = 4;

impl Canvas {
    /// The width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The drawn pixels, for an encoder.
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

    #[cfg(test)]
    pub(crate) fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// Sets the size and the format, and fills everything with white.
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

    /// Sets the size and copies these pixels. Rows come without padding; a pixel is one grey byte, or blue, green and
    /// red.
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

    /// Converts to one grey byte per pixel if every pixel is grey.
    pub(crate) fn drop_colours(&mut self) {
        let is_grey =
            |pixel: &[u8]| matches!(pixel, [blue, green, red, _] if blue == green && green == red);
        let is_without = self.samples == Samples::Bgrx
            && self.pixels.chunks_exact(Samples::Bgrx.bytes()).all(is_grey);
        if !is_without {
            return;
        }
        let width = usize::try_from(self.width).unwrap_or(usize::MAX);
        let (from_stride, to_stride) = (self.stride, width.next_multiple_of(ALIGNED));
        let mut greys =
            Vec::with_capacity(to_stride.saturating_mul(self.pixels.len() / from_stride.max(1)));
        for row in self.pixels.chunks_exact(from_stride.max(1)) {
            let pixels = row.chunks_exact(Samples::Bgrx.bytes());
            greys.extend(pixels.map(|pixel| pixel.first().copied().unwrap_or(u8::MAX)));
            greys.resize(greys.len().next_multiple_of(ALIGNED), u8::MAX);
        }
        (self.pixels, self.stride, self.samples) = (greys, to_stride, Samples::Grey);
    }
}

#[cfg(test)]
mod tests {
    use dozo_codecs::render::raster::Samples;

    use super::Canvas;

    #[test]
    fn colours_are_dropped_where_there_are_none() {
        let mut canvas = Canvas::default();
        let pixels: Vec<u8> = (0..30).flat_map(|grey| [grey; 3]).collect();
        canvas.paint(&pixels, 5, 6, Samples::Bgrx);
        canvas.drop_colours();
        assert_eq!(canvas.raster().samples, Samples::Grey);
        let rows: Vec<u8> = canvas.raster().rows().flatten().copied().collect();
        assert_eq!(rows, (0..30).collect::<Vec<u8>>());
        for at in [0, 44, 89] {
            let mut pixels = pixels.clone();
            if let Some(sample) = pixels.get_mut(at) {
                *sample += 1;
            }
            canvas.paint(&pixels, 5, 6, Samples::Bgrx);
            canvas.drop_colours();
            assert_eq!(canvas.raster().samples, Samples::Bgrx, "{at}");
        }
    }
}
