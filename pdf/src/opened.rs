//! A document as it is read by PDFium.

use std::cell::OnceCell;

use pdfium_render::prelude::{PdfDocument, PdfFormType, PdfPage, PdfiumError};

use crate::Library;
use crate::raw::Functions;
use crate::shared::Shared;
use crate::source::{Listener, Source};
use crate::view::View;

/// It is open.
pub(crate) struct Opened<'a> {
    document: PdfDocument<'a>,
    listener: Listener,
    bytes: Shared<'a>,
    functions: &'a Functions,
    /// Opened a second time, for its words.
    view: OnceCell<Option<View<'a>>>,
}

impl<'a> Opened<'a> {
    pub(crate) fn open(library: &'a Library, bytes: &Shared<'a>) -> Result<Self, PdfiumError> {
        let listener = Listener::default();
        let source = Source::new(bytes.clone(), listener.clone());
        Ok(Self {
            document: library.pdfium.load_pdf_from_reader(source, None)?,
            listener,
            bytes: bytes.clone(),
            functions: &library.functions,
            view: OnceCell::new(),
        })
    }

    /// What it is read from.
    pub(crate) fn bytes(&self) -> &Shared<'a> {
        &self.bytes
    }

    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.document.pages().len()).unwrap_or(0)
    }

    /// A page, counted from 0, and what stands before the data of the streams that it was read from.
    pub(crate) fn page(&self, index: u32) -> (Result<PdfPage<'_>, PdfiumError>, Vec<Vec<u8>>) {
        self.listener.streams_of(|| match index.try_into() {
            Ok(index) => self.document.pages().get(index),
            Err(_) => Err(PdfiumError::PageIndexOutOfBounds),
        })
    }

    /// For words that are not told otherwise.
    pub(crate) fn view(&self) -> Option<&View<'a>> {
        let view = self.view.get_or_init(|| {
            let view = View::open(self.functions, self.bytes.clone())?;
            view.forget_direction();
            Some(view)
        });
        view.as_ref()
    }

    /// Whether its forms are described in XML (XFA), beside what stands on its pages or in place of it.
    pub(crate) fn has_xfa(&self) -> bool {
        let kind = self.document.form().map(|form| form.form_type());
        matches!(
            kind,
            Some(PdfFormType::XfaFull | PdfFormType::XfaForeground)
        )
    }
}
