//! A file's renderings show the colours that it describes, whatever the chunk, the profile, the size and the decoder's
//! path; and no description fails a rendering.
//!
//! The referee is LittleCMS: linked where a test says so, and by Pillow 13.0 or libvips 8.18 where it gives numbers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::panic,
    reason = "a test may fail by panic"
)]

#[path = "colour/files.rs"]
mod files;
#[path = "colour/hostile.rs"]
mod hostile;
#[path = "colour/jpeg.rs"]
mod jpeg;
#[path = "colour/png.rs"]
mod png_chunks;
#[path = "colour/profiles.rs"]
mod profiles;
#[path = "colour/samples.rs"]
mod samples;
