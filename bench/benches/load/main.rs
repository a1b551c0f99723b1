//! Loads the local stack with half of what this machine can do, as people do it: uploads, takedowns and views come when
//! they come, and wait for no answer of one another.
//!
//! Run it with `make bench-load`; `DURATION=600` loads it for ten minutes. First it measures how many uploads, takedowns
//! and views a second the stack works off when each kind has it for itself (`machine.rs`). Then the three come together,
//! each in a Poisson process of its own: uploads with half of the load, views with four tenths, takedowns with one.
//!
//! A lag begins at the time that was drawn for a request, not when it was sent, and so a stack that stalls does not slow
//! down what loads it (<https://www.scylladb.com/2021/04/22/on-coordinated-omission/>). An upload ends at the time of
//! `ready` in its record, a takedown with the CDN's first 404 for what it had in its cache, and a view with the last byte.
//!
//! The benchmark fails (exit code 1) if anything ends in an error other than a refusal that the API documents as worth
//! another try (429, 503), if a queue grows, or if the queues are not empty in the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

mod library;
mod machine;
mod queues;
mod requests;
mod run;
mod tell;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dozo_bench::report::Report;
use dozo_tests::stack::Stack;

use library::Library;
use machine::Machine;
use requests::Site;

/// The environment variable with the seconds that the load lasts, and their number without it.
const DURATION: &str = "DURATION";
const SECONDS: u64 = 120;

/// The part of what the machine can do.
const PART: f64 = 0.5;

#[tokio::main]
async fn main() -> ExitCode {
    let Some(lasting) = lasting() else {
        eprintln!("{DURATION} is a number of seconds, 30 or more");
        return ExitCode::from(2);
    };
    let site = Arc::new(Site::new(Stack::running()));
    let (library, uploads) = Library::make(&site).await;
    let machine = Machine::measure(&site, &library, uploads).await;
    let rates = machine.part(PART);
    let plan = run::Plan::draw(&site, &library, rates, lasting).await;
    let ran = run::run(&site, plan, lasting).await;
    let mut report = Report::new("load");
    tell::notes(&mut report, lasting);
    tell::rates(&mut report, &machine, &rates);
    tell::slices(&mut report, &ran);
    report.print().unwrap();
    let faults = tell::faults(&ran);
    for fault in &faults {
        eprintln!("bench-load: {fault}");
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn lasting() -> Option<Duration> {
    let seconds = match std::env::var(DURATION).as_deref() {
        Ok("") | Err(_) => SECONDS,
        Ok(text) => text.parse().ok().filter(|seconds| *seconds >= 30)?,
    };
    Some(Duration::from_secs(seconds))
}
