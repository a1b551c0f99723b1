//! Tests formats that are converted: what is made of files that other programs wrote, compared with what those programs
//! say of the pixels.
//!
//! `cases` has the files, and beside each a PNG with its pixels; `make_cases.py` made them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test stops at the first surprise"
)]

mod bmps;
mod cases;
mod mutated;
mod tiffs;
mod writing;
