//! Pixels in, pixels out: what decodes, judges and renders the formats that are accepted.
//!
//! Nothing here knows of uploads, buckets or apps. Everything here takes bytes from strangers: a header is
//! read first ([`header`]), the caller compares it with its limits, and only then are pixels decoded
//! ([`decode`], [`render`]), so that a bomb is refused before its memory is spent.

pub mod decode;
pub mod header;
pub mod render;
pub mod strip;

mod container;
mod decoder;
mod variant;

pub use variant::Variant;

/// The encodings that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// ITU-T T.81.
    Jpeg,
    /// W3C PNG, third edition (with APNG).
    Png,
    /// RFC 9649.
    Webp,
    /// GIF87a and GIF89a.
    Gif,
}

/// Why bytes are not an image.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It ends before its format says that it does.
    #[error("the file ends before its image does")]
    Truncated,
    /// It is not what its format allows.
    #[error("the file is not a well-formed image")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is in order, in a way that is not decoded here, nor by any browser.
    #[error("not supported: {0}")]
    Unsupported(Variant),
    /// Decoding it would take more memory than any image within the limits needs.
    #[error("the image needs more memory than its size explains")]
    Memory,
}
