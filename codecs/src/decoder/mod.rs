//! How files are opened. Each format has one decoder, and everybody uses it: who reads a header, who judges a file, and who
//! renders it. What one of them accepted, the others can therefore read.
//!
//! JPEG is not here: its header is read by [`crate::container`], and its pixels by libjpeg, which [`crate::render`] guards.

pub(crate) mod gif;
pub(crate) mod png;
pub(crate) mod webp;

/// A frame of an animation as it is shown, over what earlier frames left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Pixels across.
    pub(crate) width: u32,
    /// Red, green, blue and a coverage that they are not multiplied by, row by row.
    pub(crate) pixels: &'a [u8],
    /// How long it stays.
    pub(crate) milliseconds: u32,
}
