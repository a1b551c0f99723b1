//! Turns PDF documents into pixels and text; a wrapper around PDFium.
//!
//! This crate knows nothing of uploads, buckets or apps. The library is loaded at run time from a folder that the
//! caller names (`libpdfium.so` beside `fonts/`). It is built without JavaScript and XFA, and neither is ever run from
//! a document. PDFium reads a document through [`std::io::Read`] and [`std::io::Seek`] as it needs it, so the
//! document's size does not affect memory use.
//!
//! PDFium is C++: a hostile document can take over or crash the process, so use this crate where losing the process
//! costs only one message ([`crash`] tells which page it was). PDFium is not thread-safe: [`Library::open`] allows one
//! open document at a time.

#![cfg_attr(
    test,
    allow(
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

mod canvas;
pub mod crash;
mod dictionary;
mod document;
mod facts;
mod fonts;
mod grey;
mod hollow;
mod library;
mod memory;
mod mend;
mod opened;
mod raw;
mod scan;
mod shared;
mod signs;
mod source;
mod text;
mod view;

pub use canvas::Canvas;
pub use document::{BrokenPage, Document, Page};
pub use facts::{Lock, Reading};
pub use hollow::Hollow;
pub use library::{Library, LoadError, Unopened};
