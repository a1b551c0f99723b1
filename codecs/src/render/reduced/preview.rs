//! The preview of a large picture: a JPEG of which small renderings are made, because it is a fraction of the original's
//! bytes and pixels.
//!
//! It is made of the means of blocks, and only renderings of less than half of its size are made of it, by Lanczos. That
//! is what [`reduce`](crate::render::reduce) does to every large picture: an average of blocks followed by Lanczos over
//! twice the pixels cannot be told from Lanczos alone.

use std::num::NonZeroU32;

use super::Reduced;
use crate::header::{self, Header};
use crate::render::{Budget, Output, Recipe, RenderError, Steps, checked_view, decode, encode};
use crate::{Damage, Encoding};

/// The shortest long side of a picture that gets a preview, in pixels: one of half the size still has 1,024.
const LEAST_SIDE: u32 = 2_048;

/// The longest side of a preview, in pixels. With blocks of whole pixels, the long side is 1,024 or more.
const MOST_SIDE: u32 = 1_600;

/// The quality of a preview, on libjpeg's scale.
///
/// This, the chroma (4:4:4), and the two limits below were chosen on twenty pictures: photographs, letters, lines, screens,
/// gradients and noise. With them, a rendering from a preview, as a JPEG of quality 80, is at least as near to the picture
/// reduced by Lanczos as one of sharp's from the original (PSNR); of a smooth gradient it is 0.2 dB farther, at 47 dB.
const QUALITY: u8 = 85;

/// A rendering may have two pixels for five of the preview's along a side.
const USABLE: (u64, u64) = (2, 5);

/// The bytes that a preview may have for each pixel: two for five. Photographs take a third of a byte or less. What takes
/// more is full of sharp edges between saturated colours, or is noise.
const BYTES_OF_PIXELS: (u64, u64) = (2, 5);

/// The bytes that any preview may have: a file has some hundred bytes of tables, however few its pixels are.
const LEAST_BYTES: u64 = 10_000;

/// Returns how many pixels of the picture along a side become one of its preview; `None` if it gets none.
#[must_use]
pub fn preview_block(header: &Header) -> Option<NonZeroU32> {
    let longest = header.width.max(header.height);
    let wanted = header.frames == 1 && longest >= LEAST_SIDE;
    NonZeroU32::new(longest.div_ceil(MOST_SIDE)).filter(|_| wanted)
}

impl Reduced {
    /// Returns the picture as a preview, or `None` if a preview would lose what the picture has: transparency, the lines of
    /// an interlaced file, or sharp edges between saturated colours.
    ///
    /// # Errors
    /// [`Damage::Malformed`] if the encoder runs out of memory.
    pub fn preview(&self) -> Result<Option<Vec<u8>>, Damage> {
        if !self.is_exact {
            return Ok(None);
        }
        let encoded = encode::preview(&self.picture, QUALITY);
        let file = encoded.map_err(RenderError::into_damage)?;
        let pixels = u64::from(self.picture.width) * u64::from(self.picture.height);
        let (bytes, of_pixels) = BYTES_OF_PIXELS;
        let most = LEAST_BYTES.max(pixels * bytes / of_pixels);
        Ok(u64::try_from(file.len())
            .is_ok_and(|bytes| bytes <= most)
            .then_some(file))
    }
}

/// Does the same as [`render`](crate::render::render) for a still picture of this header, from its preview. The recipe
/// must be [small enough](Recipe::may_use_preview).
///
/// # Errors
/// The same as [`render`](crate::render::render); [`RenderError::Damage`] if these bytes are not the preview.
pub fn render_preview(
    bytes: &[u8],
    (width, height): (u32, u32),
    block: NonZeroU32,
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let found = header::read(Encoding::Jpeg, bytes)?;
    if (found.width, found.height) != (width.div_ceil(block.get()), height.div_ceil(block.get())) {
        return Err(Damage::Malformed("a preview of another size".into()).into());
    }
    let upright = Header {
        width,
        height,
        frames: 1,
        orientation: 1,
        is_progressive: false,
        decoded_pixels: u64::from(width).saturating_mul(u64::from(height)),
    };
    // A preview is smaller than its original, for which the limits are.
    let view = checked_view(&upright, recipe, budget)?;
    let decoded = decode::preview(bytes, &view, block, budget)?;
    let picture = Steps::new(&view, recipe).apply(decoded)?;
    budget.check_time()?;
    encode::still(picture, recipe.output)
}

impl Recipe {
    /// Returns whether this may be rendered from a preview of such blocks: it is much smaller than the preview, in a format
    /// that loses a little anyway.
    #[must_use]
    pub fn may_use_preview(&self, block: NonZeroU32) -> bool {
        let (pixels, of) = USABLE;
        let is_small = |part: u32, wanted: u32| {
            u64::from(wanted) * of * u64::from(block.get()) <= u64::from(part) * pixels
        };
        let is_lossy = match self.output {
            Output::Jpeg { .. } | Output::Webp { .. } | Output::Avif { .. } => true,
            Output::Png | Output::Gif => false,
        };
        is_lossy && is_small(self.crop.width, self.width) && is_small(self.crop.height, self.height)
    }
}
