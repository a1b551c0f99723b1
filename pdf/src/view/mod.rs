//! Opens a document a second time, and changes it in memory until its text is the visible text.
//!
//! PDFium reports the text of a page's content, but not of form fields and annotations. It also reports text of hidden
//! layers, and in a document that is read from right to left it reverses each line, whatever its script. So annotations
//! are drawn into the page, hidden text is switched off and the direction is removed before PDFium is asked for the
//! text. This is done only for pages that need it ([`crate::Page::text`]), because their content is parsed once more.

#![allow(unsafe_code, reason = "a C library is called")]

mod annotations;
mod layers;
mod page;
mod trace;

use std::ffi::{c_int, c_uchar, c_ulong, c_void};
use std::io::{Read, Seek, SeekFrom};
use std::ptr::{self, null, null_mut};

use crate::raw::{FileAccess, FormFillInfo, Functions, Handle};
use crate::shared::Shared;
use page::ViewedPage;

/// A document without pages that is read from left to right. `FPDFText_LoadPage` asks the document for its direction.
const LEFT_TO_RIGHT: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /Direction /L2R >> >>\nendobj\n\
    2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n\
    xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000099 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R  >>\nstartxref\n151\n%%EOF\n";

/// The document, opened a second time.
pub(crate) struct View<'a> {
    pdfium: &'a Functions,
    document: Handle,
    form: Handle,
    /// PDFium reads from these as long as the document is open.
    access: *mut FileAccess,
    reader: *mut Shared<'a>,
    info: *mut FormFillInfo,
}

impl<'a> View<'a> {
    /// Opens the document; `None` if PDFium does not open it.
    pub(crate) fn open(pdfium: &'a Functions, reader: Shared<'a>) -> Option<Self> {
        let length = reader.length();
        let reader = Box::into_raw(Box::new(reader));
        let access = Box::into_raw(Box::new(FileAccess {
            length: c_ulong::try_from(length).unwrap_or(c_ulong::MAX),
            get_block: read_block,
            parameter: reader.cast(),
        }));
        let info = Box::into_raw(Box::new(FormFillInfo {
            version: 1,
            functions: [0; 64],
        }));
        let mut view = Self {
            pdfium,
            document: null_mut(),
            form: null_mut(),
            access,
            reader,
            info,
        };
        // SAFETY: both live until the document is closed. The reader is only used by PDFium's calls of `read_block`,
        // one at a time.
        view.document = unsafe { (pdfium.FPDF_LoadCustomDocument)(access, null()) };
        if view.document.is_null() {
            return None;
        }
        // SAFETY: the document is open, and `info` lives as long.
        view.form = unsafe { (pdfium.FPDFDOC_InitFormFillEnvironment)(view.document, info) };
        Some(view)
    }

    /// Removes the right-to-left direction: PDFium recognizes lines in such a script by their letters.
    pub(crate) fn forget_direction(&self) {
        let length = c_int::try_from(LEFT_TO_RIGHT.len()).unwrap_or(0);
        // SAFETY: the bytes are static, and both documents are open during the copy.
        unsafe {
            let bytes = LEFT_TO_RIGHT.as_ptr().cast();
            let other = (self.pdfium.FPDF_LoadMemDocument)(bytes, length, null());
            if !other.is_null() {
                (self.pdfium.FPDF_CopyViewerPreferences)(self.document, other);
                (self.pdfium.FPDF_CloseDocument)(other);
            }
        }
    }

    /// The text of a page, counted from 0; `None` if it cannot be read. `has_layers` says that some of it may be
    /// hidden.
    pub(crate) fn text(&self, index: u32, has_layers: bool) -> Option<String> {
        let index = c_int::try_from(index).ok()?;
        let page = ViewedPage::load(self, index)?;
        let page = if page.flatten(has_layers) {
            drop(page);
            ViewedPage::load(self, index)?
        } else {
            page
        };
        if has_layers {
            page.switch_off_hidden();
        }
        page.text()
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        // SAFETY: all pages are closed, as they borrow the view; each of these is freed once, after PDFium has finished
        // with it.
        unsafe {
            if !self.form.is_null() {
                (self.pdfium.FPDFDOC_ExitFormFillEnvironment)(self.form);
            }
            if !self.document.is_null() {
                (self.pdfium.FPDF_CloseDocument)(self.document);
            }
            drop(Box::from_raw(self.info));
            drop(Box::from_raw(self.access));
            drop(Box::from_raw(self.reader));
        }
    }
}

/// Reads bytes for PDFium: all that it asks for, or none.
unsafe extern "C" fn read_block(
    reader: *mut c_void,
    at: c_ulong,
    into: *mut c_uchar,
    length: c_ulong,
) -> c_int {
    let Ok(length) = usize::try_from(length) else {
        return 0;
    };
    // SAFETY: it is the reader that the document was opened with, and PDFium has room for this many bytes.
    let (reader, into) = unsafe {
        ptr::write_bytes(into, 0, length);
        (
            &mut *reader.cast::<Shared<'_>>(),
            std::slice::from_raw_parts_mut(into, length),
        )
    };
    #[allow(clippy::useless_conversion, reason = "it has 32 bits on some systems")]
    let at = u64::from(at);
    let read = reader
        .seek(SeekFrom::Start(at))
        .and_then(|_| reader.read_exact(into));
    c_int::from(read.is_ok())
}
