//! Pixels as PDFium draws them into files: read where they lie, in the order they lie in, without a copy in other colours.

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
    /// The same picture for who knows no grey; its pixels lie in `pixels`.
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

    /// Its rows, without what lies between them.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        let row = side(self.width).saturating_mul(self.samples.bytes());
        let rows = self.pixels.chunks_exact(self.stride.max(1));
        rows.filter_map(move |padded| padded.get(..row))
    }
}

pub(super) fn side(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
