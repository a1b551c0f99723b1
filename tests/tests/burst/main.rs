//! Tests many uploads at once: none is lost, none is published twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

mod in_memory;
mod on_the_stack;
