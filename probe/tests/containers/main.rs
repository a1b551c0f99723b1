//! Tests audio and video containers: what they hold, and that no file stops or misleads the reading of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test stops at the first surprise"
)]

mod cases;
mod clips;
mod formats;
mod hostile;
mod referee;
