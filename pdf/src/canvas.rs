//! What a page is drawn on: one buffer, used again for every page.

/// Rows of pixels.
#[derive(Debug, Default)]
pub struct Canvas {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    stride: usize,
    is_grey: bool,
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

    /// Whether a pixel is one byte, a grey; else it is four: blue, green, red, and one that means nothing.
    #[must_use]
    pub fn is_grey(&self) -> bool {
        self.is_grey
    }

    /// Bytes from the beginning of a row to the beginning of the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// `height × stride` bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Gives it this size, and makes it white.
    pub(crate) fn clear(&mut self, width: u32, height: u32, is_grey: bool) -> &mut [u8] {
        let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
        let row = side(width).saturating_mul(if is_grey { 1 } else { 4 });
        (self.width, self.height, self.is_grey) = (width, height, is_grey);
        self.stride = row.next_multiple_of(ALIGNED);
        let bytes = self.stride.saturating_mul(side(height));
        self.pixels.clear();
        self.pixels.resize(bytes, u8::MAX);
        &mut self.pixels
    }
}
