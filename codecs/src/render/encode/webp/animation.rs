//! Lossy WebP by libwebp, animated.

#![allow(unsafe_code, reason = "libwebp is a C library")]

use std::ptr::{null, null_mut};

use libwebp_sys::{
    WEBP_MUX_ABI_VERSION, WebPAnimEncoder, WebPAnimEncoderAdd, WebPAnimEncoderAssemble,
    WebPAnimEncoderDelete, WebPAnimEncoderNewInternal, WebPAnimEncoderOptions,
    WebPAnimEncoderOptionsInitInternal, WebPConfig, WebPData, WebPDataClear,
};

use super::super::super::RenderError;
use super::super::super::picture::{Layout, Picture};
use super::super::failed;
use super::{Colours, Input, config};

/// Frames of one size.
pub(in super::super::super) struct Animation {
    encoder: *mut WebPAnimEncoder,
    config: WebPConfig,
    /// The start time of the next frame.
    milliseconds: i32,
    /// Whether any frame has an alpha channel.
    is_see_through: bool,
}

/// The transparency flag of `VP8X`, and its position: after RIFF's header of 12 bytes and the chunk's of 8 (RFC 9649,
/// 2.7).
const ALPHA_FLAG: u8 = 0x10;
const EXTENDED: std::ops::Range<usize> = 12..16;
const FLAGS: usize = 20;

impl Animation {
    /// Starts an animation that is shown `loops` times; 0 is forever.
    pub(in super::super) fn new(
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
        // SAFETY: the options are plain numbers, which the first call fills in and the second copies.
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
            is_see_through: false,
        })
    }

    pub(in super::super) fn push(
        &mut self,
        picture: &Picture,
        milliseconds: u32,
    ) -> Result<(), RenderError> {
        self.is_see_through |= picture.layout == Layout::Rgba;
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

    pub(in super::super) fn finish(self) -> Result<Vec<u8>, RenderError> {
        let mut data = WebPData {
            bytes: null(),
            size: 0,
        };
        // SAFETY: adding no picture ends the animation at that time; the data belongs to libwebp until it is cleared,
        // once.
        let file = unsafe {
            let is_done = WebPAnimEncoderAdd(self.encoder, null_mut(), self.milliseconds, null())
                != 0
                && WebPAnimEncoderAssemble(self.encoder, &raw mut data) != 0;
            let file = if is_done && !data.bytes.is_null() {
                std::slice::from_raw_parts(data.bytes, data.size).to_vec()
            } else {
                Vec::new()
            };
            WebPDataClear(&mut data);
            file
        };
        if file.is_empty() {
            return Err(failed("libwebp refused the animation"));
        }
        Ok(self.announce(file))
    }

    /// Sets the transparency flag. libwebp crops a frame to its changed part, and sets the flag only if such a part is
    /// transparent. But areas that no frame covers are transparent, too.
    fn announce(&self, mut file: Vec<u8>) -> Vec<u8> {
        if self.is_see_through
            && file.get(EXTENDED) == Some(b"VP8X".as_slice())
            && let Some(flags) = file.get_mut(FLAGS)
        {
            *flags |= ALPHA_FLAG;
        }
        file
    }
}

impl Drop for Animation {
    fn drop(&mut self) {
        // SAFETY: made by `WebPAnimEncoderNew`, deleted once.
        unsafe { WebPAnimEncoderDelete(self.encoder) }
    }
}
