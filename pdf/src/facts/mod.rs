//! Reads facts about a document that PDFium's functions do not tell: how it is locked, how it wants to be read, whether
//! it has layers, and whether it is a portfolio.
//!
//! Only the few objects near the root of the document are read. If they cannot be read (the document is damaged, or
//! they are encrypted), nothing is known.

mod file;
mod object;
mod place;
mod stream;

pub(crate) use object::{Lexer, Object};

use file::File;
use object::Dictionary;

use crate::shared::Shared;

/// How a document that does not open is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It needs a password.
    Password,
    /// It is encrypted for the holders of certain keys.
    Certificate,
    /// Another program would be needed to tell.
    Unknown,
}

/// How a document wants to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// From right to left, as in Arabic and some Japanese books.
    pub right_to_left: bool,
    /// Two pages side by side, as in an open book.
    pub two_pages: bool,
}

/// All facts about a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) reading: Reading,
    /// Whether the document has layers, which may be hidden.
    pub(crate) has_layers: bool,
    /// Whether it is a collection of files with a cover sheet.
    pub(crate) is_portfolio: bool,
    /// Whether it is intact and has no pages.
    pub(crate) is_without_pages: bool,
    lock: Option<Lock>,
}

impl Facts {
    /// Reads the facts; `None` if the document's tables lead nowhere.
    pub(crate) fn of(bytes: &Shared<'_>) -> Option<Self> {
        let file = File::read(bytes.clone())?;
        let encryption = file.trailer().get("Encrypt");
        let lock = encryption.map(|entry| {
            let entry = file.dictionary(Some(entry));
            entry.map_or(Lock::Unknown, |entry| lock(&entry))
        });
        let Some(catalog) = file.dictionary(file.trailer().get("Root")) else {
            return lock.is_some().then(|| Self {
                lock,
                ..Self::unknown()
            });
        };
        let preferences = file.dictionary(catalog.get("ViewerPreferences"));
        let direction = preferences.and_then(|found| file.resolve(found.get("Direction")));
        let layout = file.resolve(catalog.get("PageLayout"));
        let layout = layout.as_ref().and_then(Object::name).unwrap_or_default();
        Some(Self {
            reading: Reading {
                right_to_left: direction.as_ref().and_then(Object::name) == Some(b"R2L"),
                two_pages: layout.starts_with(b"Two"),
            },
            has_layers: file.dictionary(catalog.get("OCProperties")).is_some(),
            is_portfolio: file.dictionary(catalog.get("Collection")).is_some(),
            is_without_pages: is_without_pages(&file, &catalog),
            lock,
        })
    }

    /// The facts for a document that cannot be read; it may have layers.
    pub(crate) fn unknown() -> Self {
        Self {
            has_layers: true,
            ..Self::default()
        }
    }

    /// How it is locked when PDFium does not support its security handler.
    pub(crate) fn lock(&self) -> Lock {
        match self.lock {
            Some(Lock::Certificate) => Lock::Certificate,
            Some(Lock::Password | Lock::Unknown) | None => Lock::Unknown,
        }
    }
}

/// Determines the lock from the security handler (ISO 32000-1, 7.6).
fn lock(encryption: &Dictionary) -> Lock {
    match encryption.get("Filter").and_then(Object::name) {
        Some(b"Standard") => Lock::Password,
        Some(b"Adobe.PubSec" | b"Adobe.PPKLite") => Lock::Certificate,
        _ => Lock::Unknown,
    }
}

fn is_without_pages(file: &File<'_>, catalog: &Dictionary) -> bool {
    let Some(pages) = file.dictionary(catalog.get("Pages")) else {
        return false;
    };
    match file.resolve(pages.get("Kids")) {
        Some(Object::Array(kids)) => kids.is_empty(),
        Some(_) => false,
        None => pages.number("Count") == Some(0),
    }
}
