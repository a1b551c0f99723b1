//! Encodes pixels as a file without any metadata. This is the last step of a rendering.

mod avif;
mod gif;
mod grey;
mod jpeg;
mod png;
mod webp;

use super::picture::{Layout, Picture};
use super::raster::Raster;
use super::tone::on_white;
use super::{Output, RenderError};

pub(crate) fn still(picture: Picture, output: Output) -> Result<Vec<u8>, RenderError> {
    match output {
        Output::Jpeg { quality } => jpeg::encode(&on_white(picture), quality),
        Output::Png => png::encode(&picture),
        Output::Webp { quality } => webp::encode(&picture, quality),
        Output::Gif => gif::encode(picture),
        Output::Avif { quality } => avif::encode(picture, quality),
    }
}

/// Encodes a preview as JPEG.
pub(super) fn preview(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    jpeg::encode_preview(picture, quality)
}

/// Encodes a page that was drawn in greys as JPEG.
pub(super) fn jpeg_of_grey(page: &Raster<'_>, quality: u8) -> Result<Vec<u8>, RenderError> {
    grey::encode(page, quality)
}

/// Encodes a page that was drawn in colours as WebP.
pub(super) fn webp_of_bgrx(page: &Raster<'_>, quality: u8) -> Result<Vec<u8>, RenderError> {
    webp::encode_bgrx(page, quality)
}

/// An animation of frames that all have one size, in an encoding that allows animations.
pub(super) enum Animation {
    Gif(gif::Animation),
    Webp(webp::Animation),
}

impl Animation {
    /// Starts an animation that is shown `loops` times, 0 for ever.
    pub(super) fn new(
        output: Output,
        width: u32,
        height: u32,
        loops: u16,
    ) -> Result<Self, RenderError> {
        match output {
            Output::Gif => gif::Animation::new(width, height, Some(loops)).map(Self::Gif),
            Output::Webp { quality } => {
                webp::Animation::new(width, height, loops, quality).map(Self::Webp)
            }
            Output::Jpeg { .. } | Output::Png | Output::Avif { .. } => {
                Err(RenderError::Unsupported("an animation in this encoding"))
            }
        }
    }

    pub(super) fn push(&mut self, picture: Picture, milliseconds: u32) -> Result<(), RenderError> {
        match self {
            Self::Gif(animation) => animation.push(picture, milliseconds),
            Self::Webp(animation) => animation.push(&picture, milliseconds),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, RenderError> {
        match self {
            Self::Gif(animation) => animation.finish(),
            Self::Webp(animation) => animation.finish(),
        }
    }
}

/// Converts a picture to red, green, blue and alpha.
fn to_rgba(picture: Picture) -> Vec<u8> {
    match picture.layout {
        Layout::Rgba | Layout::Cmyk => picture.pixels,
        Layout::Rgb => {
            let (pixels, _) = picture.pixels.as_chunks::<3>();
            pixels
                .iter()
                .flat_map(|[red, green, blue]| [*red, *green, *blue, 255])
                .collect()
        }
        Layout::Grey => picture
            .pixels
            .iter()
            .flat_map(|grey| [*grey, *grey, *grey, 255])
            .collect(),
    }
}

/// Converts an encoder's error. With our pixels, an encoder fails only if it runs out of memory.
pub(super) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RenderError {
    RenderError::Damage(crate::Damage::Malformed(error.into()))
}
