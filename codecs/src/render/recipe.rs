//! A request for a rendering: the part of a picture, its size, turn and encoding.

use crate::header::Header;

use super::RenderError;

/// The longest side of an output in pixels: the limit of the narrowest format (WebP: 14 bits, RFC 9649, §2.6).
pub const MAX_SIDE: u32 = 16_383;

/// A rectangle in pixels of the upright picture. It is not empty and lies inside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// The distance from the left in pixels.
    pub x: u32,
    /// The distance from the top in pixels.
    pub y: u32,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
}

/// A clockwise turn, applied after mirroring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// No turn.
    None,
    /// 90°.
    Quarter,
    /// 180°.
    Half,
    /// 270°.
    ThreeQuarters,
}

/// The qualities of IIIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Unchanged colours.
    Colour,
    /// Shades of grey.
    Grey,
    /// Only black and white, with error diffusion.
    Bitonal,
}

/// The encoding of the output. Qualities range from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Baseline JPEG, without alpha: the picture is flattened on white.
    Jpeg {
        /// libjpeg's scale.
        quality: u8,
    },
    /// Lossless, with 8 bits per channel.
    Png,
    /// Lossy; animated if the source is.
    Webp {
        /// libwebp's scale.
        quality: u8,
    },
    /// Lossy, never animated.
    Avif {
        /// libavif's scale.
        quality: u8,
    },
    /// 256 colours; animated if the source is.
    Gif,
}

/// Tells whether a part of a picture, decoded at this many eighths, is large enough for a size. It must be a fifth
/// larger, so that Lanczos does the last reduction. At one eighth, an eighth larger is enough, because that is so much
/// cheaper than a quarter: measured at reductions of 9 and more, thumbnails are as close to the picture as those of
/// libraries that use an eighth for every reduction of 8.
pub(super) fn is_enough(part: Rect, (width, height): (u32, u32), eighths: u32) -> bool {
    let (more, than) = if eighths == 1 { (9, 8) } else { (6, 5) };
    let enough = |whole: u32, wanted: u32| {
        u64::from(whole) * u64::from(eighths) * than >= u64::from(wanted) * 8 * more
    };
    enough(part.width, width) && enough(part.height, height)
}

/// All properties of one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// The part of the picture that is shown.
    pub crop: Rect,
    /// The width in pixels after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub width: u32,
    /// The height in pixels after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub height: u32,
    /// Whether left and right are swapped, before the turn.
    pub mirror: bool,
    /// The turn after that.
    pub turn: Turn,
    /// Whether colours are kept, or reduced to grey or to black and white.
    pub colour: Colour,
    /// The encoding of the result.
    pub output: Output,
}

impl Recipe {
    /// Tells whether an eighth of the picture's size is enough for this rendering. If so, the beginning of a
    /// progressive JPEG is enough, too: [`super::render_beginning`].
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        is_enough(self.crop, (self.width, self.height), 1)
    }

    /// Checks that this can be rendered from a picture with this header.
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
