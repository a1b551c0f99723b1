//! A mark, such as a logo, that is drawn over a picture.

use std::sync::Arc;

use super::RenderError;
use super::picture::{Layout, Picture};
use super::raster::side;

const OUTSIDE: RenderError = RenderError::Recipe("the mark extends beyond the picture");

/// A mark in the size in which it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    width: u32,
    height: u32,
    /// Red, green, blue and alpha, not premultiplied.
    pixels: Arc<[[u8; 4]]>,
}

/// A mark at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedMark {
    /// The mark.
    pub mark: Mark,
    /// Pixels from the left.
    pub x: u32,
    /// Pixels from the top.
    pub y: u32,
    /// How much of what is below it covers, in percent.
    pub opacity: u8,
}

impl Mark {
    /// Makes a mark of a picture.
    ///
    /// # Errors
    /// [`RenderError::Recipe`] for inks.
    pub(super) fn of(picture: &Picture) -> Result<Self, RenderError> {
        Ok(Self {
            width: picture.width,
            height: picture.height,
            pixels: with_alpha(picture)?.into(),
        })
    }
}

/// Draws a mark over a picture.
pub(super) fn put(picture: Picture, placed: &PlacedMark) -> Result<Picture, RenderError> {
    let PlacedMark {
        mark,
        x,
        y,
        opacity,
    } = placed;
    let (right, bottom) = (x.checked_add(mark.width), y.checked_add(mark.height));
    let is_inside = right.is_some_and(|right| right <= picture.width)
        && bottom.is_some_and(|bottom| bottom <= picture.height);
    if !is_inside {
        return Err(OUTSIDE);
    }
    let mut picture = in_colours(picture)?;
    let channels = picture.layout.channels();
    let bytes = |pixels: u32| side(pixels).saturating_mul(channels);
    let row_bytes = bytes(picture.width).max(1);
    let rows = picture.pixels.chunks_exact_mut(row_bytes).skip(side(*y));
    let marks = mark.pixels.chunks_exact(side(mark.width).max(1));
    for (row, marks) in rows.zip(marks) {
        let under = row.get_mut(bytes(*x)..).ok_or(OUTSIDE)?;
        for (pixel, mark) in under.chunks_exact_mut(channels).zip(marks) {
            draw(pixel, *mark, *opacity);
        }
    }
    Ok(picture)
}

/// Draws one pixel over another one, which has alpha if it has a fourth byte.
/// <https://www.w3.org/TR/compositing-1/#porterduffcompositingoperators_srcover>
fn draw(pixel: &mut [u8], [red, green, blue, alpha]: [u8; 4], opacity: u8) {
    // In 255 × 100ths, so that nothing is rounded before the end.
    const WHOLE: u64 = 255 * 100;
    let over = u64::from(alpha) * u64::from(opacity.min(100));
    let (colours, below) = match pixel {
        [colours @ .., below] if colours.len() == 3 => (colours, Some(below)),
        colours => (colours, None),
    };
    let below_alpha = below.as_deref().map_or(255, |below| u64::from(*below));
    let under = below_alpha * (WHOLE - over);
    let both = 255 * over + under;
    if both == 0 {
        return;
    }
    for (colour, mark) in colours.iter_mut().zip([red, green, blue]) {
        let sum = u64::from(mark) * 255 * over + u64::from(*colour) * under;
        *colour = byte((sum + both / 2) / both);
    }
    if let Some(below) = below {
        *below = byte((both + WHOLE / 2) / WHOLE);
    }
}

fn byte(number: u64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Returns the picture with red, green and blue, so that a coloured mark fits on it.
fn in_colours(mut picture: Picture) -> Result<Picture, RenderError> {
    match picture.layout {
        Layout::Rgb | Layout::Rgba => Ok(picture),
        Layout::Grey => {
            let greys = picture.pixels.iter();
            picture.pixels = greys.flat_map(|grey| [*grey; 3]).collect();
            picture.layout = Layout::Rgb;
            Ok(picture)
        }
        Layout::Cmyk => Err(RenderError::Recipe("inks are not marked")),
    }
}

fn with_alpha(picture: &Picture) -> Result<Vec<[u8; 4]>, RenderError> {
    let pixels = &picture.pixels;
    Ok(match picture.layout {
        Layout::Grey => pixels.iter().map(|v| [*v, *v, *v, 255]).collect(),
        Layout::Rgb => {
            let (pixels, _) = pixels.as_chunks::<3>();
            pixels.iter().map(|[r, g, b]| [*r, *g, *b, 255]).collect()
        }
        Layout::Rgba => pixels.as_chunks::<4>().0.to_vec(),
        Layout::Cmyk => return Err(RenderError::Recipe("inks are no mark")),
    })
}
