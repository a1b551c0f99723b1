//! Lossy WebP by libwebp, still and animated.

#![allow(unsafe_code, reason = "libwebp is a C library")]

use std::ptr::{null, null_mut};

use libwebp_sys::{
    WEBP_MUX_ABI_VERSION, WebPAnimEncoder, WebPAnimEncoderAdd, WebPAnimEncoderAssemble,
    WebPAnimEncoderDelete, WebPAnimEncoderNewInternal, WebPAnimEncoderOptions,
    WebPAnimEncoderOptionsInitInternal, WebPConfig, WebPData, WebPDataClear, WebPEncode,
    WebPMemoryWrite, WebPMemoryWriter, WebPMemoryWriterClear, WebPMemoryWriterInit, WebPPicture,
    WebPPictureFree, WebPPictureImportBGRX, WebPPictureImportRGB, WebPPictureImportRGBA,
};

use super::super::RenderError;
use super::super::picture::{Layout, Picture, byte_count};
use super::super::raster::Raster;
use super::failed;

/// libwebp's effort, 0 to 6: its own default, and sharp's.
const METHOD: i32 = 4;

pub(super) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    write(Input::of(picture, Colours::Yuv)?, &config(quality)?)
}

/// Its samples are [`super::super::raster::Samples::Bgrx`].
pub(super) fn encode_bgrx(page: &Raster<'_>, quality: u8) -> Result<Vec<u8>, RenderError> {
    write(Input::of_bgrx(page)?, &config(quality)?)
}

fn write(mut input: Input, config: &WebPConfig) -> Result<Vec<u8>, RenderError> {
    let mut file = File::new();
    input.0.writer = Some(WebPMemoryWrite);
    input.0.custom_ptr = (&raw mut file.0).cast();
    // SAFETY: the picture was imported, and the writer that it names outlives the call.
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
    Ok(config)
}

/// How libwebp keeps the pixels: as lossy files do, or as it compares frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colours {
    Yuv,
    Argb,
}

/// libwebp's picture; frees what it allocated.
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
        // SAFETY: there are as many bytes as the sides and the stride say; libwebp copies them.
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
    /// The caller has counted the pixels.
    fn of_bgrx(page: &Raster<'_>) -> Result<Self, RenderError> {
        let mut input = Self(WebPPicture::new().map_err(|()| failed("libwebp's version"))?);
        input.0.use_argb = 0;
        input.0.width = i32::try_from(page.width).map_err(failed)?;
        input.0.height = i32::try_from(page.height).map_err(failed)?;
        let stride = i32::try_from(page.stride).map_err(failed)?;
        // SAFETY: there are as many bytes as the sides and the stride say; libwebp copies them.
        let is_imported =
            unsafe { WebPPictureImportBGRX(&raw mut input.0, page.pixels.as_ptr(), stride) } != 0;
        is_imported
            .then_some(input)
            .ok_or_else(|| failed("libwebp is out of memory"))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: initialised by `WebPPicture::new`; freeing twice or nothing is allowed.
        unsafe { WebPPictureFree(&raw mut self.0) }
    }
}

/// What libwebp writes to; frees it.
struct File(WebPMemoryWriter);

impl File {
    fn new() -> Self {
        let mut writer = WebPMemoryWriter {
            mem: null_mut(),
            size: 0,
            max_size: 0,
            pad: [0],
        };
        // SAFETY: a plain struct.
        unsafe { WebPMemoryWriterInit(&raw mut writer) };
        Self(writer)
    }

    fn bytes(&self) -> &[u8] {
        if self.0.mem.is_null() {
            return &[];
        }
        // SAFETY: libwebp wrote so many bytes there, and they stay until they are cleared.
        unsafe { std::slice::from_raw_parts(self.0.mem, self.0.size) }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: initialised by `WebPMemoryWriterInit`.
        unsafe { WebPMemoryWriterClear(&raw mut self.0) }
    }
}

/// Frames of one size.
pub(in super::super) struct Animation {
    encoder: *mut WebPAnimEncoder,
    config: WebPConfig,
    /// When the next frame is shown.
    milliseconds: i32,
}

impl Animation {
    /// Shown `loops` times, 0 for ever.
    pub(super) fn new(
        width: u32,
        height: u32,
        loops: u16,
        quality: u8,
    ) -> Result<Self, RenderError> {
        let config = config(quality)?;
        let side = |length| i32::try_from(length).map_err(failed);
        let (width, height) = (side(width)?, side(height)?);
        let abi = i32::try_from(WEBP_MUX_ABI_VERSION).map_err(failed)?;
        let mut options = std::mem::MaybeUninit::<WebPAnimEncoderOptions>::zeroed();
        // SAFETY: the options are plain numbers that the first call fills in, and the second copies.
        let encoder = unsafe {
            WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), abi);
            let mut options = options.assume_init();
            options.anim_params.loop_count = i32::from(loops);
            WebPAnimEncoderNewInternal(width, height, &raw const options, abi)
        };
        if encoder.is_null() {
            return Err(failed("libwebp is out of memory"));
        }
        Ok(Self {
            encoder,
            config,
            milliseconds: 0,
        })
    }

    pub(super) fn push(&mut self, picture: &Picture, milliseconds: u32) -> Result<(), RenderError> {
        let mut input = Input::of(picture, Colours::Argb)?;
        // SAFETY: encoder, picture and configuration are alive; the encoder copies the pixels.
        let is_added = unsafe {
            WebPAnimEncoderAdd(
                self.encoder,
                &raw mut input.0,
                self.milliseconds,
                &raw const self.config,
            )
        } != 0;
        self.milliseconds = i32::try_from(milliseconds)
            .unwrap_or(i32::MAX)
            .saturating_add(self.milliseconds);
        is_added
            .then_some(())
            .ok_or_else(|| failed("libwebp refused a frame"))
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, RenderError> {
        let mut data = WebPData {
            bytes: null(),
            size: 0,
        };
        // SAFETY: no picture ends the animation at that time; the data is libwebp's until it is cleared, once.
        unsafe {
            let is_done = WebPAnimEncoderAdd(self.encoder, null_mut(), self.milliseconds, null())
                != 0
                && WebPAnimEncoderAssemble(self.encoder, &raw mut data) != 0;
            let file = if is_done && !data.bytes.is_null() {
                std::slice::from_raw_parts(data.bytes, data.size).to_vec()
            } else {
                Vec::new()
            };
            WebPDataClear(&mut data);
            (!file.is_empty())
                .then_some(file)
                .ok_or_else(|| failed("libwebp refused the animation"))
        }
    }
}

impl Drop for Animation {
    fn drop(&mut self) {
        // SAFETY: made by `WebPAnimEncoderNew`, deleted once.
        unsafe { WebPAnimEncoderDelete(self.encoder) }
    }
}
