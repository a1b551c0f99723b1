//! The last step: pixels become a file.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, RgbaImage};

use crate::Damage;

use super::{Output, RenderError};

pub(super) fn encode(picture: &DynamicImage, output: Output) -> Result<Vec<u8>, RenderError> {
    let mut file = Cursor::new(Vec::new());
    let done = match output {
        Output::Jpeg { quality } => {
            let encoder = JpegEncoder::new_with_quality(&mut file, quality);
            if let DynamicImage::ImageLuma8(grey) = picture {
                grey.write_with_encoder(encoder)
            } else {
                on_white(picture).write_with_encoder(encoder)
            }
        }
        Output::Png => eight_bits(picture).write_with_encoder(PngEncoder::new(&mut file)),
        Output::Webp { .. } => picture
            .to_rgba8()
            .write_with_encoder(WebPEncoder::new_lossless(&mut file)),
        Output::Gif => {
            let mut encoder = GifEncoder::new_with_speed(&mut file, 10);
            encoder.encode_frame(image::Frame::new(picture.to_rgba8()))
        }
        Output::Avif { .. } => return Err(RenderError::Unsupported("AVIF output")),
    };
    done.map_err(Damage::from)?;
    Ok(file.into_inner())
}

/// Without alpha: what is see-through becomes white.
pub(super) fn on_white(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8().into();
    }
    let mut white = RgbaImage::from_pixel(
        picture.width(),
        picture.height(),
        image::Rgba([255, 255, 255, 255]),
    );
    image::imageops::overlay(&mut white, &picture.to_rgba8(), 0, 0);
    DynamicImage::from(white).to_rgb8().into()
}

fn eight_bits(picture: &DynamicImage) -> DynamicImage {
    let color = picture.color();
    if color.bytes_per_pixel() == color.channel_count() {
        picture.clone()
    } else if color.has_alpha() {
        picture.to_rgba8().into()
    } else {
        picture.to_rgb8().into()
    }
}
