//! Encodes lossy WebP with libwebp, still and animated.

#![allow(unsafe_code, reason = "libwebp is a C library")]

mod animation;
mod coverage;

use std::ptr::null_mut;

use libwebp_sys::{
    WebPCleanupTransparentArea, WebPConfig, WebPEncCSP, WebPEncode, WebPMemoryWrite,
    WebPMemoryWriter, WebPMemoryWriterClear, WebPMemoryWriterInit, WebPPicture, WebPPictureFree,
    WebPPictureImportBGRX, WebPPictureImportRGB, WebPPictureImportRGBA,
};

use super::super::RenderError;
use super::super::picture::{Layout, Picture, byte_count};
use super::super::raster::Raster;
use super::failed;
use crate::container;

pub(super) use animation::Animation;

/// libwebp's effort, 0 to 6: its own default, and sharp's. With 2, photos of 1,280 pixels take less than half the time and 7
/// to 20 % more bytes at the same SSIM, which every viewer would pay for; 3 saves no time.
const METHOD: i32 = 4;

/// libwebp's own default divides a picture into four segments, and gives more bytes to those that seem to need them. With
/// one segment for all it is done in 0.9 of the time, and photos of 1,280 pixels take 5 % fewer bytes at the same score of
/// SSIMULACRA 2, as many as 6 % fewer or 3 % more at the same SSIM. Pages take 7 % more at the same quality, and 2 % fewer at
/// the same score.
const SEGMENTS: i32 = 1;

/// The strength, 0 to 100, with which libwebp takes bytes from where it believes that nobody looks. See [`SEGMENTS`].
const NOISE_SHAPING: i32 = 0;

pub(super) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    let mut input = Input::of(picture, Colours::Yuv)?;
    if !input.is_see_through() {
        return write(input, &config(quality)?);
    }
    let coverage = coverage::encode(picture)?;
    input.uncover();
    let colours = write(input, &config(quality)?)?;
    container::webp_of(picture.width, picture.height, &coverage, &colours)
        .ok_or_else(|| failed("libwebp wrote a file with an unexpected structure"))
}

/// Encodes a page of [`super::super::raster::Samples::Bgrx`] samples.
pub(super) fn encode_bgrx(page: &Raster<'_>, quality: u8) -> Result<Vec<u8>, RenderError> {
    write(Input::of_bgrx(page)?, &config(quality)?)
}

fn write(mut input: Input, config: &WebPConfig) -> Result<Vec<u8>, RenderError> {
    let mut file = File::new();
    input.0.writer = Some(WebPMemoryWrite);
    input.0.custom_ptr = (&raw mut file.0).cast();
    // SAFETY: the picture was imported, and its writer outlives the call.
    let is_done = unsafe { WebPEncode(config, &raw mut input.0) } != 0;
    if !is_done {
        return Err(failed(format!("libwebp: {:?}", input.0.error_code)));
    }
    Ok(file.bytes().to_vec())
}

fn config(quality: u8) -> Result<WebPConfig, RenderError> {
    let mut config = WebPConfig::new().map_err(|()| failed("libwebp's version"))?;
    config.quality = f32::from(quality);
    config.method = METHOD;
    config.segments = SEGMENTS;
    config.sns_strength = NOISE_SHAPING;
    Ok(config)
}

/// The form in which libwebp holds the pixels: `Yuv` for lossy files, `Argb` to compare frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colours {
    Yuv,
    Argb,
}

/// A picture owned by libwebp, which is freed on drop.
struct Input(WebPPicture);

impl Input {
    fn of(picture: &Picture, colours: Colours) -> Result<Self, RenderError> {
        let mut input = Self(WebPPicture::new().map_err(|()| failed("libwebp's version"))?);
        input.0.use_argb = i32::from(colours == Colours::Argb);
        let number = |value: usize| i32::try_from(value).map_err(failed);
        input.0.width = i32::try_from(picture.width).map_err(failed)?;
        input.0.height = i32::try_from(picture.height).map_err(failed)?;
        let stride = |layout| number(byte_count(picture.width, 1, layout)?);
        let grey;
        let (pixels, layout) = match picture.layout {
            Layout::Rgb | Layout::Rgba => (&picture.pixels, picture.layout),
            Layout::Grey | Layout::Cmyk => {
                grey = picture.pixels.iter().flat_map(|grey| [*grey; 3]).collect();
                (&grey, Layout::Rgb)
            }
        };
        if pixels.len() != byte_count(picture.width, picture.height, layout)? {
            return Err(failed("pixels that are not a picture"));
        }
        // SAFETY: there are as many bytes as the size and the stride say; libwebp copies them.
        let is_imported = unsafe {
            if layout == Layout::Rgba {
                WebPPictureImportRGBA(&raw mut input.0, pixels.as_ptr(), stride(layout)?)
            } else {
                WebPPictureImportRGB(&raw mut input.0, pixels.as_ptr(), stride(layout)?)
            }
        } != 0;
        is_imported
            .then_some(input)
            .ok_or_else(|| failed("libwebp is out of memory"))
    }
}

impl Input {
    /// The caller must have checked the number of pixels.
    fn of_bgrx(page: &Raster<'_>) -> Result<Self, RenderError> {
        let mut input = Self(WebPPicture::new().map_err(|()| failed("libwebp's version"))?);
        input.0.use_argb = 0;
        input.0.width = i32::try_from(page.width).map_err(failed)?;
        input.0.height = i32::try_from(page.height).map_err(failed)?;
        let stride = i32::try_from(page.stride).map_err(failed)?;
        // SAFETY: there are as many bytes as the size and the stride say; libwebp copies them.
        let is_imported =
            unsafe { WebPPictureImportBGRX(&raw mut input.0, page.pixels.as_ptr(), stride) } != 0;
        is_imported
            .then_some(input)
            .ok_or_else(|| failed("libwebp is out of memory"))
    }

    /// Returns whether any pixel is not opaque, of a picture that was imported with alpha.
    fn is_see_through(&self) -> bool {
        self.0.colorspace == WebPEncCSP::WEBP_YUV420A
    }

    /// Removes the alpha channel and keeps the colours as libwebp would write them: invisible ones are replaced with
    /// the cheapest.
    fn uncover(&mut self) {
        // SAFETY: the picture was imported.
        unsafe { WebPCleanupTransparentArea(&raw mut self.0) };
        self.0.colorspace = WebPEncCSP::WEBP_YUV420;
        // libwebp looks at this pointer; the memory is freed with that of the colours.
        self.0.a = null_mut();
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: initialised by `WebPPicture::new`; freeing twice or nothing is allowed.
        unsafe { WebPPictureFree(&raw mut self.0) }
    }
}

/// The output buffer that libwebp writes to, which is freed on drop.
struct File(WebPMemoryWriter);

impl File {
    fn new() -> Self {
        let mut writer = WebPMemoryWriter {
            mem: null_mut(),
            size: 0,
            max_size: 0,
            pad: [0],
        };
        // SAFETY: the writer is a plain struct.
        unsafe { WebPMemoryWriterInit(&raw mut writer) };
        Self(writer)
    }

    fn bytes(&self) -> &[u8] {
        if self.0.mem.is_null() {
            return &[];
        }
        // SAFETY: libwebp wrote this many bytes there, and they stay until they are cleared.
        unsafe { std::slice::from_raw_parts(self.0.mem, self.0.size) }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: initialised by `WebPMemoryWriterInit`.
        unsafe { WebPMemoryWriterClear(&raw mut self.0) }
    }
}
