//! Documents through the whole local stack: from PutObject's answer to `ready`, with the pages handed out to several
//! functions at once.
//!
//! `make bench-documents`. The end is the record's own note of when it became ready, as for pictures.
#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

use dozo::record::{MediaRecord, What};
use dozo_bench::report::Report;
use dozo_tests::pdfs::{dense, document};
use dozo_tests::stack::{DEMO, Stack};
use jiff::Timestamp;
use serde_json::json;

const CASES: [(&str, usize); 2] = [("80 pages of text", 80), ("500 pages of text", 500)];

#[tokio::main]
async fn main() {
    let stack = Stack::running();
    let mut report = Report::new("documents");
    report.note("Functions of the deploy profile on the local stack; the emulator (Python) shares the cores with them.");
    report.note("A page is 1,131 × 1,600 pixels, a JPEG and a text; each is put into the bucket.");
    for (case, pages) in CASES {
        let sheets: Vec<_> = (1..=pages).map(dense).collect();
        let grant = stack.grant_for(DEMO, &json!({})).await;
        stack.put(&grant, "manual.pdf", document(&sheets, "")).await;
        let start = Timestamp::now();
        let media = grant.media("manual.pdf");
        let until = |shown: &serde_json::Value| shown["state"] == "ready";
        stack.until_shown(DEMO, &media, case, until).await;
        let key = format!("media/{DEMO}/{media}.json");
        let record = stack.object("records", &key).await.unwrap();
        let record: MediaRecord = serde_json::from_slice(&record).unwrap();
        let seconds = ready_at(&record).duration_since(start).as_secs_f64();
        let rates = [
            ("seconds", seconds),
            ("pages_per_second", pages as f64 / seconds),
        ];
        report.row(case, &rates);
    }
    report.print().unwrap();
}

fn ready_at(record: &MediaRecord) -> Timestamp {
    let mut events = record.history.iter();
    events.find(|event| event.what == What::Ready).unwrap().at
}
