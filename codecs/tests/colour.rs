//! What a file says of its colours is what its renderings show, whatever the chunk, the profile, the size and the path of the
//! decoder; and nothing that it says fails a rendering.
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
