//! The pictures within a drawing: those that it brings along, as PNG or JPEG without metadata. What it refers to elsewhere is
//! left out, as browsers leave it out of an image.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree};

use super::input;
use crate::container::svg::parse;
use crate::header::{self, Header};
use crate::render::{Budget, Output, Recipe, render};
use crate::{Encoding, decode, strip};

/// The most pixels of all pictures within a drawing.
const MOST_PIXELS: u64 = 50_000_000;

/// The longest side in pixels of a drawing within a drawing, which becomes a picture.
const MOST_INNER_SIDE: f32 = 2_048.0;

/// How many times as large as it says a drawing within a drawing becomes at most. Icons are small, and there may be many.
const MOST_ENLARGED: f32 = 16.0;

/// The purpose of the pictures of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// To be written.
    Written,
    /// To be drawn. resvg then sees only PNGs that we made, so that no other decoder meets a stranger's bytes.
    Drawn,
}

/// The pictures of one drawing.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    pixels: AtomicU64,
    too_large: AtomicBool,
}

impl Pictures {
    /// Returns whether there were more pixels than are taken.
    pub(super) fn are_too_large(&self) -> bool {
        self.too_large.load(Ordering::Relaxed)
    }

    /// Finds the pictures that a drawing brings along, and nothing else.
    pub(super) fn resolver(&self, wanted: Wanted) -> ImageHrefResolver<'_> {
        ImageHrefResolver {
            resolve_data: Box::new(move |kind, data, options| {
                if kind == "image/svg+xml" && wanted == Wanted::Written {
                    return self.inner(&data, options);
                }
                self.picture(data, wanted)
            }),
            resolve_string: Box::new(|_, _| None),
        }
    }

    fn picture(&self, data: Arc<Vec<u8>>, wanted: Wanted) -> Option<ImageKind> {
        let encoding = encoding(&data)?;
        let header = header::read(encoding, &data).ok()?;
        if !self.has_room_for(header.pixels()) {
            return None;
        }
        let is_plain = header.orientation == 1 && header.frames == 1;
        let kept = (is_plain && wanted == Wanted::Written)
            .then(|| kept(encoding, &data))
            .flatten();
        kept.or_else(|| as_png(encoding, &data, &header))
    }

    /// Draws a drawing within a drawing. A third drawing within that one is left out.
    fn inner(&self, data: &[u8], outer: &Options<'_>) -> Option<ImageKind> {
        let document = parse(input::text(data).ok()?, false).ok()?;
        let options = Options {
            fontdb: outer.fontdb.clone(),
            font_resolver: super::fonts::resolver(),
            image_href_resolver: self.resolver(Wanted::Drawn),
            ..Options::default()
        };
        let tree = Tree::from_xmltree(&document, &options).ok()?;
        let size = tree.size();
        let scale = (MOST_INNER_SIDE / size.width().max(size.height())).min(MOST_ENLARGED);
        let drawn = size.scale_by(scale)?.to_int_size();
        if !self.has_room_for(u64::from(drawn.width()) * u64::from(drawn.height())) {
            return None;
        }
        let mut pixels = Pixmap::new(drawn.width(), drawn.height())?;
        let transform = Transform::from_scale(scale, scale);
        resvg::render(&tree, transform, &mut pixels.as_mut());
        Some(ImageKind::PNG(Arc::new(pixels.encode_png().ok()?)))
    }

    fn has_room_for(&self, pixels: u64) -> bool {
        let before = self.pixels.fetch_add(pixels, Ordering::Relaxed);
        let has = before.saturating_add(pixels) <= MOST_PIXELS;
        if !has {
            self.too_large.store(true, Ordering::Relaxed);
        }
        has
    }
}

/// Tells the encoding by the first bytes, whatever the drawing says.
fn encoding(data: &[u8]) -> Option<Encoding> {
    match data {
        [0xFF, 0xD8, 0xFF, ..] => Some(Encoding::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Some(Encoding::Png),
        [b'G', b'I', b'F', b'8', ..] => Some(Encoding::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Encoding::Webp),
        _ => None,
    }
}

/// Returns a picture without its metadata, if browsers show it as it is.
fn kept(encoding: Encoding, data: &[u8]) -> Option<ImageKind> {
    let kind = match encoding {
        Encoding::Jpeg => ImageKind::JPEG,
        Encoding::Png => ImageKind::PNG,
        Encoding::Webp | Encoding::Gif | Encoding::Avif | Encoding::Svg => return None,
    };
    let stripped = strip::metadata(encoding, data).ok()?;
    decode::verify(encoding, &stripped).ok()?;
    Some(kind(Arc::new(stripped)))
}

/// Draws a picture as PNG: upright, in sRGB.
fn as_png(encoding: Encoding, data: &[u8], header: &Header) -> Option<ImageKind> {
    let recipe = Recipe::whole(header, (header.width, header.height), Output::Png);
    let budget = Budget {
        pixels: MOST_PIXELS,
        frames: 1,
        output_pixels: MOST_PIXELS,
        // The process that this runs in is ended before.
        deadline: Instant::now() + Duration::from_secs(3_600),
    };
    let png = render(encoding, data, &recipe, &budget).ok()?;
    Some(ImageKind::PNG(Arc::new(png)))
}
