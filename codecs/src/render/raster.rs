//! A buffer of pixels as PDFium draws them, which is read directly, without converting it first.

/// Rows of pixels in a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The format of a pixel.
    pub samples: Samples,
    /// The bytes from the start of a row to the start of the next.
    pub stride: usize,
    /// `height × stride` bytes.
    pub pixels: &'a [u8],
}

/// The format of a pixel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Samples {
    /// One byte.
    #[default]
    Grey,
    /// Four bytes: blue, green, red, and one that is ignored.
    Bgrx,
}

impl Samples {
    /// Returns the number of bytes per pixel.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Bgrx => 4,
        }
    }
}

impl<'a> Raster<'a> {
    /// Returns the same picture as BGRX, for an encoder without grey. The new pixels are stored in `pixels`.
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

    /// Iterates over the rows, without the padding between them.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row = side(self.width).saturating_mul(self.samples.bytes());
        let rows = self.pixels.chunks_exact(self.stride.max(1));
        rows.filter_map(move |padded| padded.get(..row))
    }
}

pub(super) fn side(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
