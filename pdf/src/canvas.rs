//! What a page is drawn on: one buffer, used again for every page.

/// Pixels of four bytes: blue, green, red, and one that means nothing. Rows without gaps.
#[derive(Debug, Default)]
pub struct Canvas {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
}

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

    /// `width × height × 4` bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Gives it this size. What was on it is not cleared.
    pub(crate) fn resize(&mut self, width: u32, height: u32) -> &mut [u8] {
        (self.width, self.height) = (width, height);
        let side = |length| usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = side(width).saturating_mul(side(height)).saturating_mul(4);
        self.pixels.resize(bytes, 0);
        &mut self.pixels
    }
}
