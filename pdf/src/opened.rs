//! A document that PDFium has opened.

use std::cell::OnceCell;

use pdfium_render::prelude::{
    PdfDocument, PdfFormType, PdfPage, PdfPageAnnotationType, PdfiumError,
};

use crate::shared::Shared;
use crate::signs::Signs;
use crate::source::{Listener, Source};
use crate::view::View;
use crate::{Library, fonts};

/// An open document.
pub(crate) struct Opened<'a> {
    document: PdfDocument<'a>,
    listener: Listener,
    bytes: Shared<'a>,
    library: &'a Library,
    /// The document opened once more, for pages with letters that PDFium's own faces lack: PDFium chooses a font's face
    /// when it first reads the font, and may keep it as long as the document is open.
    again: OnceCell<Option<PdfDocument<'a>>>,
    /// The document opened once more, for text that PDFium does not give directly.
    view: OnceCell<Option<View<'a>>>,
}

impl<'a> Opened<'a> {
    pub(crate) fn open(library: &'a Library, bytes: &Shared<'a>) -> Result<Self, PdfiumError> {
        let listener = Listener::default();
        Ok(Self {
            document: load(library, bytes, &listener)?,
            listener,
            bytes: bytes.clone(),
            library,
            again: OnceCell::new(),
            view: OnceCell::new(),
        })
    }

    /// The bytes that the document is read from.
    pub(crate) fn bytes(&self) -> &Shared<'a> {
        &self.bytes
    }

    /// The listener that sees what PDFium reads.
    pub(crate) fn listener(&self) -> &Listener {
        &self.listener
    }

    pub(crate) fn pages(&self) -> u32 {
        u32::try_from(self.document.pages().len()).unwrap_or(0)
    }

    /// Loads a page, counted from 0, and returns the bytes before the data of the streams that were read for it.
    pub(crate) fn page(&self, index: u32) -> (Result<PdfPage<'_>, PdfiumError>, Vec<Vec<u8>>) {
        let get = |document: &PdfDocument<'a>| match index.try_into() {
            Ok(index) => document.pages().get(index),
            Err(_) => Err(PdfiumError::PageIndexOutOfBounds),
        };
        let read = || self.listener.streams_of(|| get(&self.document));
        let ((page, streams), has_own_faces) = fonts::with_own_faces(read);
        let is_read_again = has_own_faces
            && self.listener.signs().has(Signs::LETTERS)
            && page.as_ref().is_ok_and(has_other_letters);
        if is_read_again {
            let again = self
                .again
                .get_or_init(|| load(self.library, &self.bytes, &self.listener).ok());
            if let Some((Ok(page), streams)) = again
                .as_ref()
                .map(|again| self.listener.streams_of(|| get(again)))
            {
                return (Ok(page), streams);
            }
        }
        (page, streams)
    }

    /// The view for text that PDFium does not give directly.
    pub(crate) fn view(&self) -> Option<&View<'a>> {
        let view = self.view.get_or_init(|| {
            let view = View::open(&self.library.functions, self.bytes.clone())?;
            view.forget_direction();
            Some(view)
        });
        view.as_ref()
    }

    /// Tells whether its forms are described in XML (XFA), in addition to its pages or in place of them.
    pub(crate) fn has_xfa(&self) -> bool {
        let kind = self.document.form().map(|form| form.form_type());
        matches!(
            kind,
            Some(PdfFormType::XfaFull | PdfFormType::XfaForeground)
        )
    }
}

fn load<'a>(
    library: &'a Library,
    bytes: &Shared<'a>,
    listener: &Listener,
) -> Result<PdfDocument<'a>, PdfiumError> {
    let source = Source::new(bytes.clone(), listener.clone());
    library.pdfium.load_pdf_from_reader(source, None)
}

/// Tells whether the page has letters that PDFium's own faces lack, or fields and notes that may have some.
fn has_other_letters(page: &PdfPage<'_>) -> bool {
    let has_notes = page.annotations().iter().any(|annotation| {
        !matches!(
            annotation.annotation_type(),
            PdfPageAnnotationType::Link | PdfPageAnnotationType::Popup
        )
    });
    has_notes
        || page.text().is_ok_and(|text| {
            text.chars().iter().any(|char| {
                char.unicode_char().is_some_and(fonts::is_beyond_own_faces)
                    && char.text_object().ok().is_none_or(|words| {
                        let font = words.font();
                        !font.is_embedded().unwrap_or(false) && !fonts::is_of_symbols(&font.name())
                    })
            })
        })
}
