//! Encodes AVIF with libavif and libaom: a still picture, 4:2:0, without metadata.

#![allow(unsafe_code, reason = "libavif is a C library")]

use libavif_sys::{
    AVIF_PIXEL_FORMAT_YUV400, AVIF_PIXEL_FORMAT_YUV420, AVIF_RESULT_OK, AVIF_RGB_FORMAT_RGB,
    AVIF_RGB_FORMAT_RGBA, avifEncoder, avifEncoderCreate, avifEncoderDestroy, avifEncoderWrite,
    avifImage, avifImageAllocatePlanes, avifImageCreate, avifImageDestroy, avifImageRGBToYUV,
    avifRGBImage, avifRGBImageSetDefaults, avifRWData, avifRWDataFree, avifResult,
};

use super::super::RenderError;
use super::super::picture::{Layout, Picture, byte_count};
use super::failed;

/// libaom's speed, 0 to 10: the fastest at which a small picture is as close to its source as with sharp's default.
const SPEED: i32 = 6;

/// sRGB in ITU-T H.273: BT.709 primaries, its own curve, and BT.601's matrix, as in JPEG.
const PRIMARIES: u16 = 1;
const TRANSFER: u16 = 13;
const MATRIX: u16 = 6;

/// `avifPlanesFlag`: luma and chroma.
const PLANES_YUV: u32 = 1;

pub(super) fn encode(mut picture: Picture, quality: u8) -> Result<Vec<u8>, RenderError> {
    let size = byte_count(picture.width, picture.height, picture.layout)?;
    if picture.pixels.len() != size {
        return Err(failed("pixels that are not a picture"));
    }
    let image = Image::of(&mut picture)?;
    // SAFETY: the encoder is created, used and destroyed here and in `drop`; the fields are numbers.
    let encoder = unsafe {
        let encoder = avifEncoderCreate();
        if encoder.is_null() {
            return Err(failed("libavif is out of memory"));
        }
        (*encoder).maxThreads = 1;
        (*encoder).speed = SPEED;
        (*encoder).quality = i32::from(quality);
        (*encoder).qualityAlpha = i32::from(quality);
        Encoder(encoder)
    };
    let mut file = File(avifRWData {
        data: std::ptr::null_mut(),
        size: 0,
    });
    // SAFETY: all three are alive; libavif allocates its output.
    checked(unsafe { avifEncoderWrite(encoder.0, image.0, &raw mut file.0) })?;
    file.bytes()
}

/// libavif's picture.
struct Image(*mut avifImage);

impl Image {
    fn of(picture: &mut Picture) -> Result<Self, RenderError> {
        let is_grey = picture.layout == Layout::Grey;
        let format = if is_grey {
            AVIF_PIXEL_FORMAT_YUV400
        } else {
            AVIF_PIXEL_FORMAT_YUV420
        };
        // SAFETY: sides and depth are within the format's limits; a null pointer is checked.
        let image = unsafe {
            let image = avifImageCreate(picture.width, picture.height, 8, format);
            if image.is_null() {
                return Err(failed("libavif is out of memory"));
            }
            (*image).colorPrimaries = PRIMARIES;
            (*image).transferCharacteristics = TRANSFER;
            (*image).matrixCoefficients = MATRIX;
            Self(image)
        };
        if is_grey {
            image.copy_luma(picture)?;
        } else {
            image.convert(picture)?;
        }
        Ok(image)
    }

    fn copy_luma(&self, picture: &Picture) -> Result<(), RenderError> {
        let columns = byte_count(picture.width, 1, Layout::Grey)?;
        // SAFETY: libavif allocates `yuvRowBytes` bytes, at least the pixels of a row, for each of the picture's rows.
        unsafe {
            checked(avifImageAllocatePlanes(self.0, PLANES_YUV))?;
            let stride = usize::try_from((*self.0).yuvRowBytes[0]).map_err(failed)?;
            let mut row = (*self.0).yuvPlanes[0];
            for pixels in picture.pixels.chunks_exact(columns) {
                std::ptr::copy_nonoverlapping(pixels.as_ptr(), row, columns);
                row = row.wrapping_add(stride);
            }
        }
        Ok(())
    }

    fn convert(&self, picture: &mut Picture) -> Result<(), RenderError> {
        let stride = byte_count(picture.width, 1, picture.layout)?;
        let mut pixels = std::mem::MaybeUninit::<avifRGBImage>::zeroed();
        // SAFETY: the struct may be zero; the pixels, as many as sides and stride require, are only read and copied.
        unsafe {
            avifRGBImageSetDefaults(pixels.as_mut_ptr(), self.0);
            let mut pixels = pixels.assume_init();
            pixels.format = if picture.layout == Layout::Rgba {
                AVIF_RGB_FORMAT_RGBA
            } else {
                AVIF_RGB_FORMAT_RGB
            };
            pixels.pixels = picture.pixels.as_mut_ptr();
            pixels.rowBytes = u32::try_from(stride).map_err(failed)?;
            checked(avifImageRGBToYUV(self.0, &raw const pixels))
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // SAFETY: made by `avifImageCreate`, destroyed once.
        unsafe { avifImageDestroy(self.0) }
    }
}

struct Encoder(*mut avifEncoder);

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by `avifEncoderCreate`, destroyed once.
        unsafe { avifEncoderDestroy(self.0) }
    }
}

/// The buffer that libavif writes to.
struct File(avifRWData);

impl File {
    fn bytes(&self) -> Result<Vec<u8>, RenderError> {
        if self.0.data.is_null() {
            return Err(failed("libavif wrote nothing"));
        }
        // SAFETY: libavif wrote this many bytes there, and they stay until they are freed.
        Ok(unsafe { std::slice::from_raw_parts(self.0.data, self.0.size) }.to_vec())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the buffer is zero, or was allocated by libavif.
        unsafe { avifRWDataFree(&raw mut self.0) }
    }
}

fn checked(result: avifResult) -> Result<(), RenderError> {
    if result == AVIF_RESULT_OK {
        Ok(())
    } else {
        Err(failed(format!("libavif's result {result}")))
    }
}
