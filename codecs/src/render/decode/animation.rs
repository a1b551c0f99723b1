//! Decodes GIF, animated WebP and animated AVIF: every frame as it is shown, drawn over those before it.

use crate::container;
use crate::decoder::Shown;
use crate::decoder::gif::Screen;
use crate::decoder::webp::Player;
use crate::{Damage, Encoding};

use super::super::picture::{Decoded, Layout, Picture, Profile, byte_count};
use super::super::reduce::Window;
use super::super::reduced::Watch;
use super::super::view::View;
use super::super::{Budget, RenderError};
use super::{avif, reduce_whole};

/// An animation, one frame at a time.
pub(in super::super) struct Frames<'a> {
    source: Source<'a>,
    profile: Option<Profile>,
    /// The number of times that the animation is shown; 0 means for ever.
    pub(in super::super) loops: u16,
}

/// The decoder that composes the frames.
enum Source<'a> {
    Gif(Box<Screen<'a>>),
    Webp(Player<'a>),
    Avif(Box<avif::Player<'a>>),
}

/// A frame, cropped and scaled, and the time in milliseconds for which it is shown.
pub(in super::super) struct Frame {
    pub(in super::super) decoded: Decoded,
    pub(in super::super) milliseconds: u32,
}

/// Opens an animation.
pub(in super::super) fn frames(
    encoding: Encoding,
    bytes: &[u8],
) -> Result<Frames<'_>, RenderError> {
    match encoding {
        Encoding::Gif => Ok(Frames {
            source: Source::Gif(Box::new(Screen::open(bytes)?)),
            profile: None,
            loops: container::gif_plays(bytes),
        }),
        Encoding::Webp => {
            let player = Player::open(bytes)?;
            Ok(Frames {
                loops: player.plays,
                source: Source::Webp(player),
                profile: container::webp_part(bytes, *b"ICCP")
                    .map(|icc| Profile::icc(icc.to_vec())),
            })
        }
        Encoding::Avif => {
            let mut player = avif::Player::open(bytes)?;
            Ok(Frames {
                loops: player.plays,
                profile: player.profile.take(),
                source: Source::Avif(Box::new(player)),
            })
        }
        Encoding::Jpeg | Encoding::Png | Encoding::Svg => {
            Err(RenderError::Unsupported("an animation in this encoding"))
        }
    }
}

impl Frames<'_> {
    pub(in super::super) fn next(
        &mut self,
        view: &View,
        budget: &Budget,
    ) -> Result<Option<Frame>, RenderError> {
        budget.check_time()?;
        let profile = self.profile.clone();
        let Some(shown) = self.shown()? else {
            return Ok(None);
        };
        let window = Window::full_size(view);
        let (pixels, width) = (shown.pixels, shown.width);
        let picture = reduce_whole(Layout::Rgba, pixels, width, window, view, budget)?;
        Ok(Some(Frame {
            decoded: Decoded {
                picture: without_alpha(picture),
                profile,
            },
            milliseconds: shown.milliseconds,
        }))
    }

    fn shown(&mut self) -> Result<Option<Shown<'_>>, Damage> {
        match &mut self.source {
            Source::Gif(screen) => screen.next(),
            Source::Webp(player) => player.next(),
            Source::Avif(player) => player.next(),
        }
    }
}

/// Decodes the first frame only.
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

/// Decodes all frames, and fails if there are none. The watch sees the first one.
pub(super) fn verify(
    encoding: Encoding,
    bytes: &[u8],
    watch: &mut Watch,
) -> Result<(), RenderError> {
    let mut frames = frames(encoding, bytes)?;
    let profile = frames.profile.clone();
    let first = frames.shown()?.ok_or(Damage::Truncated)?;
    let row_bytes = byte_count(first.width, 1, Layout::Rgba)?;
    let height = u32::try_from(first.pixels.len() / row_bytes.max(1)).unwrap_or(u32::MAX);
    watch.begin(Layout::Rgba, (first.width, height), || profile);
    watch.rows(first.pixels, row_bytes);
    while frames.shown()?.is_some() {}
    Ok(())
}

/// Drops the alpha channel if every pixel is opaque. A canvas always has one, but most have no transparent pixels.
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
