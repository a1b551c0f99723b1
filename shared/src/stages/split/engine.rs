//! The port to the engine that opens documents: PDFium, in split-pdf. Its calls block, so they run on a thread of their
//! own.

use std::io::{Read, Seek};

use crate::vocabulary::page::{PageFormat, Reading};
use crate::vocabulary::rejection::{Lock, Reason};

/// A source of a document's bytes.
pub trait File: Read + Seek + Send {}

impl<F: Read + Seek + Send> File for F {}

/// Opens documents.
pub trait Engine: Send + Sync {
    /// Opens a document, passes it to `work`, and closes it.
    ///
    /// # Errors
    /// [`Unopened`]. A file that could not be read may look like this, too; only the caller, who provides the file, can
    /// tell.
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened>;

    /// Whether the engine has crashed. If so, the call that it was in never returns, and no later call does in this
    /// process.
    fn fallen(&self) -> Option<Fallen> {
        None
    }
}

/// The point at which an engine crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallen {
    /// The page, counted from 0; `None` if it crashed while opening or closing the document.
    pub page: Option<u32>,
}

/// The reason why a document does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It is encrypted, and opens only with this.
    Encrypted(Lock),
    /// It is not a document, or is too broken to be read as one.
    Damaged,
}

/// An open document.
pub trait Document {
    /// Returns the properties of the document.
    fn about(&self) -> About;

    /// Makes the pages with these numbers, counted from 0, in this order, and hands over each; stops early when `take`
    /// returns `false`. It takes a number from the iterator only when it begins with that page.
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
    /// How the pages are to be read.
    pub reading: Reading,
    /// The reason why nothing in it can be shown, if that is so.
    pub refusal: Option<Reason>,
}

/// The format and size in which pages are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The image format.
    pub format: PageFormat,
    /// The length of the long side in pixels.
    pub size: u32,
}

/// An image and a text made from a page. Nothing is made of a broken page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The encoded image.
    pub image: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The text on the page.
    pub text: String,
    /// The document's own label for the page.
    pub label: Option<String>,
}
