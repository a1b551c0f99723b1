//! Tests ten thousand random schedules of everything that may happen to a media, on every stage: nothing is stuck, lost,
//! doubled or leaked.
//!
//! A schedule mixes what people ask for, deliveries with faults at random calls, lost, repeated and simultaneous
//! messages, new versions, lost events, sweeps and waits, while viewers fetch. Then it goes on without faults, and
//! the sweeper has a few rounds. In the end the buckets are compared with the record, object by object.
//!
//! Each schedule follows from its number. A failure prints the number and the steps;
//! `SCHEDULE=17 cargo test --workspace --test without_stack -- schedules::of_pictures` runs that one alone and tells what
//! happens. `SCHEDULES_FROM=10000` runs as many others, from that number on.

use std::panic::{AssertUnwindSafe, catch_unwind};

mod asked;
mod files;
mod machine;
mod pages;
mod steps;
mod stores;
mod viewers;

use files::Kind;
use machine::Machine;

/// The schedules of each kind. Pictures are most, because they take the least time; what an operation does with objects
/// is the same for all kinds.
const PICTURES: u64 = 7_000;
const DOCUMENTS: u64 = 1_500;
const FILMS: u64 = 750;
const JOBS: u64 = 750;

/// The schedules that may fail before the rest is not tried.
const ENOUGH: usize = 10;

fn number_in(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap())
}

fn run(kind: Kind, schedules: std::ops::Range<u64>) {
    let chosen = number_in("SCHEDULE");
    let from = number_in("SCHEDULES_FROM").unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let whole = runtime.block_on(files::whole(kind));
    let mut failed = Vec::new();
    for number in schedules.map(|number| from + number) {
        if chosen.is_some_and(|chosen| chosen != number) {
            continue;
        }
        let mut machine = Machine::new(kind, number, &whole, chosen.is_some());
        let run = AssertUnwindSafe(|| runtime.block_on(Box::pin(machine.run())));
        if catch_unwind(run).is_err() {
            eprintln!("the schedule {number} of {kind:?} has failed");
            failed.push(number);
        }
        if failed.len() >= ENOUGH {
            break;
        }
    }
    assert!(
        failed.is_empty(),
        "schedules of {kind:?} that failed: {failed:?}"
    );
}

#[test]
fn of_pictures() {
    run(Kind::Picture, 0..PICTURES / 2);
}

#[test]
fn of_more_pictures() {
    run(Kind::Picture, PICTURES / 2..PICTURES);
}

#[test]
fn of_documents() {
    run(Kind::Document, 0..DOCUMENTS);
}

#[test]
fn of_films() {
    run(Kind::Film, 0..FILMS);
}

#[test]
fn of_films_that_the_service_transcodes() {
    run(Kind::Job, 0..JOBS);
}
