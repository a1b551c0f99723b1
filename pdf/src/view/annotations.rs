//! Draws annotations and form fields into the page's content.

use std::ffi::c_int;

use super::page::ViewedPage;
use crate::raw::{Handle, Rectangle};

/// The maximum number of annotations; on a page with more, they are ignored.
const MOST: c_int = 10_000;

/// The flag of an annotation that is not shown on screen (ISO 32000-1, table 165).
const NO_VIEW: c_int = 1 << 5;

/// `FLAT_NORMALDISPLAY`, and the result of `FPDFPage_Flatten` when it changed the page.
const FOR_DISPLAY: c_int = 0;
const FLATTENED: c_int = 1;

impl ViewedPage<'_> {
    /// Draws the annotations into the page's content in memory. Returns whether the page must be loaded again.
    pub(super) fn flatten(&self, has_layers: bool) -> bool {
        // SAFETY: the page is open.
        let count = unsafe { (self.pdfium.FPDFPage_GetAnnotCount)(self.handle) };
        if !(1..=MOST).contains(&count) {
            return false;
        }
        let mut is_emptied = false;
        for index in (0..count).rev() {
            if !self.is_shown(index, has_layers, &mut is_emptied) {
                // SAFETY: the page is open; PDFium checks the index.
                unsafe { (self.pdfium.FPDFPage_RemoveAnnot)(self.handle, index) };
            }
        }
        // SAFETY: the page is open.
        let flattened = unsafe { (self.pdfium.FPDFPage_Flatten)(self.handle, FOR_DISPLAY) };
        flattened == FLATTENED || is_emptied
    }

    /// Tells whether an annotation is visible. `FPDFPage_Flatten` checks the other flags itself. To learn whether an
    /// annotation of a layer is hidden, it is drawn alone.
    fn is_shown(&self, index: c_int, has_layers: bool, is_emptied: &mut bool) -> bool {
        let pdfium = self.pdfium;
        let mut place = Rectangle::default();
        // SAFETY: the page is open, PDFium checks the index, and the annotation is closed here.
        let (flags, is_of_layer) = unsafe {
            let annotation = (pdfium.FPDFPage_GetAnnot)(self.handle, index);
            if annotation.is_null() {
                return true;
            }
            let flags = (pdfium.FPDFAnnot_GetFlags)(annotation);
            let is_of_layer =
                has_layers && (pdfium.FPDFAnnot_HasKey)(annotation, c"OC".as_ptr()) != 0;
            (pdfium.FPDFAnnot_GetRect)(annotation, &raw mut place);
            (pdfium.FPDFPage_CloseAnnot)(annotation);
            (flags, is_of_layer)
        };
        if flags & NO_VIEW != 0 {
            return false;
        }
        if !is_of_layer {
            return true;
        }
        if !*is_emptied {
            self.empty();
            *is_emptied = true;
        }
        self.shows(&place, true)
    }

    /// Switches off everything that the page's content draws.
    fn empty(&self) {
        for object in self.objects() {
            self.switch(object, false);
        }
    }

    /// The page's own objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = Handle> + '_ {
        // SAFETY: the page is open; PDFium checks the index.
        let count = unsafe { (self.pdfium.FPDFPage_CountObjects)(self.handle) };
        (0..count)
            .map(|index| unsafe { (self.pdfium.FPDFPage_GetObject)(self.handle, index) })
            .filter(|object| !object.is_null())
    }

    /// Sets whether an object of the page is drawn and its text is reported.
    pub(super) fn switch(&self, object: Handle, is_on: bool) {
        // SAFETY: objects live as long as their page is open.
        unsafe { (self.pdfium.FPDFPageObj_SetIsActive)(object, c_int::from(is_on)) };
    }
}
