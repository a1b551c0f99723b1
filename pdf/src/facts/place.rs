//! The place of an object in a document.

/// The place of an object: an offset in the file, or an index in an object stream.
pub(super) enum Place {
    At(u64),
    /// In the object stream of this number, at this index.
    Within(u32, u32),
}
