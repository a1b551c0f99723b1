//! Decodes, judges and renders the image formats that are accepted.
//!
//! Formats that browsers do not show are converted into one that they do ([`convert`]). Drawings are written anew ([`svg`]).
//!
//! This crate does not know about uploads, buckets or apps. It takes bytes from strangers: a header is read first
//! ([`header`]), the caller compares it with its limits, and only then are pixels decoded ([`decode`], [`render`]), so
//! that a bomb is refused before its memory is spent.

#![cfg_attr(
    test,
    allow(
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

pub mod convert;
pub mod decode;
pub mod header;
pub mod render;
pub mod sheet;
pub mod strip;
pub mod svg;

mod container;
mod decoder;
mod variant;

#[cfg(fuzzing)]
pub use container::heif::holds as heif_holds;
pub use variant::Variant;

/// The image encodings that are understood.
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
    /// AOM's AV1 Image File Format 1.1, still and animated.
    Avif,
    /// Scalable Vector Graphics, as [`svg::rewrite`] writes it.
    Svg,
}

/// The reason why bytes are not an acceptable image.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The file ends before its format says that it should.
    #[error("the file ends before its image is complete")]
    Truncated,
    /// The file violates its format.
    #[error("the file is not a well-formed image")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file is valid, but of a kind that neither this crate nor any browser decodes.
    #[error("not supported: {0}")]
    Unsupported(Variant),
    /// Decoding the file would take more memory than any image within the limits needs.
    #[error("the image needs more memory than an image of its size should")]
    Memory,
    /// The machine cannot do the work now, whatever the file is: nothing is known of it. Only drawings need a process of
    /// their own.
    #[error("the image cannot be looked at now")]
    Unavailable(#[source] std::io::Error),
}
