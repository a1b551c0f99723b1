//! The function as Lambda runs it: its own program, in front of a Runtime API of ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

mod http;
mod peak;
mod runtime_api;
mod streamed;
