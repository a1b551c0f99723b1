//! PDFs become pages: the real handlers and the real PDFium, over ports in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panic"
)]

mod bad;
mod deadline;
mod faults;
mod given_up;
mod grey;
mod moved;
mod pages;
mod scans;
mod scene;
mod toy;
mod turns;
