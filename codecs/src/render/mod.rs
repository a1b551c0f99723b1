//! One rendering: from a stored picture to the part, size, turn, colour and encoding that a viewer asked for.
//!
//! ```text
//! bytes ─▶ decode ─▶ orient ─▶ crop ─▶ resize ─▶ turn ─▶ colour ─▶ encode ─▶ bytes
//! ```
//!
//! A step decides itself whether it applies. Metadata goes nowhere: what comes out is sRGB and upright.
//! The bytes are from strangers: the header is compared with the recipe and the budget before a pixel is decoded.

mod budget;
mod encode;
mod recipe;

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, Limits};

pub use budget::{Budget, Limit};
pub use recipe::{Colour, MAX_SIDE, Output, Recipe, Rect, Turn};

use crate::{Damage, Encoding, header};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The source is not an image, or not a whole one.
    #[error("the source is damaged")]
    Damage(#[from] Damage),
    /// The source is a variant, or the output an encoding, that is not understood here.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// It would cost more than it may.
    #[error("over budget: {0}")]
    OverBudget(Limit),
    /// The recipe does not fit the picture.
    #[error("the recipe does not fit: {0}")]
    Recipe(&'static str),
}

/// Renders a picture.
///
/// # Errors
/// [`RenderError`]; never for an accepted picture, but for [`RenderError::OverBudget`] and [`RenderError::Recipe`].
pub fn render(
    encoding: Encoding,
    bytes: &[u8],
    recipe: &Recipe,
    budget: &Budget,
) -> Result<Vec<u8>, RenderError> {
    let header = header::read(encoding, bytes)?;
    recipe.check(&header)?;
    budget.check(&header, recipe)?;
    let mut picture = decode(encoding, bytes)?;
    picture.apply_orientation(
        Orientation::from_exif(header.orientation).unwrap_or(Orientation::NoTransforms),
    );
    budget.check_time()?;
    let crop = recipe.crop;
    let cropped = picture.crop_imm(crop.x, crop.y, crop.width, crop.height);
    let resized = cropped.resize_exact(recipe.width, recipe.height, FilterType::Lanczos3);
    budget.check_time()?;
    let upright = turn(resized, recipe);
    encode::encode(&reduce(upright, recipe.colour), recipe.output)
}

fn decode(encoding: Encoding, bytes: &[u8]) -> Result<DynamicImage, Damage> {
    let input = Cursor::new(bytes);
    Ok(match encoding {
        Encoding::Jpeg => first_frame(JpegDecoder::new(input)?)?,
        Encoding::Png => first_frame(PngDecoder::new(input)?)?,
        Encoding::Webp => first_frame(WebPDecoder::new(input)?)?,
        Encoding::Gif => first_frame(GifDecoder::new(input)?)?,
    })
}

/// The most that a decoder may allocate, in bytes: 100 megapixels of 16-bit RGBA.
const MAX_ALLOCATION: u64 = 800_000_000;

fn first_frame(mut decoder: impl ImageDecoder) -> Result<DynamicImage, Damage> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    decoder.set_limits(limits)?;
    Ok(DynamicImage::from_decoder(decoder)?)
}

fn turn(picture: DynamicImage, recipe: &Recipe) -> DynamicImage {
    let mirrored = if recipe.mirror {
        picture.fliph()
    } else {
        picture
    };
    match recipe.turn {
        Turn::None => mirrored,
        Turn::Quarter => mirrored.rotate90(),
        Turn::Half => mirrored.rotate180(),
        Turn::ThreeQuarters => mirrored.rotate270(),
    }
}

fn reduce(picture: DynamicImage, colour: Colour) -> DynamicImage {
    match colour {
        Colour::Colour => picture,
        Colour::Grey => picture.grayscale(),
        Colour::Bitonal => {
            let mut grey = encode::on_white(&picture).to_luma8();
            image::imageops::dither(&mut grey, &image::imageops::BiLevel);
            grey.into()
        }
    }
}
