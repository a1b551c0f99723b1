//! Where an object of a document stands.

/// Where an object is.
pub(super) enum Place {
    At(u64),
    /// In the stream of this number, as the one of this index.
    Within(u32, u32),
}
