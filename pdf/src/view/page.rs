//! A page of a document that was opened a second time.

use std::ffi::{c_double, c_int};

use super::View;
use crate::raw::{Functions, Handle, Rectangle};
use crate::text::words::{Characters, text_of};

/// A coordinate beyond any page: PDFium cuts a box of this size to the page's media box.
const EVERYWHERE: f32 = 1e7;

/// The tolerance in points: characters that touch the edge count as on the page.
const TOUCHES: f64 = 0.5;

pub(super) struct ViewedPage<'a> {
    pub(super) pdfium: &'a Functions,
    pub(super) handle: Handle,
    pub(super) form: Handle,
}

impl<'a> ViewedPage<'a> {
    pub(super) fn load(view: &'a View<'_>, index: c_int) -> Option<Self> {
        let pdfium = view.pdfium;
        // SAFETY: the document is open.
        let handle = unsafe { (pdfium.FPDF_LoadPage)(view.document, index) };
        if handle.is_null() {
            return None;
        }
        let form = view.form;
        let page = Self {
            pdfium,
            handle,
            form,
        };
        // SAFETY: both are open. A crop box that shows nothing is replaced, as in [`crate::Document::page`].
        unsafe {
            if !form.is_null() {
                (pdfium.FORM_OnAfterLoadPage)(handle, form);
            }
            let (width, height) = page.size();
            if width <= 0.0 || height <= 0.0 {
                let (low, high) = (-EVERYWHERE, EVERYWHERE);
                (pdfium.FPDFPage_SetCropBox)(handle, low, low, high, high);
            }
        }
        Some(page)
    }

    /// The width and height of the page as it is shown.
    pub(super) fn size(&self) -> (f32, f32) {
        // SAFETY: the page is open.
        unsafe {
            (
                (self.pdfium.FPDF_GetPageWidthF)(self.handle),
                (self.pdfium.FPDF_GetPageHeightF)(self.handle),
            )
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        let words = ViewedText::load(self)?;
        Some(text_of(&words))
    }
}

impl Drop for ViewedPage<'_> {
    fn drop(&mut self) {
        // SAFETY: the page is open, and closed only here.
        unsafe {
            if !self.form.is_null() {
                (self.pdfium.FORM_OnBeforeClosePage)(self.handle, self.form);
            }
            (self.pdfium.FPDF_ClosePage)(self.handle);
        }
    }
}

/// The characters of a page.
pub(super) struct ViewedText<'a> {
    pdfium: &'a Functions,
    handle: Handle,
    page_box: Rectangle,
}

impl<'a> ViewedText<'a> {
    pub(super) fn load(page: &'a ViewedPage<'_>) -> Option<Self> {
        let mut page_box = Rectangle::default();
        // SAFETY: the page is open.
        let handle = unsafe {
            (page.pdfium.FPDF_GetPageBoundingBox)(page.handle, &raw mut page_box);
            (page.pdfium.FPDFText_LoadPage)(page.handle)
        };
        (!handle.is_null()).then_some(Self {
            pdfium: page.pdfium,
            handle,
            page_box,
        })
    }

    /// The object that draws a character; `None` for characters that PDFium inserted.
    pub(super) fn object(&self, index: usize) -> Option<Handle> {
        let index = c_int::try_from(index).ok()?;
        // SAFETY: the text is open; PDFium checks the index.
        let object = unsafe { (self.pdfium.FPDFText_GetTextObject)(self.handle, index) };
        (!object.is_null()).then_some(object)
    }

    /// The bounds of a character.
    pub(super) fn place(&self, index: usize) -> Option<Rectangle> {
        let index = c_int::try_from(index).ok()?;
        let (mut left, mut right, mut bottom, mut top): (c_double, c_double, c_double, c_double) =
            (0.0, 0.0, 0.0, 0.0);
        // SAFETY: the text is open; PDFium checks the index.
        let is_there = unsafe {
            (self.pdfium.FPDFText_GetCharBox)(
                self.handle,
                index,
                &raw mut left,
                &raw mut right,
                &raw mut bottom,
                &raw mut top,
            )
        };
        (is_there != 0).then_some(Rectangle {
            left: narrow(left),
            top: narrow(top),
            right: narrow(right),
            bottom: narrow(bottom),
        })
    }
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "PDFium widened it from an f32"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

impl Characters for ViewedText<'_> {
    fn count(&self) -> usize {
        // SAFETY: the text is open.
        let count = unsafe { (self.pdfium.FPDFText_CountChars)(self.handle) };
        usize::try_from(count).unwrap_or(0)
    }

    fn code(&self, index: usize) -> u32 {
        let Ok(index) = c_int::try_from(index) else {
            return 0;
        };
        // SAFETY: the text is open; PDFium checks the index.
        unsafe { (self.pdfium.FPDFText_GetUnicode)(self.handle, index) }
    }

    fn is_hyphen(&self, index: usize) -> bool {
        let Ok(index) = c_int::try_from(index) else {
            return false;
        };
        // SAFETY: the text is open; PDFium checks the index.
        unsafe { (self.pdfium.FPDFText_IsHyphen)(self.handle, index) == 1 }
    }

    fn is_seen(&self, index: usize) -> bool {
        self.place(index)
            .is_none_or(|place| place.touches(&self.page_box))
    }
}

impl Rectangle {
    /// Tells whether both overlap, or nearly touch.
    pub(crate) fn touches(&self, other: &Self) -> bool {
        let reaches = |to: f32, from: f32| f64::from(to) + TOUCHES >= f64::from(from);
        reaches(self.right, other.left)
            && reaches(other.right, self.left)
            && reaches(self.top, other.bottom)
            && reaches(other.top, self.bottom)
    }
}

impl Drop for ViewedText<'_> {
    fn drop(&mut self) {
        // SAFETY: the text is open, and closed only here.
        unsafe { (self.pdfium.FPDFText_ClosePage)(self.handle) }
    }
}
