//! Values that all other modules use. Nothing here does I/O or uses a port.

pub mod access;
pub mod app;
pub mod day;
pub mod digest;
pub mod etag;
pub mod iiif;
pub mod job;
pub mod keys;
pub mod kind;
pub mod ladder;
pub mod message;
pub mod names;
pub mod operation;
pub mod page;
pub mod placeholder;
pub mod preset;
pub mod quota;
pub mod record;
pub mod rejection;
pub mod rendition;
pub mod second;
pub mod stage;
pub mod state;
pub mod streams;
