//! Decodes every pixel of an image and throws it away: the proof that a viewer's decoder will not fail.
//!
//! Memory is bounded by one frame (JPEG, WebP), one row (PNG) or one frame's indices (GIF). The caller has
//! compared the header's pixels with its limit.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder, Limits};

use crate::{Damage, Encoding};

/// The most that a decoder may allocate for itself, in bytes: a progressive JPEG of 100 megapixels keeps 600 MB
/// of coefficients (100 M × 3 components × 2 bytes); 16-bit PNG rows and WebP frames stay below.
const MAX_ALLOCATION: u64 = 1 << 30;

/// Decodes all of it.
///
/// # Errors
/// [`Damage`] when any part cannot be decoded.
pub fn verify(encoding: Encoding, bytes: &[u8]) -> Result<(), Damage> {
    match encoding {
        Encoding::Jpeg => whole(JpegDecoder::new(Cursor::new(bytes))?),
        Encoding::Png => png_rows(bytes),
        Encoding::Webp => webp(bytes),
        Encoding::Gif => gif_frames(bytes),
    }
}

fn whole(mut decoder: impl ImageDecoder) -> Result<(), Damage> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    decoder.set_limits(limits)?;
    let bytes = usize::try_from(decoder.total_bytes())
        .map_err(|error| Damage::Malformed(Box::new(error)))?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels)?;
    Ok(())
}

fn webp(bytes: &[u8]) -> Result<(), Damage> {
    let decoder = WebPDecoder::new(Cursor::new(bytes))?;
    if !decoder.has_animation() {
        return whole(decoder);
    }
    for frame in decoder.into_frames() {
        frame?;
    }
    Ok(())
}

fn png_rows(bytes: &[u8]) -> Result<(), Damage> {
    let malformed = |error: png::DecodingError| match error {
        png::DecodingError::LimitsExceeded => Damage::Memory,
        png::DecodingError::IoError(_)
        | png::DecodingError::Format(_)
        | png::DecodingError::Parameter(_) => Damage::Malformed(Box::new(error)),
    };
    let limit = usize::try_from(MAX_ALLOCATION).unwrap_or(usize::MAX);
    let decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: limit });
    let mut reader = decoder.read_info().map_err(malformed)?;
    while reader.next_row().map_err(malformed)?.is_some() {}
    let more = reader
        .info()
        .animation_control()
        .map_or(0, |animation| animation.num_frames);
    for _ in 1..more {
        reader.next_frame_info().map_err(malformed)?;
        while reader.next_row().map_err(malformed)?.is_some() {}
    }
    reader.finish().map_err(malformed)
}

fn gif_frames(bytes: &[u8]) -> Result<(), Damage> {
    let malformed = |error: gif::DecodingError| Damage::Malformed(Box::new(error));
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.set_memory_limit(gif::MemoryLimit::Bytes(
        std::num::NonZeroU64::new(MAX_ALLOCATION).unwrap_or(std::num::NonZeroU64::MIN),
    ));
    let mut decoder = options.read_info(bytes).map_err(malformed)?;
    while decoder.read_next_frame().map_err(malformed)?.is_some() {}
    Ok(())
}
