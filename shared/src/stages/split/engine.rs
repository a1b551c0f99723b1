//! The port to what opens documents: PDFium, in split-pdf. It blocks, and is used off the thread that answers.

use std::io::{Read, Seek};

use crate::vocabulary::page::{PageFormat, Reading};
use crate::vocabulary::rejection::{Lock, Reason};

/// Where a document's bytes come from.
pub trait File: Read + Seek + Send {}

impl<F: Read + Seek + Send> File for F {}

/// What opens documents.
pub trait Engine: Send + Sync {
    /// Opens a document, has it worked with, and closes it.
    ///
    /// # Errors
    /// [`Unopened`]. A file that could not be read may look so, too: whoever gave it knows.
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened>;

    /// Whether it has crashed: then it never comes back from what it was at, and never will in this process.
    fn fallen(&self) -> Option<Fallen> {
        None
    }
}

/// Where an engine crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallen {
    /// At this page, counted from 0; at none when it opened or closed the document.
    pub page: Option<u32>,
}

/// Why a document does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// Only with what opens this.
    Encrypted(Lock),
    /// It is none, or too broken to be one.
    Damaged,
}

/// An open document.
pub trait Document {
    /// What it says of itself.
    fn about(&self) -> About;

    /// Makes pages, by their numbers from 0, in this order, and hands over each; ends early when `take` says `false`. It asks
    /// for a number when it begins with that page, not before.
    fn make(
        &self,
        indices: &mut (dyn Iterator<Item = u32> + Send),
        wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    );
}

/// What a document says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// How many pages it has.
    pub pages: u32,
    /// How they are to be read.
    pub reading: Reading,
    /// Why there is nothing in it to be shown, where that is so.
    pub refusal: Option<Reason>,
}

/// How pages are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What they are encoded as.
    pub format: PageFormat,
    /// Pixels of their long sides.
    pub size: u32,
}

/// What was made of a page; nothing is made of a broken one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The file.
    pub image: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What stands on it.
    pub text: String,
    /// What the document calls it.
    pub label: Option<String>,
}
