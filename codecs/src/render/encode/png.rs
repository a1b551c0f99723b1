//! Encodes PNG with 8 bits per channel, or 1 bit if there is only black and white.

use png::{BitDepth, ColorType, Compression, Encoder};

use super::super::RenderError;
use super::super::picture::{Layout, Picture};
use super::failed;

pub(super) fn encode(picture: &Picture) -> Result<Vec<u8>, RenderError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, picture.width, picture.height);
    let is_bitonal = picture.layout == Layout::Grey
        && picture.pixels.iter().all(|pixel| matches!(pixel, 0 | 255));
    encoder.set_color(match picture.layout {
        Layout::Grey => ColorType::Grayscale,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba | Layout::Cmyk => ColorType::Rgba,
    });
    encoder.set_compression(Compression::Balanced);
    if is_bitonal {
        encoder.set_depth(BitDepth::One);
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    if is_bitonal {
        writer.write_image_data(&packed(picture)).map_err(failed)?;
    } else {
        writer.write_image_data(&picture.pixels).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// Packs eight pixels into a byte, leftmost first; each row begins at a byte.
fn packed(picture: &Picture) -> Vec<u8> {
    let columns = usize::try_from(picture.width).unwrap_or(usize::MAX);
    picture
        .pixels
        .chunks(columns)
        .flat_map(|row| row.chunks(8))
        .map(|pixels| {
            pixels
                .iter()
                .zip((0..8).rev())
                .fold(0, |byte, (pixel, bit)| byte | (pixel & 1) << bit)
        })
        .collect()
}
