//! What is asked for: which part of a picture, how large, how turned, in which encoding.

use crate::header::Header;

use super::RenderError;

/// The longest side of an output, in pixels: what the narrowest format can hold (WebP: 14 bits, RFC 9649, §2.6).
pub const MAX_SIDE: u32 = 16_383;

/// A rectangle in pixels of the upright picture; not empty, and inside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Pixels from the left.
    pub x: u32,
    /// Pixels from the top.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Clockwise, after mirroring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Not at all.
    None,
    /// 90°.
    Quarter,
    /// 180°.
    Half,
    /// 270°.
    ThreeQuarters,
}

/// IIIF's qualities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// As it is.
    Colour,
    /// Shades of grey.
    Grey,
    /// Black and white only, with diffused error.
    Bitonal,
}

/// The encoding of what comes out. A quality is 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Baseline; without alpha: flattened on white.
    Jpeg {
        /// libjpeg's scale.
        quality: u8,
    },
    /// 8 bits a channel, lossless.
    Png,
    /// Lossy; animated when the source is.
    Webp {
        /// libwebp's scale.
        quality: u8,
    },
    /// Lossy, a still.
    Avif {
        /// libavif's scale.
        quality: u8,
    },
    /// 256 colours; animated when the source is.
    Gif,
}

/// Whether a part of a picture, decoded at so many eighths, is enough for a size: a fifth more than that, so that Lanczos has
/// the last word. An eighth is so much cheaper than a quarter that an eighth more is enough of it: measured at reductions of
/// 9 and more, thumbnails are as near to the picture as those of libraries that take an eighth for every reduction of 8.
pub(super) fn is_enough(part: Rect, (width, height): (u32, u32), eighths: u32) -> bool {
    let (more, than) = if eighths == 1 { (9, 8) } else { (6, 5) };
    let enough = |whole: u32, wanted: u32| {
        u64::from(whole) * u64::from(eighths) * than >= u64::from(wanted) * 8 * more
    };
    enough(part.width, width) && enough(part.height, height)
}

/// One rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// The part that is shown.
    pub crop: Rect,
    /// Pixels across after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub width: u32,
    /// Pixels down after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub height: u32,
    /// Left and right swapped, before the turn.
    pub mirror: bool,
    /// Turned after that.
    pub turn: Turn,
    /// Reduced to shades or to black and white.
    pub colour: Colour,
    /// Encoded as.
    pub output: Output,
}

impl Recipe {
    /// Whether an eighth of the size is enough to make it of. Then the beginning of a progressive JPEG is, too:
    /// [`super::render_beginning`].
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        is_enough(self.crop, (self.width, self.height), 1)
    }

    /// Whether this can be made of such a picture.
    pub(super) fn check(&self, header: &Header) -> Result<(), RenderError> {
        let crop = self.crop;
        let inside = |start: u32, length: u32, whole: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
        };
        if !inside(crop.x, crop.width, header.width) || !inside(crop.y, crop.height, header.height)
        {
            return Err(RenderError::Recipe(
                "the crop is empty or leaves the picture",
            ));
        }
        let sides = 1..=MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(RenderError::Recipe("the output is empty or too large"));
        }
        match self.output {
            Output::Jpeg { quality } | Output::Webp { quality } | Output::Avif { quality }
                if !(1..=100).contains(&quality) =>
            {
                Err(RenderError::Recipe("a quality is 1 to 100"))
            }
            Output::Jpeg { .. }
            | Output::Webp { .. }
            | Output::Avif { .. }
            | Output::Png
            | Output::Gif => Ok(()),
        }
    }
}
