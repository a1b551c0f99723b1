//! Tests how audio and video become what every browser plays: in memory with a toy engine and with a service of toy
//! jobs, with FFmpeg itself, and on the stack.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::as_conversions,
    reason = "a test may fail by panic"
)]

mod before_publication;
mod in_memory;
mod on_the_stack;
mod scene;
mod service;
mod service_model;
mod strangers;
mod with_ffmpeg;
