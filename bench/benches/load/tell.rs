//! Reports a run, and whatever was wrong with it.

use std::time::Duration;

use dozo_bench::report::Report;
use dozo_bench::samples::Samples;
use dozo_bench::trend::grows;

use crate::machine::Machine;
use crate::requests::Outcome;
use crate::run::{Ended, Kind, Ran};

/// The length of a row's time, in seconds.
const SLICE: u64 = 10;

/// The errors that are shown in full.
const SHOWN: usize = 20;

pub(crate) fn notes(report: &mut Report, lasting: Duration) {
    report.note(format!(
        "{} s of uploads, takedowns and views in Poisson processes, at half of what the machine can do.",
        lasting.as_secs()
    ));
    report.note("A lag begins when the request was due. It ends at `ready` in the record, at the CDN's first 404, or with the last byte.");
    report.note("Pictures are JPEGs of 640 × 480. Views follow Zipf's law (exponent 1) over 200 media in three sizes; 5 % are for a new size.");
    report.note("Functions of the deploy profile on the local stack; the emulator (Python) and this load share the cores with them.");
}

/// How fast each kind is alone, and how fast it comes.
pub(crate) fn rates(report: &mut Report, machine: &Machine, rates: &Machine) {
    for (when, of) in [("alone", machine), ("in the load", rates)] {
        for (kind, rate) in [
            ("uploads", of.uploads),
            ("takedowns", of.takedowns),
            ("views", of.views),
        ] {
            report.row(format!("{kind} {when}"), &[("per_second", rate)]);
        }
    }
}

pub(crate) fn slices(report: &mut Report, ran: &Ran) {
    for kind in Kind::ALL {
        let of_kind = || ran.ended.iter().filter(move |ended| ended.kind == kind);
        let name = match kind {
            Kind::Upload => "uploads",
            Kind::Takedown => "takedowns",
            Kind::CachedView => "views, cached",
            Kind::NewView => "views, new",
        };
        for from in starts(ran.lasting) {
            let slice: Vec<_> = of_kind().filter(|ended| is_in(from, ended.due)).collect();
            lags(report, &label(name, from), &slice);
        }
        lags(
            report,
            &format!("{name}, all"),
            &of_kind().collect::<Vec<_>>(),
        );
    }
    for from in starts(ran.lasting) {
        let depths = ran.depths.iter().filter(|(at, _)| is_in(from, *at));
        let waiting = depths.map(|(_, depth)| f64::from(depth.waiting));
        let waiting: Vec<_> = waiting.collect();
        let mean = waiting.iter().sum::<f64>() / waiting.len() as f64;
        let most = waiting.iter().copied().fold(0.0, f64::max);
        report.row(
            label("queues", from),
            &[("waiting_mean", mean), ("waiting_most", most)],
        );
    }
    let late = Samples::of(ran.ended.iter().map(|ended| ended.late));
    let drained = ran.drained.map_or(f64::NAN, |took| took.as_secs_f64());
    report.row(
        "sent late",
        &[
            ("p50_ms", late.median()),
            ("p95_ms", late.percentile(95)),
            ("longest_ms", late.percentile(100)),
        ],
    );
    report.row("queues empty after", &[("seconds", drained)]);
}

fn lags(report: &mut Report, case: &str, ended: &[&Ended]) {
    let count =
        |is: fn(&Outcome) -> bool| ended.iter().filter(|ended| is(&ended.outcome)).count() as f64;
    let times = ended.iter().filter_map(|ended| match ended.outcome {
        Outcome::Done { lag, .. } => Some(lag),
        Outcome::Refused | Outcome::Failed(_) => None,
    });
    let times = Samples::of(times);
    report.row(
        case,
        &[
            ("due", ended.len() as f64),
            ("p50_ms", times.median()),
            ("p95_ms", times.percentile(95)),
            ("longest_ms", times.percentile(100)),
            (
                "missed",
                count(|outcome| matches!(outcome, Outcome::Done { is_miss: true, .. })),
            ),
            (
                "refused",
                count(|outcome| matches!(outcome, Outcome::Refused)),
            ),
            (
                "errors",
                count(|outcome| matches!(outcome, Outcome::Failed(_))),
            ),
        ],
    );
}

fn starts(lasting: Duration) -> impl Iterator<Item = u64> {
    (0..lasting.as_secs()).step_by(usize::try_from(SLICE).unwrap())
}

fn is_in(from: u64, time: Duration) -> bool {
    (from..from + SLICE).contains(&time.as_secs())
}

fn label(name: &str, from: u64) -> String {
    format!("{name}, {from:>3} to {:>3} s", from + SLICE)
}

/// Returns what must not be.
pub(crate) fn faults(ran: &Ran) -> Vec<String> {
    let mut faults: Vec<_> = ran
        .ended
        .iter()
        .filter_map(|ended| match &ended.outcome {
            Outcome::Failed(why) => Some(format!(
                "{:?} at {:.1} s: {why}",
                ended.kind,
                ended.due.as_secs_f64()
            )),
            Outcome::Done { .. } | Outcome::Refused => None,
        })
        .collect();
    if faults.len() > SHOWN {
        let more = faults.len() - SHOWN;
        faults.truncate(SHOWN);
        faults.push(format!("{more} more errors"));
    }
    let waiting: Vec<_> = ran
        .depths
        .iter()
        .map(|(_, depth)| f64::from(depth.waiting))
        .collect();
    if grows(&waiting) {
        faults.push(format!("the queues grow: {waiting:?}"));
    }
    if ran.drained.is_none() {
        faults.push("the queues are not empty in the end".to_owned());
    }
    faults.extend(ran.given_up.iter().map(|mark| format!("given up: {mark}")));
    faults
}
