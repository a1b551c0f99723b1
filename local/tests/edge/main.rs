//! The edge before a fresh emulator: a small distribution, made through the CloudFront API.
//!
//! Time is a clock of the test's; between edge and emulator sits a tap that counts, holds and breaks.
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
