//! The size of a picture as a stream stores it.

/// A stored picture, with its pixel shape if its header tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: (u32, u32),
    pub(crate) pixel: Option<(u32, u32)>,
}
