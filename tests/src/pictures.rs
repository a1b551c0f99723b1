//! Pictures for tests, made on the spot.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

/// A gradient of this size; another `shade` makes another file.
///
/// # Errors
/// When it cannot be encoded in that format.
pub fn picture(
    format: ImageFormat,
    width: u32,
    height: u32,
    shade: u8,
) -> Result<Vec<u8>, image::ImageError> {
    let low = |value: u32| u8::try_from(value % 256).unwrap_or(0);
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([low(x * 3), low(y * 5), shade])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}
