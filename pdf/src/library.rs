//! Loads the shared library, once per process.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pdfium_render::prelude::{
    Pdfium, PdfiumError, PdfiumInternalError, PdfiumLibraryBindingsAccessor, PdfiumLibraryConfig,
};

use crate::crash::Watched;
use crate::facts::{Facts, Lock};
use crate::mend::mend;
use crate::opened::Opened;
use crate::raw::Functions;
use crate::shared::Shared;
use crate::{Document, fonts, memory};

/// The loaded PDFium.
pub struct Library {
    pub(crate) pdfium: Pdfium,
    pub(crate) functions: Functions,
    /// Held while a document is open.
    turn: Mutex<()>,
}

/// PDFium could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("PDFium cannot be loaded from {}", folder.display())]
pub struct LoadError {
    folder: PathBuf,
    #[source]
    source: PdfiumError,
}

/// The reason why a document does not open.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// It needs a password, or its encryption is not supported.
    #[error("the document is encrypted")]
    Encrypted(Lock),
    /// It is not a PDF document, or is too badly damaged.
    #[error("the document cannot be read")]
    Damaged(#[source] PdfiumError),
}

impl Library {
    /// Loads `libpdfium.so` from a folder. PDFium then looks for fonts that a document does not embed only in the
    /// folder `fonts` beside it, so that pages look the same on every machine.
    ///
    /// # Errors
    /// [`LoadError`], also if PDFium was already loaded in this process.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let failed = |source| LoadError {
            folder: folder.to_owned(),
            source,
        };
        memory::keep_freed();
        let path = folder.join("libpdfium.so");
        let bindings = Pdfium::bind_to_library(&path).map_err(failed)?;
        let config = PdfiumLibraryConfig::new().set_renderer_anti_grain_geometry();
        let pdfium = Pdfium::new_with_config(bindings, config);
        fonts::install(pdfium.bindings(), &folder.join("fonts"))
            .map_err(|error| failed(PdfiumError::IoError(error)))?;
        let functions = Functions::load(&path);
        Ok(Self {
            pdfium,
            functions: functions.map_err(|error| failed(PdfiumError::LoadLibraryError(error)))?,
            turn: Mutex::new(()),
        })
    }

    /// Opens a document, calls `work` with it, and closes it. Waits while another document is open.
    ///
    /// # Errors
    /// [`Unopened`] if the document is encrypted, damaged, or no document.
    pub fn open<'a, T>(
        &'a self,
        reader: impl Read + Seek + Send + 'a,
        work: impl FnOnce(&Document<'_>) -> T,
    ) -> Result<T, Unopened> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = Watched::new();
        let bytes =
            Shared::new(reader).map_err(|error| Unopened::Damaged(PdfiumError::IoError(error)))?;
        let (bytes, facts) = learn(bytes);
        let opened = match Opened::open(self, &bytes) {
            Err(PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError)) => {
                return Err(Unopened::Encrypted(Lock::Password));
            }
            Err(PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError)) => {
                return Err(Unopened::Encrypted(facts.lock()));
            }
            Err(error) => mend(&bytes)
                .and_then(|mended| Opened::open(self, &mended.bytes).ok())
                .ok_or(Unopened::Damaged(error))?,
            Ok(opened) => opened,
        };
        let document = Document::new(self, opened, facts);
        let done = work(&document);
        watched.leave_page();
        Ok(done)
    }
}

/// Reads the facts about a document. If its cross-reference tables lead nowhere, they are rebuilt to read the facts;
/// PDFium also gets the rebuilt tables if it would otherwise miss objects.
fn learn(bytes: Shared<'_>) -> (Shared<'_>, Facts) {
    if let Some(facts) = Facts::of(&bytes) {
        return (bytes, facts);
    }
    let Some(mended) = mend(&bytes) else {
        return (bytes, Facts::unknown());
    };
    let facts = Facts::of(&mended.bytes).unwrap_or_else(Facts::unknown);
    if mended.is_unended {
        (mended.bytes, facts)
    } else {
        (bytes, facts)
    }
}
