//! GIF and animated WebP: every frame as it is shown, drawn over those before it.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, ImageDecoder, Limits};

use crate::container;
use crate::{Damage, Encoding};

use super::super::picture::{Decoded, Layout, Picture, Profile};
use super::super::reduce::Window;
use super::super::view::View;
use super::super::{Budget, RenderError};
use super::reduce_whole;

/// The most a decoder may allocate for itself, in bytes: two canvases of 100 megapixels.
const MAX_ALLOCATION: u64 = 800_000_000;

/// An animation, one frame at a time.
pub(in super::super) struct Frames<'a> {
    frames: image::Frames<'a>,
    profile: Option<&'a [u8]>,
    /// How often it is shown; 0 is for ever.
    pub(in super::super) loops: u16,
}

/// One frame of it, cropped and scaled, and the milliseconds that it stays.
pub(in super::super) struct Frame {
    pub(in super::super) decoded: Decoded,
    pub(in super::super) milliseconds: u32,
}

/// Opens an animation.
pub(in super::super) fn frames(
    encoding: Encoding,
    bytes: &[u8],
) -> Result<Frames<'_>, RenderError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    let (frames, loops) = match encoding {
        Encoding::Gif => {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(Damage::from)?;
            decoder.set_limits(limits).map_err(Damage::from)?;
            (decoder.into_frames(), container::gif_plays(bytes))
        }
        Encoding::Webp => {
            let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(Damage::from)?;
            decoder.set_limits(limits).map_err(Damage::from)?;
            let loops = match decoder.loop_count() {
                LoopCount::Infinite => 0,
                LoopCount::Finite(count) => u16::try_from(count.get()).unwrap_or(u16::MAX),
            };
            (decoder.into_frames(), loops)
        }
        Encoding::Jpeg | Encoding::Png => {
            return Err(RenderError::Unsupported("an animation in this encoding"));
        }
    };
    Ok(Frames {
        frames,
        profile: container::webp_part(bytes, *b"ICCP").filter(|_| encoding == Encoding::Webp),
        loops,
    })
}

impl Frames<'_> {
    pub(in super::super) fn next(
        &mut self,
        view: &View,
        budget: &Budget,
    ) -> Result<Option<Frame>, RenderError> {
        budget.check_time()?;
        let Some(frame) = self.frames.next() else {
            return Ok(None);
        };
        let frame = frame.map_err(Damage::from)?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let canvas = frame.buffer();
        let window = Window::full_size(view);
        let picture = reduce_whole(Layout::Rgba, canvas, canvas.width(), window, view, budget)?;
        Ok(Some(Frame {
            decoded: Decoded {
                picture: without_alpha(picture),
                profile: self.profile.map(|icc| Profile::icc(icc.to_vec())),
            },
            milliseconds: numerator / denominator.max(1),
        }))
    }
}

/// The first frame alone.
pub(super) fn first(
    encoding: Encoding,
    bytes: &[u8],
    view: &View,
    budget: &Budget,
) -> Result<Decoded, RenderError> {
    let frame = frames(encoding, bytes)?.next(view, budget)?;
    frame
        .map(|frame| frame.decoded)
        .ok_or(RenderError::Damage(Damage::Truncated))
}

/// A canvas always has alpha; most have nothing to see through.
fn without_alpha(mut picture: Picture) -> Picture {
    let (pixels, _) = picture.pixels.as_chunks::<4>();
    if pixels.iter().all(|[.., alpha]| *alpha == 255) {
        picture.pixels = pixels
            .iter()
            .flat_map(|[red, green, blue, _]| [*red, *green, *blue])
            .collect();
        picture.layout = Layout::Rgb;
    }
    picture
}
