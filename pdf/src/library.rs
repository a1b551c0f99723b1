//! The shared library, loaded once a process.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pdfium_render::prelude::{
    Pdfium, PdfiumError, PdfiumInternalError, PdfiumLibraryBindingsAccessor, PdfiumLibraryConfig,
};

use crate::Document;
use crate::crash::Watched;
use crate::source::{Listener, Shared, Source};
use crate::{fonts, memory};

/// PDFium.
pub struct Library {
    pdfium: Pdfium,
    /// Held while a document is open.
    turn: Mutex<()>,
}

/// Why PDFium is not there.
#[derive(Debug, thiserror::Error)]
#[error("PDFium could not be loaded from {}", folder.display())]
pub struct LoadError {
    folder: PathBuf,
    #[source]
    source: PdfiumError,
}

/// Why a document does not open.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// Only with a password.
    #[error("the document asks for a password")]
    Encrypted,
    /// It is none, or too broken to be one.
    #[error("the document cannot be read")]
    Damaged(#[source] PdfiumError),
}

impl Library {
    /// Loads `libpdfium.so` from a folder, and has it look for [fonts] that a document does not bring along in the folder
    /// `fonts` beside it, and nowhere else: pages must look the same wherever they are made.
    ///
    /// # Errors
    /// [`LoadError`], also when it is loaded a second time in one process.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let failed = |source| LoadError {
            folder: folder.to_owned(),
            source,
        };
        memory::keep_freed();
        let config = PdfiumLibraryConfig::new().set_renderer_anti_grain_geometry();
        let bindings = Pdfium::bind_to_library(folder.join("libpdfium.so")).map_err(failed)?;
        let pdfium = Pdfium::new_with_config(bindings, config);
        fonts::install(pdfium.bindings(), &folder.join("fonts"))
            .map_err(|error| failed(PdfiumError::IoError(error)))?;
        Ok(Self {
            pdfium,
            turn: Mutex::new(()),
        })
    }

    /// Opens a document, works with it, and closes it. Waits while another one is open.
    ///
    /// # Errors
    /// [`Unopened`]
    pub fn open<T>(
        &self,
        reader: impl Read + Seek + Send,
        work: impl FnOnce(&Document<'_>) -> T,
    ) -> Result<T, Unopened> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = Watched::new();
        let listener = Listener::default();
        let reader = Shared::new(reader);
        let open = || {
            let source = Source::new(reader.clone(), listener.clone());
            self.pdfium.load_pdf_from_reader(source, None)
        };
        match open() {
            Ok(document) => {
                let document = Document::new(document, &open, listener.clone());
                let done = work(&document);
                watched.leave_page();
                Ok(done)
            }
            Err(PdfiumError::PdfiumLibraryInternalError(
                PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
            )) => Err(Unopened::Encrypted),
            Err(error) => Err(Unopened::Damaged(error)),
        }
    }
}
