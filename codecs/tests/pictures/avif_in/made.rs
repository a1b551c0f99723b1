//! AVIF files of all kinds, written and read by libavif. Here it codes 8 bits only; the samples of 10 and 12 bits are
//! files.

#![allow(unsafe_code, reason = "libavif is a C library")]

use image::{Rgba, RgbaImage};
use libavif_sys::{
    AVIF_ADD_IMAGE_FLAG_NONE, AVIF_ADD_IMAGE_FLAG_SINGLE, AVIF_PIXEL_FORMAT_YUV420,
    AVIF_RANGE_FULL, AVIF_RANGE_LIMITED, AVIF_RESULT_OK, AVIF_RGB_FORMAT_RGBA, AVIF_TRANSFORM_CLAP,
    AVIF_TRANSFORM_IMIR, AVIF_TRANSFORM_IROT, avifCleanApertureBox, avifCropRect,
    avifDecoderCreate, avifDecoderDestroy, avifDecoderNextImage, avifDecoderParse,
    avifDecoderSetIOMemory, avifEncoderAddImage, avifEncoderAddImageGrid, avifEncoderCreate,
    avifEncoderDestroy, avifEncoderFinish, avifImage, avifImageCreate, avifImageCreateEmpty,
    avifImageDestroy, avifImageRGBToYUV, avifImageSetMetadataExif, avifImageSetMetadataXMP,
    avifImageSetProfileICC, avifImageSetViewRect, avifImageYUVToRGB, avifPixelFormat, avifRGBImage,
    avifRGBImageSetDefaults, avifRWData, avifRWDataFree,
};

/// The properties of a file.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) size: (u32, u32),
    pub(crate) format: avifPixelFormat,
    pub(crate) is_full_range: bool,
    /// Primaries, transfer and matrix.
    pub(crate) codes: [u16; 3],
    pub(crate) has_alpha: bool,
    pub(crate) is_premultiplied: bool,
    /// Quarter turns, anti-clockwise.
    pub(crate) turn: u8,
    /// The axis of a mirror.
    pub(crate) mirror: Option<u8>,
    /// Left, top, width, height.
    pub(crate) crop: Option<[u32; 4]>,
    /// Columns and rows of a grid.
    pub(crate) grid: (u32, u32),
    pub(crate) profile: Vec<u8>,
    /// The content of EXIF and of XMP.
    pub(crate) told: Vec<u8>,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            size: (70, 45),
            format: AVIF_PIXEL_FORMAT_YUV420,
            is_full_range: true,
            codes: [1, 13, 6],
            has_alpha: false,
            is_premultiplied: false,
            turn: 0,
            mirror: None,
            crop: None,
            grid: (1, 1),
            profile: Vec::new(),
            told: Vec::new(),
        }
    }
}

/// The pixels of a frame: gradients, with squares whose colours jump.
fn pixels((width, height): (u32, u32), has_alpha: bool, frame: u32) -> RgbaImage {
    let low = |value: u32| u8::try_from(value.min(255)).unwrap();
    RgbaImage::from_fn(width, height, |x, y| {
        let jump = if (x / 9 + y / 7 + frame).is_multiple_of(2) {
            0
        } else {
            60
        };
        Rgba([
            low(x * 195 / width + jump),
            low(y * 195 / height),
            low((x + y) * 195 / (width + height) + 60 - jump),
            if has_alpha { low(x * 510 / width) } else { 255 },
        ])
    })
}

impl Made {
    /// Returns the file of a still picture.
    pub(crate) fn still(&self) -> Vec<u8> {
        self.file(1)
    }

    /// Returns the file of an animation: each frame is shown a tenth of a second longer than the one before.
    pub(crate) fn animation(&self, frames: u32) -> Vec<u8> {
        self.file(frames)
    }

    fn file(&self, frames: u32) -> Vec<u8> {
        // SAFETY: what is made here is used and destroyed here; sizes are those of the pixels.
        unsafe {
            let encoder = avifEncoderCreate();
            (*encoder).speed = 8;
            (*encoder).quality = 90;
            (*encoder).qualityAlpha = 95;
            (*encoder).timescale = 10;
            (*encoder).maxThreads = 1;
            for frame in 0..frames {
                let image = self.image(frame);
                let done = if self.grid == (1, 1) {
                    let flag = if frames == 1 {
                        AVIF_ADD_IMAGE_FLAG_SINGLE
                    } else {
                        AVIF_ADD_IMAGE_FLAG_NONE
                    };
                    avifEncoderAddImage(encoder, image, u64::from(frame + 1), flag)
                } else {
                    let cells = self.cells(image);
                    let pointers: Vec<*const avifImage> =
                        cells.iter().map(|cell| cell.cast_const()).collect();
                    let (columns, rows) = self.grid;
                    let flag = AVIF_ADD_IMAGE_FLAG_SINGLE;
                    let done =
                        avifEncoderAddImageGrid(encoder, columns, rows, pointers.as_ptr(), flag);
                    cells.into_iter().for_each(|cell| avifImageDestroy(cell));
                    done
                };
                assert_eq!(done, AVIF_RESULT_OK, "{self:?}");
                avifImageDestroy(image);
            }
            let mut out = avifRWData {
                data: std::ptr::null_mut(),
                size: 0,
            };
            assert_eq!(avifEncoderFinish(encoder, &raw mut out), AVIF_RESULT_OK);
            let file = std::slice::from_raw_parts(out.data, out.size).to_vec();
            avifRWDataFree(&raw mut out);
            avifEncoderDestroy(encoder);
            file
        }
    }

    unsafe fn image(&self, frame: u32) -> *mut avifImage {
        let (width, height) = self.size;
        let mut colours = pixels(self.size, self.has_alpha, frame).into_raw();
        let mut rgb = std::mem::MaybeUninit::<avifRGBImage>::zeroed();
        // SAFETY: libavif reads as many pixels as there are, and copies the profile and the texts.
        unsafe {
            let image = avifImageCreate(width, height, 8, self.format);
            (*image).yuvRange = if self.is_full_range {
                AVIF_RANGE_FULL
            } else {
                AVIF_RANGE_LIMITED
            };
            let [primaries, transfer, matrix] = self.codes;
            (*image).colorPrimaries = primaries;
            (*image).transferCharacteristics = transfer;
            (*image).matrixCoefficients = matrix;
            (*image).alphaPremultiplied = self.is_premultiplied.into();
            self.transform(image);
            if !self.profile.is_empty() {
                avifImageSetProfileICC(image, self.profile.as_ptr(), self.profile.len());
            }
            if !self.told.is_empty() {
                // A TIFF block must begin it.
                let exif = [b"MM\0*\0\0\0\x08\0\0\0\0\0\0", &self.told[..]].concat();
                avifImageSetMetadataExif(image, exif.as_ptr(), exif.len());
                avifImageSetMetadataXMP(image, self.told.as_ptr(), self.told.len());
            }
            avifRGBImageSetDefaults(rgb.as_mut_ptr(), image);
            let mut rgb = rgb.assume_init();
            rgb.format = AVIF_RGB_FORMAT_RGBA;
            rgb.ignoreAlpha = i32::from(!self.has_alpha);
            rgb.pixels = colours.as_mut_ptr();
            rgb.rowBytes = width * 4;
            assert_eq!(
                avifImageRGBToYUV(image, &raw const rgb),
                AVIF_RESULT_OK,
                "{self:?}"
            );
            image
        }
    }

    unsafe fn transform(&self, image: *mut avifImage) {
        // SAFETY: the fields are numbers.
        unsafe {
            if self.turn > 0 {
                (*image).transformFlags |= AVIF_TRANSFORM_IROT;
                (*image).irot.angle = self.turn;
            }
            if let Some(axis) = self.mirror {
                (*image).transformFlags |= AVIF_TRANSFORM_IMIR;
                (*image).imir.axis = axis;
            }
            if let Some([left, top, width, height]) = self.crop {
                (*image).transformFlags |= AVIF_TRANSFORM_CLAP;
                let off =
                    |start: u32, length: u32, whole: u32| (2 * start + length).wrapping_sub(whole);
                (*image).clap = avifCleanApertureBox {
                    widthN: width,
                    widthD: 1,
                    heightN: height,
                    heightD: 1,
                    horizOffN: off(left, width, self.size.0),
                    horizOffD: 2,
                    vertOffN: off(top, height, self.size.1),
                    vertOffD: 2,
                };
            }
        }
    }

    /// Cuts a picture into the cells of its grid, of 64 pixels each; the last ones may be smaller.
    unsafe fn cells(&self, image: *mut avifImage) -> Vec<*mut avifImage> {
        let (columns, rows) = self.grid;
        let cells =
            (0..rows).flat_map(|row| (0..columns).map(move |column| (column * 64, row * 64)));
        cells
            .map(|(x, y)| {
                let width = (self.size.0 - x).min(64);
                let height = (self.size.1 - y).min(64);
                let rect = avifCropRect {
                    x,
                    y,
                    width,
                    height,
                };
                // SAFETY: the view borrows the pixels of the picture, which is destroyed after it.
                unsafe {
                    let cell = avifImageCreateEmpty();
                    assert_eq!(
                        avifImageSetViewRect(cell, image, &raw const rect),
                        AVIF_RESULT_OK
                    );
                    cell
                }
            })
            .collect()
    }

    /// Does to stored pixels what the file asks for.
    pub(crate) fn shown(&self, stored: &RgbaImage) -> RgbaImage {
        use image::imageops::{
            crop_imm, flip_horizontal, flip_vertical, rotate90, rotate180, rotate270,
        };
        let [left, top, width, height] =
            self.crop.unwrap_or([0, 0, stored.width(), stored.height()]);
        let part = crop_imm(stored, left, top, width, height).to_image();
        let turned = match self.turn {
            1 => rotate270(&part),
            2 => rotate180(&part),
            3 => rotate90(&part),
            _ => part,
        };
        match self.mirror {
            Some(0) => flip_vertical(&turned),
            Some(_) => flip_horizontal(&turned),
            None => turned,
        }
    }
}

/// Decodes all frames as they are stored, with libavif, and returns them with the tenths of a second for which each is
/// shown. Returns nothing if it does not take the file.
pub(crate) fn by_libavif(file: &[u8]) -> Vec<(RgbaImage, u64)> {
    let mut frames = Vec::new();
    // SAFETY: libavif reads the given bytes, and writes into pixels of the size that it reported.
    unsafe {
        let decoder = avifDecoderCreate();
        avifDecoderSetIOMemory(decoder, file.as_ptr(), file.len());
        if avifDecoderParse(decoder) == AVIF_RESULT_OK {
            while avifDecoderNextImage(decoder) == AVIF_RESULT_OK {
                let image = (*decoder).image;
                let mut rgb = std::mem::MaybeUninit::<avifRGBImage>::zeroed();
                avifRGBImageSetDefaults(rgb.as_mut_ptr(), image);
                let mut rgb = rgb.assume_init();
                let (width, height) = ((*image).width, (*image).height);
                let mut pixels = vec![0; (width * height * 4).try_into().unwrap()];
                rgb.pixels = pixels.as_mut_ptr();
                rgb.rowBytes = width * 4;
                rgb.depth = 8;
                assert_eq!(avifImageYUVToRGB(image, &raw mut rgb), AVIF_RESULT_OK);
                let picture = RgbaImage::from_raw(width, height, pixels).unwrap();
                frames.push((picture, (*decoder).imageTiming.durationInTimescales));
            }
        }
        avifDecoderDestroy(decoder);
    }
    frames
}
