//! Tests the edge in front of a new emulator, with a small distribution made through the CloudFront API.
//!
//! The tests set the clock; between edge and emulator, a tap counts requests, holds answers back and makes requests
//! fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod deployed;
mod errors;
mod fixture;
mod functions;
mod invalidations;
mod objects;
mod signatures;
mod stack;
mod tap;
