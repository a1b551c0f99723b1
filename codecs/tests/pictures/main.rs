//! Tests pictures: what is accepted, what is delivered of it, and what its renderings show.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test stops at the first surprise"
)]

mod avif;
mod avif_in;
mod closing;
mod colour;
mod finish;
mod hostile;
mod judging;
mod left_behind;
mod marks;
mod mutated;
mod orientation;
mod pieces;
mod reduced;
mod render;
mod sources;
mod strip;
