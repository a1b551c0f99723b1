//! The port to the engine that opens documents: PDFium, in split-pdf. It blocks, so it must not run on an async thread.

use std::io::{Read, Seek};

use crate::vocabulary::page::{PageFormat, Reading};
use crate::vocabulary::rejection::{Lock, Reason};

/// The source of a document's bytes.
pub trait File: Read + Seek + Send {}

impl<F: Read + Seek + Send> File for F {}

/// An engine that opens documents.
pub trait Engine: Send + Sync {
    /// Opens a document, runs `work` on it, and closes it.
    ///
    /// # Errors
    /// Returns [`Unopened`] if the document does not open. A failed read may look the same; only the provider of the
    /// file can tell.
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened>;

    /// Returns where the engine has crashed, if it has. It then never returns from that call and is unusable in this
    /// process.
    fn crashed(&self) -> Option<Crashed> {
        None
    }
}

/// The place of an engine's crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crashed {
    /// The page, counted from 0, or `None` if it crashed while opening or closing the document.
    pub page: Option<u32>,
}

/// The reason for which a document does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It opens only with this.
    Encrypted(Lock),
    /// It is not a document, or too damaged to be read as one.
    Damaged,
}

/// An open document.
pub trait Document {
    /// Returns the document's properties.
    fn about(&self) -> About;

    /// Makes pages in this order, numbered from 0, and hands each to `take`; stops early if `take` returns `false`. It
    /// takes a number from `indices` only when it begins with that page.
    fn make(
        &self,
        indices: &mut (dyn Iterator<Item = u32> + Send),
        wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    );
}

/// The properties of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The number of pages.
    pub pages: u32,
    /// The way its pages are to be read.
    pub reading: Reading,
    /// The reason for which there is nothing to show, if so.
    pub refusal: Option<Reason>,
}

/// The wanted form of page images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The format of page images.
    pub format: PageFormat,
    /// The length of their longer sides, in pixels.
    pub size: u32,
}

/// A page that was made. Broken pages have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The encoded image.
    pub image: Vec<u8>,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The text on the page.
    pub text: String,
    /// The document's own label of the page.
    pub label: Option<String>,
}
