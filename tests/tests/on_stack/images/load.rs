//! Tests many different requests for one image at the same time: none fails, and memory does not grow with their
//! number.

use dozo_tests::stack::{PATIENCE, Stack, until};
use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use crate::images::{photo, ready};

const REQUESTS: usize = 1_000;
const AT_ONCE: usize = 32;

/// The log lines that must be there; under this load the emulator sometimes loses one (seen: 4).
const LOGGED: usize = REQUESTS * 95 / 100;

/// How far the function's peak may exceed that of the first requests, in bytes: allocators keep some pages for later.
const SLACK: u64 = 24 << 20;

/// Returns the peaks that the function has logged for a media, in order.
fn peaks(stack: &Stack, media: &str) -> Vec<u64> {
    let log = stack.log_of("render-thumbnail");
    let lines = log.lines().filter_map(|line| line.get(line.find('{')?..));
    let events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events
        .filter(|event| event["media"] == media && event["status"] == 200)
        .filter_map(|event| event["peak_bytes"].as_u64())
        .collect()
}

#[tokio::test]
async fn a_thousand_different_requests_at_32_in_parallel() {
    let stack = Stack::running();
    let shown = ready(&stack, "a.jpg", photo(31)).await;
    let base = shown.base();
    let statuses: Vec<_> = stream::iter(0..REQUESTS)
        .map(|number| {
            // Every request asks for another region or another size.
            let (x, width) = (number % 100, 40 + number / 100);
            let url = format!("{base}/{x},0,400,300/{width},/0/default.jpg");
            let stack = &stack;
            async move { stack.fetch(&url).await.status }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let media = shown.media.to_string();
    let peaks = until("the function to log its answers", PATIENCE, || async {
        Some(peaks(&stack, &media)).filter(|peaks| peaks.len() >= LOGGED)
    })
    .await;
    // All processes have worked for a while by the end of the first quarter; after that memory must not grow.
    let (early, late) = peaks.split_at(REQUESTS / 4);
    let (early, late) = (early.iter().max().unwrap(), late.iter().max().unwrap());
    assert!(
        *late <= early + SLACK,
        "{early} bytes at first, {late} in the end"
    );
}
