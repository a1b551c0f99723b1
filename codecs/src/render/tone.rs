//! Converts to shades of grey or to black and white, and flattens transparency on white.

use image::GrayImage;
use image::imageops::{BiLevel, ColorMap, dither};

use super::picture::{Layout, Picture};
use super::{Colour, RenderError};

pub(super) fn tone(picture: Picture, colour: Colour) -> Result<Picture, RenderError> {
    match colour {
        Colour::Colour => Ok(picture),
        Colour::Grey => Ok(grey(picture)),
        Colour::Bitonal => {
            let Picture {
                width,
                height,
                pixels,
                ..
            } = grey(on_white(picture));
            let mut image = GrayImage::from_raw(width, height, pixels)
                .ok_or(RenderError::Recipe("the picture is too large"))?;
            if width > 1 && height > 1 {
                dither(&mut image, &BiLevel);
            } else {
                // Errors spread to the right and down, and `dither` panics if there is no such neighbour.
                image
                    .pixels_mut()
                    .for_each(|pixel| BiLevel.map_color(pixel));
            }
            Ok(Picture {
                width,
                height,
                layout: Layout::Grey,
                pixels: image.into_raw(),
            })
        }
    }
}

/// Removes alpha by drawing the picture on white.
pub(super) fn on_white(picture: Picture) -> Picture {
    on_colour(picture, [255; 3])
}

/// Removes alpha by drawing the picture on a colour, given as red, green and blue.
pub(super) fn on_colour(mut picture: Picture, colour: [u8; 3]) -> Picture {
    if picture.layout != Layout::Rgba {
        return picture;
    }
    picture.layout = Layout::Rgb;
    picture.pixels = picture
        .pixels
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|[red, green, blue, alpha]| {
            let [under_red, under_green, under_blue] = colour;
            [
                cover(*red, under_red, *alpha),
                cover(*green, under_green, *alpha),
                cover(*blue, under_blue, *alpha),
            ]
        })
        .collect();
    picture
}

fn cover(value: u8, under: u8, alpha: u8) -> u8 {
    let [value, under, alpha] = [value, under, alpha].map(u32::from);
    u8::try_from((value * alpha + under * (255 - alpha) + 127) / 255).unwrap_or(255)
}

/// Converts to grey; with alpha, to three equal channels.
fn grey(mut picture: Picture) -> Picture {
    match picture.layout {
        Layout::Grey | Layout::Cmyk => {}
        Layout::Rgb => {
            picture.layout = Layout::Grey;
            picture.pixels = picture
                .pixels
                .as_chunks::<3>()
                .0
                .iter()
                .map(|rgb| luma(*rgb))
                .collect();
        }
        Layout::Rgba => {
            for [red, green, blue, _] in picture.pixels.as_chunks_mut::<4>().0 {
                let value = luma([*red, *green, *blue]);
                (*red, *green, *blue) = (value, value, value);
            }
        }
    }
    picture
}

/// Returns the luma of ITU-R BT.709, whose primaries sRGB shares, with factors in 1/65,536.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 13_933 * u32::from(red) + 46_871 * u32::from(green) + 4_732 * u32::from(blue);
    u8::try_from((sum + 32_768) >> 16).unwrap_or(255)
}
