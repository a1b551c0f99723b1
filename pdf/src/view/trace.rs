//! Tells whether anything is drawn at a place of a page.

use std::ffi::c_int;

use super::page::ViewedPage;
use crate::raw::Rectangle;

/// The side of the bitmap in pixels, and the margin around the place in it.
const SIDE: i32 = 64;
const MARGIN: i32 = 8;

/// The bytes per pixel, and PDFium's number for the format (`FPDFBitmap_BGRx`).
const BYTES: i32 = 4;
const FORMAT: c_int = 3;

/// The maximum long side of a page in pixels, however small the place is.
const LONGEST: f32 = 20_000.0;

/// `FPDF_ANNOT`.
const WITH_ANNOTATIONS: c_int = 1;

impl ViewedPage<'_> {
    /// Draws this place of the page with the objects that are switched on, and tells whether anything but white
    /// appears.
    pub(super) fn shows(&self, place: &Rectangle, with_annotations: bool) -> bool {
        let Some(window) = self.window(place) else {
            return true;
        };
        let Ok(bytes) = usize::try_from(SIDE * SIDE * BYTES) else {
            return true;
        };
        let mut pixels = vec![u8::MAX; bytes];
        let (left, top, width, height) = window;
        let flags = if with_annotations {
            WITH_ANNOTATIONS
        } else {
            0
        };
        // SAFETY: the page is open; the buffer has the size that the bitmap is created with, and outlives it.
        unsafe {
            let pdfium = self.pdfium;
            let buffer = pixels.as_mut_ptr().cast();
            let bitmap = (pdfium.FPDFBitmap_CreateEx)(SIDE, SIDE, FORMAT, buffer, SIDE * BYTES);
            if bitmap.is_null() {
                return true;
            }
            (pdfium.FPDF_RenderPageBitmap)(bitmap, self.handle, left, top, width, height, 0, flags);
            if with_annotations && !self.form.is_null() {
                (pdfium.FPDF_FFLDraw)(
                    self.form,
                    bitmap,
                    self.handle,
                    left,
                    top,
                    width,
                    height,
                    0,
                    flags,
                );
            }
            (pdfium.FPDFBitmap_Destroy)(bitmap);
        }
        let is_white = |pixel: &[u8]| pixel.iter().take(3).all(|colour| *colour == u8::MAX);
        !pixels.chunks_exact(4).all(is_white)
    }

    /// The page's position and size in pixels that put the place into the bitmap.
    fn window(&self, place: &Rectangle) -> Option<(c_int, c_int, c_int, c_int)> {
        let (width, height) = self.size();
        let span = (place.right - place.left)
            .max(place.top - place.bottom)
            .max(1.0);
        let wanted = (SIDE - 2 * MARGIN)
            .try_into()
            .map_or(1.0, |side: u16| f32::from(side))
            / span;
        let scale = wanted.min(LONGEST / width.max(height));
        if !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let (width, height) = (pixels(width * scale), pixels(height * scale));
        let corner = |x: f32, y: f32| {
            let (mut across, mut down) = (0, 0);
            // SAFETY: the page is open.
            let is_told = unsafe {
                (self.pdfium.FPDF_PageToDevice)(
                    self.handle,
                    0,
                    0,
                    width,
                    height,
                    0,
                    x.into(),
                    y.into(),
                    &raw mut across,
                    &raw mut down,
                )
            };
            (is_told != 0).then_some((across, down))
        };
        let (one, other) = (
            corner(place.left, place.bottom)?,
            corner(place.right, place.top)?,
        );
        let (left, top) = (one.0.min(other.0), one.1.min(other.1));
        Some((
            MARGIN.checked_sub(left)?,
            MARGIN.checked_sub(top)?,
            width,
            height,
        ))
    }
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "between 1 and the longest side, which fits"
)]
fn pixels(length: f32) -> c_int {
    length.clamp(1.0, LONGEST) as c_int
}
