//! The common parts of all benchmarks: the head that tells where figures come from, and the output of figures.
//!
//! ```text
//! make bench-… ─▶ <crate>/benches/….rs ─▶ Report ─┬─ a text table
//!                                       │          └─ FORMAT=json: one JSON object on one line
//!                                       └─▶ plot: pictures in docs/
//! ```
//!
//! A benchmark is a `[[bench]]` with `harness = false` in the crate that it needs most; those of the whole system are
//! in `benches/` here. It creates a [`report::Report`], adds its rows and prints it, and has a target `bench-<name>` in
//! the Makefile that `bench` depends on. Standard output is only for the report, so that `make bench FORMAT=json` can
//! be piped.
//!
//! This crate depends on little more than serde, so that a benchmark of pixels builds without AWS's SDK. It does not
//! judge results: tests assert requirements, and a time on a shared machine is not suitable for that.

pub mod arrivals;
pub mod head;
pub mod plot;
pub mod report;
pub mod runtime_api;
pub mod samples;
pub mod trend;
pub mod zipf;
