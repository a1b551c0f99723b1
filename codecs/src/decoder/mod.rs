//! Opens files. Each format has one decoder, which is used to read headers, to judge files and to render them. So a
//! file that one of these accepts can be read by the others.
//!
//! JPEG is not here: [`crate::container`] reads its header, and libjpeg its pixels, guarded by [`crate::render`].

pub(crate) mod av1;
pub(crate) mod gif;
pub(crate) mod png;
pub(crate) mod webp;

/// A frame of an animation as it is shown, drawn over the earlier frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Pixels across.
    pub(crate) width: u32,
    /// Red, green, blue and alpha, not premultiplied, row by row.
    pub(crate) pixels: &'a [u8],
    /// The time for which the frame is shown.
    pub(crate) milliseconds: u32,
}
