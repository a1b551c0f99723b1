//! Pixels as PDFium draws them, for encoders that read them in place and in this order, without a copy in another
//! format.

/// Rows of pixels.
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The format of a pixel.
    pub samples: Samples,
    /// The distance in bytes between the beginnings of two rows.
    pub stride: usize,
    /// `height × stride` bytes.
    pub pixels: &'a [u8],
}

/// The format of a pixel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Samples {
    /// One grey byte.
    #[default]
    Grey,
    /// Four bytes: blue, green, red, and an unused one.
    Bgrx,
}

impl Samples {
    /// The number of bytes per pixel.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Bgrx => 4,
        }
    }
}

impl<'a> Raster<'a> {
    /// The same picture in colours, for encoders without a grey format; its pixels are stored in `pixels`.
    pub(super) fn in_colours<'b>(&self, pixels: &'b mut Vec<u8>) -> Raster<'b> {
        let grey = self.rows().flatten();
        *pixels = grey.flat_map(|grey| [*grey, *grey, *grey, 0]).collect();
        Raster {
            samples: Samples::Bgrx,
            stride: side(self.width).saturating_mul(Samples::Bgrx.bytes()),
            pixels,
            ..*self
        }
    }

    /// The rows, without their padding.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row = side(self.width).saturating_mul(self.samples.bytes());
        let rows = self.pixels.chunks_exact(self.stride.max(1));
        rows.filter_map(move |padded| padded.get(..row))
    }
}

pub(super) fn side(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
