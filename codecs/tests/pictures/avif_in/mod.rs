//! Tests AVIF as it comes in: what is shown of it, beside libavif's decoder; what is delivered of it; and what becomes of
//! damaged files.

mod animations;
mod delivered;
mod hostile;
pub(crate) mod made;
mod shown;
