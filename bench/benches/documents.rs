//! Measures documents through the whole local stack: from PutObject's answer to `ready`, with the pages distributed to
//! several functions at once.
//!
//! Run it with `make bench-documents`. The end is the time in the record's history at which it became ready, as for
//! pictures.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

use std::time::Duration;

use dozo::vocabulary::names::MediaId;
use dozo::vocabulary::record::{MediaRecord, What};
use dozo_bench::report::Report;
use dozo_tests::pdfs::{dense, document, scans};
use dozo_tests::stack::{DEMO, Stack, until};
use dozo_tests::template::{Template, workspace};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The time limit for the longest document, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// The maximum time in seconds that short documents may wait: a slice of two seconds on each of two functions, another
/// one for documents validated meanwhile, and their own work.
const MOST_SECONDS_BEHIND: f64 = 6.0;

const FUNCTION: &str = "split-pdf";

const PEAK: &str = "peak_megabytes";

#[tokio::main]
async fn main() {
    let stack = Stack::running();
    let memory = Template::load().unwrap().functions();
    let memory = memory.iter().find(|found| found.directory == FUNCTION);
    let megabytes = u32::try_from(memory.unwrap().memory_megabytes).unwrap();
    let mut report = Report::new("documents");
    report.note("Functions of the deploy profile on the local stack; the emulator (Python) shares the cores with them.");
    report.note("A page is 1,131 × 1,600 pixels, a JPEG and a text; each is put into the bucket.");
    report.note("drawing, encoding: of all functions together; share: of what the cores had to give in that time.");
    report.note(format!(
        "peak: of the process that used most; the function has {} MB.",
        megabytes
    ));
    let mut peaks = Vec::new();
    for (case, body) in cases() {
        let figures = measure(&stack, case, body).await;
        report.row(case, &figures);
        peaks.extend(figures.iter().filter(|(name, _)| *name == PEAK));
    }
    let behind = behind_a_long_one(&stack).await;
    report.row("ten short behind a thousand pages", &behind);
    report.print().unwrap();
    let last = behind.first().map(|(_, seconds)| *seconds);
    assert!(
        last.is_some_and(|seconds| seconds <= MOST_SECONDS_BEHIND),
        "short documents wait for a long one: {last:?} s"
    );
    // The template's unit is MiB.
    let limit = f64::from(megabytes) * 1.048_576;
    let is_held = |(_, peak): &(&str, f64)| *peak > 0.0 && *peak < limit;
    assert!(
        peaks.iter().all(is_held),
        "more than the function has, or not logged: {peaks:?}"
    );
}

/// The documents, each built when it is needed, because the last one is large.
fn cases() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let text = |pages| document(&(1..=pages).map(dense).collect::<Vec<_>>(), "");
    let texts = [
        ("80 pages of text", 80),
        ("500 pages of text", 500),
        ("2,000 pages of text", 2_000),
    ];
    let texts = texts
        .into_iter()
        .map(move |(case, pages)| (case, text(pages)));
    texts.chain(std::iter::once_with(|| {
        ("scans of 300 MB", scans(300_000_000))
    }))
}

async fn measure(stack: &Stack, case: &str, body: Vec<u8>) -> Vec<(&'static str, f64)> {
    let before = |name: &'static str| (name, stack.logged(FUNCTION, name).len());
    let (made, drawn) = (before("pages"), before("drawing_ms"));
    let (encoded, peaks) = (before("encoding_ms"), before("peak_bytes"));
    let since = |(name, before): (&'static str, usize)| {
        stack.logged(FUNCTION, name).into_iter().skip(before)
    };
    let megabytes = body.len() as f64 / 1e6;
    let grant = stack.grant_for(DEMO, &json!({})).await;
    stack.put(&grant, "manual.pdf", body).await;
    let start = Timestamp::now();
    let media = grant.media("manual.pdf");
    let record = until_ready(stack, &media, case).await;
    let pages = f64::from(record.content.as_ref().unwrap().pages.unwrap());
    let seconds = ready_at(&record).duration_since(start).as_secs_f64();
    // The logs are only read every other second.
    let all = || async { (since(made).sum::<u64>() as f64 >= pages).then_some(()) };
    until("the log of all pages", PATIENCE, all).await;
    let sum = |of| since(of).sum::<u64>() as f64 / 1e3;
    let (drawing, encoding) = (sum(drawn), sum(encoded));
    let cores = std::thread::available_parallelism().unwrap().get() as f64;
    vec![
        ("megabytes", megabytes),
        ("pages", pages),
        ("seconds", seconds),
        ("pages_per_second", pages / seconds),
        ("drawing_seconds", drawing),
        ("encoding_seconds", encoding),
        (
            "share_percent",
            100.0 * (drawing + encoding) / (seconds * cores),
        ),
        (PEAK, since(peaks).max().unwrap_or(0) as f64 / 1e6),
    ]
}

/// Uploads ten documents of one page while one of a thousand pages is being processed. Measures from the last of their
/// uploads until the last of them is ready.
async fn behind_a_long_one(stack: &Stack) -> Vec<(&'static str, f64)> {
    let long = std::fs::read(workspace().join("tests/cases/pdf/a-thousand-short-pages.pdf"));
    let grant = stack.grant_for(DEMO, &json!({})).await;
    stack.put(&grant, "long.pdf", long.unwrap()).await;
    let start = Timestamp::now();
    let long = grant.media("long.pdf");
    let is_at_work = |shown: &Value| shown["progress"]["total"] == 1_000;
    stack.until_shown(DEMO, &long, "at work", is_at_work).await;
    let names: Vec<_> = (0..10).map(|number| format!("{number}.pdf")).collect();
    let page = document(&[dense(1)], "");
    join_all(
        names
            .iter()
            .map(|name| stack.put(&grant, name, page.clone())),
    )
    .await;
    let put = Timestamp::now();
    let mut last = put;
    for name in &names {
        let record = until_ready(stack, &grant.media(name), name).await;
        last = last.max(ready_at(&record));
    }
    let long = until_ready(stack, &long, "the long one").await;
    vec![
        (
            "seconds_until_the_last_of_ten",
            last.duration_since(put).as_secs_f64(),
        ),
        (
            "seconds_of_the_long_one",
            ready_at(&long).duration_since(start).as_secs_f64(),
        ),
    ]
}

async fn until_ready(stack: &Stack, media: &MediaId, case: &str) -> MediaRecord {
    let probe = || async {
        let shown = stack.show(DEMO, media).await;
        shown.filter(|shown| shown["state"] == "ready").map(drop)
    };
    until(case, PATIENCE, probe).await;
    let key = format!("media/{DEMO}/{media}.json");
    serde_json::from_slice(&stack.object("records", &key).await.unwrap()).unwrap()
}

fn ready_at(record: &MediaRecord) -> Timestamp {
    let mut events = record.history.iter();
    events.find(|event| event.what == What::Ready).unwrap().at
}
