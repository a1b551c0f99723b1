//! Tests stopping and starting the local stack: nothing that was uploaded is lost, nothing is left running, and
//! obstacles to a start are reported.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

mod refused;
mod resumed;
