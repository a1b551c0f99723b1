//! Finishes a picture that is small and upright already: it is cut to its best part, blurred, put on a colour, and
//! marked.

use image::imageops::fast_blur;
use image::{ImageBuffer, Pixel};

use dozo_resample::{divide_by_alpha, multiply_by_alpha};

use super::RenderError;
use super::encode::failed;
use super::mark;
use super::picture::{Layout, Picture};
use super::recipe::Finish;
use super::salience::{Place, best_place};
use super::tone::on_colour;

/// Finishes the frames of one rendering. All of them are cut at the place that is best in the first.
pub(super) struct Finisher<'a> {
    finish: &'a Finish,
    place: Option<Place>,
}

impl<'a> Finisher<'a> {
    pub(super) fn new(finish: &'a Finish) -> Self {
        Self {
            finish,
            place: None,
        }
    }

    pub(super) fn apply(&mut self, picture: Picture) -> Result<Picture, RenderError> {
        let picture = match self.finish.cut {
            Some((width, height)) if (picture.width, picture.height) != (width, height) => {
                let place = *self
                    .place
                    .get_or_insert_with(|| best_place(&picture, (width, height)));
                cut(&picture, place, (width, height))?
            }
            Some(_) | None => picture,
        };
        let picture = blur(picture, self.finish.blur)?;
        let picture = match self.finish.background {
            Some(colour) => on_colour(picture, colour),
            None => picture,
        };
        match &self.finish.mark {
            Some(placed) => mark::put(picture, placed),
            None => Ok(picture),
        }
    }
}

/// Returns the part of this size at this place.
fn cut(picture: &Picture, at: Place, size: (u32, u32)) -> Result<Picture, RenderError> {
    const OUTSIDE: RenderError = RenderError::Recipe("the part is larger than the picture");
    let bytes = |columns: u32| super::picture::byte_count(columns, 1, picture.layout);
    let (start, length) = (bytes(at.x)?, bytes(size.0)?);
    let rows = picture.pixels.chunks_exact(bytes(picture.width)?);
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut pixels = Vec::with_capacity(length.saturating_mul(count(size.1)));
    for row in rows.skip(count(at.y)).take(count(size.1)) {
        pixels.extend_from_slice(row.get(start..start + length).ok_or(OUTSIDE)?);
    }
    if pixels.len() != length.saturating_mul(count(size.1)) {
        return Err(OUTSIDE);
    }
    Ok(Picture {
        width: size.0,
        height: size.1,
        layout: picture.layout,
        pixels,
    })
}

/// Blurs by a Gaussian, or what three box filters make of one. The colours of transparent pixels do not bleed.
fn blur(mut picture: Picture, pixels: u8) -> Result<Picture, RenderError> {
    if pixels == 0 {
        return Ok(picture);
    }
    let size = (picture.width, picture.height);
    let sigma = f32::from(pixels);
    picture.pixels = match picture.layout {
        Layout::Grey => blurred::<image::Luma<u8>>(picture.pixels, size, sigma)?,
        Layout::Rgb => blurred::<image::Rgb<u8>>(picture.pixels, size, sigma)?,
        Layout::Cmyk => return Err(RenderError::Recipe("inks are not blurred")),
        Layout::Rgba => {
            multiply_by_alpha(&mut picture.pixels, size).map_err(failed)?;
            let mut pixels = blurred::<image::Rgba<u8>>(picture.pixels, size, sigma)?;
            divide_by_alpha(&mut pixels, size).map_err(failed)?;
            pixels
        }
    };
    Ok(picture)
}

fn blurred<P: Pixel<Subpixel = u8>>(
    pixels: Vec<u8>,
    (width, height): (u32, u32),
    sigma: f32,
) -> Result<Vec<u8>, RenderError> {
    let sharp = ImageBuffer::<P, _>::from_raw(width, height, pixels)
        .ok_or(RenderError::Recipe("the picture is too large"))?;
    Ok(fast_blur(&sharp, sigma).into_raw())
}
