//! Tests the function as Lambda runs it: as a program of its own, with our own Runtime API.

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
