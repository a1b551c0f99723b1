//! Documents in, pixels and text out: PDFium behind one door.
//!
//! Nothing here knows of uploads, buckets or apps. The library is loaded at run time from a folder that the caller names
//! (`libpdfium.so` beside `fonts/`); it is built without JavaScript and XFA, and what a document carries of them is never
//! run. A document is read through [`std::io::Read`] and [`std::io::Seek`] where PDFium asks for it, so that its size is
//! no matter of memory.
//!
//! PDFium is C++: what a hostile document can make it do ends with the process, so this is used where that costs one
//! message ([`crash`] says which page it was). It is not made for threads: [`Library::open`] lets one document be open at a time.

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
