//! Decodes WebP with libwebp: its header, and animations, which libwebp's own player composes (blending, disposal).

#![allow(unsafe_code, reason = "libwebp is a C library")]

use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

use libwebp_sys::{
    VP8StatusCode, WEBP_CSP_MODE, WebPAnimDecoder, WebPAnimDecoderDelete, WebPAnimDecoderGetInfo,
    WebPAnimDecoderGetNext, WebPAnimDecoderHasMoreFrames, WebPAnimDecoderNew,
    WebPAnimDecoderOptions, WebPAnimDecoderOptionsInit, WebPAnimInfo, WebPBitstreamFeatures,
    WebPData, WebPGetFeatures,
};

use super::Shown;
use crate::Damage;

/// The bytes per pixel of the canvas.
const PIXEL: usize = 4;

/// Reads what precedes the pixels: size (of the canvas, for an animation), and whether there is alpha or animation.
///
/// # Errors
/// [`Damage`] when the bytes do not begin a WebP file.
pub(crate) fn features(bytes: &[u8]) -> Result<WebPBitstreamFeatures, Damage> {
    let mut features = std::mem::MaybeUninit::<WebPBitstreamFeatures>::zeroed();
    // SAFETY: the bytes are there for the call, and the struct, plain numbers, may be zero.
    let (status, features) = unsafe {
        let status = WebPGetFeatures(bytes.as_ptr(), bytes.len(), features.as_mut_ptr());
        (status, features.assume_init())
    };
    checked(status)?;
    Ok(features)
}

/// Converts libwebp's status code.
///
/// # Errors
/// [`Damage`] for every status except OK.
pub(crate) fn checked(status: VP8StatusCode) -> Result<(), Damage> {
    match status {
        VP8StatusCode::VP8_STATUS_OK => Ok(()),
        VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => Err(Damage::Memory),
        VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA => Err(Damage::Truncated),
        VP8StatusCode::VP8_STATUS_INVALID_PARAM
        | VP8StatusCode::VP8_STATUS_BITSTREAM_ERROR
        | VP8StatusCode::VP8_STATUS_UNSUPPORTED_FEATURE
        | VP8StatusCode::VP8_STATUS_SUSPENDED
        | VP8StatusCode::VP8_STATUS_USER_ABORT => {
            Err(Damage::Malformed(format!("libwebp: {status:?}").into()))
        }
    }
}

/// An animation that is being played. Only its two canvases grow with the size of the picture.
pub(crate) struct Player<'a> {
    decoder: NonNull<WebPAnimDecoder>,
    width: u32,
    canvas_bytes: usize,
    /// How many times the animation is shown; 0 means for ever.
    pub(crate) plays: u16,
    /// The time at which the next frame is shown. libwebp adds up durations in the same integer type, and wraps.
    milliseconds: i32,
    /// Keeps the bytes borrowed, as libwebp holds a pointer into them.
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Player<'a> {
    /// Reads the file's structure to its end. The caller must have compared the canvas with its limit.
    ///
    /// # Errors
    /// [`Damage`] when the file is not an animation, or when there is no memory for the canvases.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Damage> {
        let data = WebPData {
            bytes: bytes.as_ptr(),
            size: bytes.len(),
        };
        let mut options = std::mem::MaybeUninit::<WebPAnimDecoderOptions>::zeroed();
        let mut info = std::mem::MaybeUninit::<WebPAnimInfo>::zeroed();
        // SAFETY: the structs are plain numbers, zero is one of the colour modes, and libwebp copies them; it keeps a
        // pointer to the bytes, which outlive the player.
        let (decoder, info) = unsafe {
            let is_ready = WebPAnimDecoderOptionsInit(options.as_mut_ptr()) != 0;
            let mut options = options.assume_init();
            options.color_mode = WEBP_CSP_MODE::MODE_RGBA;
            let decoder = if is_ready {
                WebPAnimDecoderNew(&raw const data, &raw const options)
            } else {
                null_mut()
            };
            WebPAnimDecoderGetInfo(decoder, info.as_mut_ptr());
            (decoder, info.assume_init())
        };
        let malformed = || Damage::Malformed("libwebp: not an animation".into());
        let decoder = NonNull::new(decoder).ok_or_else(malformed)?;
        let side = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self {
            decoder,
            width: info.canvas_width,
            canvas_bytes: side(info.canvas_width)
                .saturating_mul(side(info.canvas_height))
                .saturating_mul(PIXEL),
            plays: u16::try_from(info.loop_count).unwrap_or(u16::MAX),
            milliseconds: 0,
            bytes: PhantomData,
        })
    }

    /// Decodes the next frame. Returns `None` after the last.
    ///
    /// # Errors
    /// [`Damage`] when the frame cannot be decoded completely.
    pub(crate) fn next(&mut self) -> Result<Option<Shown<'_>>, Damage> {
        let mut canvas = null_mut();
        let mut until = 0;
        // SAFETY: the decoder is alive. The canvas belongs to it and is valid until the next call or its end; it has as
        // many bytes as its sides require.
        let pixels = unsafe {
            if WebPAnimDecoderHasMoreFrames(self.decoder.as_ptr()) == 0 {
                return Ok(None);
            }
            let decoder = self.decoder.as_ptr();
            let is_decoded = WebPAnimDecoderGetNext(decoder, &raw mut canvas, &raw mut until) != 0;
            if !is_decoded || canvas.is_null() {
                return Err(Damage::Malformed("libwebp: a damaged frame".into()));
            }
            std::slice::from_raw_parts(canvas, self.canvas_bytes)
        };
        let milliseconds = until.wrapping_sub(self.milliseconds);
        self.milliseconds = until;
        Ok(Some(Shown {
            width: self.width,
            pixels,
            milliseconds: u32::try_from(milliseconds).unwrap_or(0),
        }))
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `WebPAnimDecoderNew`, deleted once.
        unsafe { WebPAnimDecoderDelete(self.decoder.as_ptr()) }
    }
}
