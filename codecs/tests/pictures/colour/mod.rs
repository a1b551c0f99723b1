//! A file's renderings show the colours that it describes, whatever the chunk, the profile, the size and the decoder's
//! path; and no description fails a rendering.
//!
//! The referee is LittleCMS: linked where a test says so, and by Pillow 13.0 or libvips 8.18 where it gives numbers.

mod files;
mod hostile;
mod jpeg;
mod png_chunks;
mod profiles;
mod samples;
