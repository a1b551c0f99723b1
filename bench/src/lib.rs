//! What all benchmarks share: the head that says where a figure comes from, and how figures are printed.
//!
//! ```text
//! make bench-… ─▶ <crate>/benches/….rs ─▶ Report ─┬─ a text table
//!                                                  └─ FORMAT=json: one JSON object on one line
//! ```
//!
//! A benchmark is a `[[bench]]` with `harness = false` in the crate that it needs most; those of the whole system are
//! in `benches/` here. It makes a [`report::Report`], puts its rows into it and prints it, and has a target
//! `bench-<name>` in the Makefile that `bench` depends on. Standard output is for the report alone, so that
//! `make bench FORMAT=json` can be piped.
//!
//! A member of its own, and nothing but serde below it, so that a benchmark of pixels builds without AWS's SDK. Refuses to judge:
//! what must hold is asserted by tests, and a time is no such thing on a machine that one shares.

pub mod head;
pub mod report;
pub mod runtime_api;
pub mod samples;
