//! Measures uploads through the whole local stack: uploads per second, and the time from PutObject's answer to `ready`.
//!
//! Run it with `make bench-pipeline`. Both ends of a time come from this machine's clock: the client receives S3's
//! answer, and the record notes when it became ready. That note is taken just before the record is written, so the last
//! write is not included; a polling client would add its own interval instead.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

mod photos;

use dozo::vocabulary::record::{MediaRecord, What};
use dozo_bench::report::Report;
use dozo_bench::samples::Samples;
use dozo_tests::crowd::{Crowd, Sent};
use dozo_tests::stack::{Program, Stack, fresh_app};
use jiff::Timestamp;
use serde_json::json;

/// The name of a case, the number of uploads, and how many of them run at a time.
const CASES: [(&str, usize, usize); 2] = [
    ("1,000 pictures, 32 at a time", 1_000, 32),
    ("100 pictures, each when the last is ready", 100, 1),
];

#[tokio::main]
async fn main() {
    let stack = Stack::running();
    let mut report = Report::new("pipeline");
    report.version("ministack", ministack().await);
    report.note("Functions of the deploy profile on the local stack; the emulator (Python) shares the cores with them.");
    report.note("From PutObject's answer at the client to the time of `ready` in the record's history: one clock.");
    report.note("Pictures are PNGs of 8 × 8 pixels: this is the pipeline's time, not the decoder's. The photo is a JPEG of 5 MB.");
    for (case, uploads, at_once) in CASES {
        let (sent, records, start) = upload(&stack, uploads, at_once).await;
        row(&mut report, case, start, &sent, &records);
    }
    report.note("The processor time of a photo is that of validate-upload, its children included; calls of S3 are counted in memory.");
    photos::measure(&stack, &mut report).await;
    report.print().unwrap();
}

/// Uploads and waits until all are ready. One at a time means that the stack is idle when an upload comes.
async fn upload(
    stack: &Stack,
    uploads: usize,
    at_once: usize,
) -> (Vec<Sent>, Vec<MediaRecord>, Timestamp) {
    let app = fresh_app("bench");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let crowd = Crowd::of(&[grant], uploads);
    let parts = if at_once == 1 {
        crowd.singly()
    } else {
        vec![crowd]
    };
    let (mut all, mut records) = (Vec::new(), Vec::new());
    let start = Timestamp::now();
    for part in parts {
        let sent = part.send(at_once, |grant| stack.s3(&grant.keys)).await;
        records.extend(sent.all_ready(stack).await);
        all.push(sent);
    }
    (all, records, start)
}

fn row(report: &mut Report, case: &str, start: Timestamp, sent: &[Sent], records: &[MediaRecord]) {
    let ready: Vec<Timestamp> = records.iter().map(ready_at).collect();
    let files = sent.iter().flat_map(Sent::files);
    let times = files
        .zip(&ready)
        .map(|(file, ready)| ready.duration_since(file.answered).as_secs_f64() * 1_000.0);
    let times = Samples::of_milliseconds(times);
    let last = ready.iter().max().unwrap();
    let seconds = last.duration_since(start).as_secs_f64();
    report.row(
        case,
        &[
            ("uploads_per_second", records.len() as f64 / seconds),
            ("p50_ms", times.median()),
            ("p95_ms", times.percentile(95)),
            ("longest_ms", times.percentile(100)),
        ],
    );
}

fn ready_at(record: &MediaRecord) -> Timestamp {
    let mut events = record.history.iter();
    events.find(|event| event.what == What::Ready).unwrap().at
}

async fn ministack() -> Option<String> {
    let script = "import importlib.metadata as m; print(m.version('ministack'))";
    let python = dozo_tests::template::workspace().join(".local/venv/bin/python3");
    let ran = Program::new(python).args(["-c", script]).run().await;
    (ran.code == 0).then(|| ran.stdout.trim().to_owned())
}
