//! Pictures for tests, generated when needed.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};

/// Makes a gradient of this size; a different `shade` makes a different file.
///
/// # Errors
/// Fails if it cannot be encoded in that format.
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

/// Makes a picture of this size whose bytes no other test uploads: while a media is suspended, its bytes are blocked for
/// the whole stack.
///
/// # Errors
/// Fails if it cannot be encoded in that format.
pub fn unlike_any(
    format: ImageFormat,
    width: u32,
    height: u32,
) -> Result<Vec<u8>, image::ImageError> {
    let shades: [u8; 3] = rand::random();
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let noise = if y == 0 { rand::random() } else { 0 };
        let [red, green, blue] = shades;
        let along = u8::try_from(x % 256).unwrap_or(0);
        image::Rgb([red ^ along, green ^ noise, blue])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// Makes a JPEG with an EXIF block of this orientation (1 to 8) that contains the place `35.6586N 139.7454E`.
///
/// # Errors
/// Fails if it cannot be encoded.
pub fn gps_photo(orientation: u8) -> Result<Vec<u8>, image::ImageError> {
    let plain = picture(ImageFormat::Jpeg, 24, 16, 50)?;
    let tiff = [
        &b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"[..],
        &[orientation, 0, 0, 0, 0, 0, 0, 0],
        b"35.6586N 139.7454E",
    ]
    .concat();
    let length = u16::try_from(tiff.len() + 2)
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let (start, rest) = plain.split_at(2);
    Ok([start, &[0xFF, 0xE1], &length, &tiff, rest].concat())
}

/// The content of the blocks of a [`progressive_jpeg`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Noise as fine as pixels: the first scan is a small part of the file.
    Fine,
    /// One colour per block: the first scan is most of the file.
    Plain,
}

/// Makes a square progressive JPEG.
///
/// # Errors
/// Fails if it cannot be encoded.
pub fn progressive_jpeg(side: u16, blocks: Blocks) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    let mut state = 0x9E37_79B9_u32;
    let mut noise = move |x: u32, y: u32| match blocks {
        Blocks::Fine => {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        }
        Blocks::Plain => ((x / 16) * 7_919 + (y / 16) * 104_729).wrapping_mul(2_654_435_761),
    };
    let side_u32 = u32::from(side);
    let pixels: Vec<u8> = (0..side_u32)
        .flat_map(|y| (0..side_u32).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let [_, red, green, blue] = noise(x, y).to_be_bytes();
            [red, green, blue]
        })
        .collect();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 85);
    encoder.set_progressive(true);
    encoder.encode(&pixels, side, side, jpeg_encoder::ColorType::Rgb)?;
    Ok(file)
}

/// Makes a square PNG whose file is as large as its pixels: 3 × `side`² bytes and a little.
///
/// # Errors
/// Fails if it cannot be encoded.
pub fn uncompressed_png(side: u32) -> Result<Vec<u8>, image::ImageError> {
    let low = |value: u32| u8::try_from(value % 251).unwrap_or(0);
    // The pixels differ, so that a part of the file in the wrong place is noticed.
    let pixels = RgbImage::from_fn(side, side, |x, y| {
        image::Rgb([low(x / 64), low(y / 64), low(x / 64 + y)])
    });
    let mut file = Vec::with_capacity(pixels.len() + pixels.len() / 1_000 + 100_000);
    PngEncoder::new_with_quality(
        &mut file,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    )
    .write_image(&pixels, side, side, ExtendedColorType::Rgb8)?;
    Ok(file)
}

/// Makes a PNG of a few hundred bytes whose header promises this many pixels.
///
/// # Errors
/// Fails if it cannot be encoded.
pub fn png_that_promises(width: u32, height: u32) -> Result<Vec<u8>, image::ImageError> {
    let mut file = picture(ImageFormat::Png, 1, 1, 0)?;
    // The signature is followed by the IHDR chunk: its length, its name, its data, its CRC-32.
    let mut said = [&b"IHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
    said.extend(file.iter().skip(24).take(5));
    let sum = crc32fast::hash(&said).to_be_bytes();
    file.splice(12..33, said.into_iter().chain(sum));
    Ok(file)
}

/// Makes a grey PNG of 1 bit per pixel, all of one value: a valid picture whose file has a thousandth as many bytes as
/// it has pixels.
///
/// # Errors
/// Fails if it cannot be encoded.
pub fn blank_png(width: u32, height: u32) -> Result<Vec<u8>, image::ImageError> {
    let mut file = Vec::new();
    let row = usize::try_from(width.div_ceil(8)).unwrap_or_default();
    let pixels = vec![0; row * usize::try_from(height).unwrap_or_default()];
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| image::ImageError::IoError(std::io::Error::other(error)))?;
    Ok(file)
}
