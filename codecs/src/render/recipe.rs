//! Describes a rendering: the part of a picture, its size, its turn and its encoding.

use crate::header::Header;

use super::RenderError;
use super::mark::PlacedMark;

/// The longest side of an output, in pixels: the limit of the narrowest format (WebP: 14 bits, RFC 9649, §2.6).
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

/// The clockwise turn, after mirroring.
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

/// The qualities of IIIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The colours are unchanged.
    Colour,
    /// Shades of grey.
    Grey,
    /// Black and white only, with error diffusion.
    Bitonal,
}

/// The encoding of the output. Qualities are 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Baseline JPEG; transparency is flattened on white.
    Jpeg {
        /// libjpeg's scale.
        quality: u8,
    },
    /// Lossless, with 8 bits per channel.
    Png,
    /// Lossy; animated when the source is.
    Webp {
        /// libwebp's scale.
        quality: u8,
    },
    /// Lossy; a still picture.
    Avif {
        /// libavif's scale.
        quality: u8,
    },
    /// 256 colours; animated when the source is.
    Gif,
}

/// Returns whether a part of a picture, decoded at this many eighths of its size, is large enough for the wanted size:
/// a fifth larger, so that Lanczos does the final reduction. One eighth is so much cheaper than a quarter that an
/// eighth larger is enough for it: measured at reductions of 9 and more, thumbnails are as close to the picture as
/// those of libraries that use one eighth for every reduction of 8.
pub(super) fn is_enough(part: Rect, (width, height): (u32, u32), eighths: u32) -> bool {
    let (more, than) = if eighths == 1 { (9, 8) } else { (6, 5) };
    let enough = |whole: u32, wanted: u32| {
        u64::from(whole) * u64::from(eighths) * than >= u64::from(wanted) * 8 * more
    };
    enough(part.width, width) && enough(part.height, height)
}

/// The changes to the picture after its size, turn and colours are as wanted. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finish {
    /// The size in pixels to which the picture is cut where most is to be seen; no larger than the picture.
    pub cut: Option<(u32, u32)>,
    /// The standard deviation of the Gaussian by which it is blurred, in pixels of the answer; 0 is none.
    pub blur: u8,
    /// The colour under transparent parts, as red, green and blue. `None` leaves them transparent, and makes them white
    /// in JPEG.
    pub background: Option<[u8; 3]>,
    /// The mark that is drawn over it at the very end.
    pub mark: Option<PlacedMark>,
}

/// The description of one rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The part that is shown.
    pub crop: Rect,
    /// Pixels across after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub width: u32,
    /// Pixels down after scaling, before the turn; 1 to [`MAX_SIDE`].
    pub height: u32,
    /// Whether left and right are swapped, before the turn.
    pub mirror: bool,
    /// The turn after scaling and mirroring.
    pub turn: Turn,
    /// The reduction to shades of grey or to black and white.
    pub colour: Colour,
    /// The changes to the picture at the end.
    pub finish: Finish,
    /// The encoding of the output.
    pub output: Output,
}

impl Recipe {
    /// Describes the whole picture at a size in pixels, with nothing else done to it.
    pub(crate) fn whole(header: &Header, (width, height): (u32, u32), output: Output) -> Self {
        Self {
            crop: Rect {
                x: 0,
                y: 0,
                width: header.width,
                height: header.height,
            },
            width,
            height,
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output,
        }
    }

    /// Returns the size of the answer in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        match (self.finish.cut, self.turn) {
            (Some(part), _) => part,
            (None, Turn::None | Turn::Half) => (self.width, self.height),
            (None, Turn::Quarter | Turn::ThreeQuarters) => (self.height, self.width),
        }
    }

    /// Returns whether an eighth of the source's size is enough. Then the beginning of a progressive JPEG is enough,
    /// too: [`super::render_beginning`].
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        is_enough(self.crop, (self.width, self.height), 1)
    }

    /// Checks that the picture can be rendered in this way.
    pub(super) fn check(&self, header: &Header) -> Result<(), RenderError> {
        let crop = self.crop;
        let inside = |start: u32, length: u32, whole: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
        };
        if !inside(crop.x, crop.width, header.width) || !inside(crop.y, crop.height, header.height)
        {
            return Err(RenderError::Recipe(
                "the crop is empty or extends beyond the picture",
            ));
        }
        let sides = 1..=MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(RenderError::Recipe("the output is empty or too large"));
        }
        if let Some((width, height)) = self.finish.cut
            && !((1..=self.width).contains(&width) && (1..=self.height).contains(&height))
        {
            return Err(RenderError::Recipe(
                "the part is empty or larger than the picture",
            ));
        }
        match self.output {
            Output::Jpeg { quality } | Output::Webp { quality } | Output::Avif { quality }
                if !(1..=100).contains(&quality) =>
            {
                Err(RenderError::Recipe("a quality must be 1 to 100"))
            }
            Output::Jpeg { .. }
            | Output::Webp { .. }
            | Output::Avif { .. }
            | Output::Png
            | Output::Gif => Ok(()),
        }
    }
}
