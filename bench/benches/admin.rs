//! Measures suspensions through the whole local stack: the time until no file of a media is delivered any more.
//!
//! Run it with `make bench-admin`. A time starts when the admin's request is sent, and ends when the CDN has answered
//! 404 for the last of the media's URLs, all of which were in its cache. Once the record says `suspended`, all URLs are
//! requested again.

#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and counts far below 2^52"
)]

use std::time::{Duration, Instant};

use dozo::vocabulary::names::MediaId;
use dozo_bench::report::Report;
use dozo_bench::samples::Samples;
use dozo_tests::many::ready_with_objects;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Stack};
use futures_util::{StreamExt, stream};
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

/// The number of media that are suspended one after another, and the number of objects of each.
const LARGE: usize = 20;
const OBJECTS: usize = 100;

/// The number of media that are suspended at once.
const CROWD: usize = 300;

/// The maximum number of concurrent requests to the stack.
const AT_ONCE: usize = 32;

/// The pause before URLs that are still delivered are requested again, so that these requests do not dominate the load.
const PAUSE: Duration = Duration::from_millis(50);

/// The same pause for many media at once, where shorter pauses would be all of the load.
const SELDOM: Duration = Duration::from_secs(1);

/// The benchmark fails if a media is still delivered after this time.
const PATIENCE: Duration = Duration::from_secs(600);

/// A media and all its URLs, each in the CDN's cache.
struct Delivered {
    media: MediaId,
    urls: Vec<String>,
}

#[tokio::main]
async fn main() {
    let stack = Stack::running();
    let mut report = Report::new("admin");
    report.note("From the admin's request to the CDN's 404 for the last of a media's addresses, each of which was cached.");
    report.note("Functions of the deploy profile on the local stack; the emulator (Python) shares the cores with them.");
    let large = one_by_one(&stack).await;
    row(&mut report, "one at a time, 100 objects each", &large, None);
    let (crowd, all) = at_once(&stack).await;
    row(
        &mut report,
        "300 at once, 1 object each (looked at every second)",
        &crowd,
        Some(all),
    );
    report.print().unwrap();
}

fn row(report: &mut Report, case: &str, gone: &Samples, all: Option<Duration>) {
    let mut figures = vec![
        ("suspended", gone.count() as f64),
        ("p50_ms", gone.median()),
        ("p95_ms", gone.percentile(95)),
        ("longest_ms", gone.percentile(100)),
    ];
    figures.extend(all.map(|all| ("until_all_suspended_s", all.as_secs_f64())));
    report.row(case, &figures);
}

async fn one_by_one(stack: &Stack) -> Samples {
    let grant = stack.grant().await;
    let mut times = Vec::new();
    for number in 0..LARGE {
        let name = format!("{number}.png");
        let body = picture(ImageFormat::Png, 32, 32, 1).unwrap();
        let media = ready_with_objects(stack, &grant, &name, body, OBJECTS).await;
        let delivered = cached(stack, media).await;
        let asked = Instant::now();
        suspend(stack, &delivered.media).await;
        times.push(until_gone(stack, &delivered, asked, PAUSE).await);
        stays_gone(stack, &delivered).await;
    }
    Samples::of(times)
}

async fn at_once(stack: &Stack) -> (Samples, Duration) {
    let grant = stack.grant().await;
    let made = (0..CROWD).map(|number| {
        let grant = &grant;
        async move {
            let body = picture(ImageFormat::Png, 8, 8, 1).unwrap();
            let name = format!("{number}.png");
            cached(
                stack,
                ready_with_objects(stack, grant, &name, body, 1).await,
            )
            .await
        }
    });
    let crowd: Vec<_> = stream::iter(made).buffer_unordered(AT_ONCE).collect().await;
    let start = Instant::now();
    let asked = crowd.iter().map(|delivered| async move {
        let asked = Instant::now();
        suspend(stack, &delivered.media).await;
        (delivered, asked)
    });
    let suspended = stream::iter(asked).buffer_unordered(AT_ONCE);
    let times = suspended
        .map(|(delivered, asked)| async move { until_gone(stack, delivered, asked, SELDOM).await });
    let times: Vec<_> = times.buffer_unordered(CROWD).collect().await;
    for delivered in &crowd {
        stays_gone(stack, delivered).await;
    }
    (Samples::of(times), start.elapsed())
}

/// Fetches all objects of a media twice; the second time, they come from the cache.
async fn cached(stack: &Stack, media: MediaId) -> Delivered {
    let keys = stack
        .all_keys("delivery", &format!("public/{DEMO}/{media}/"))
        .await;
    let urls: Vec<_> = keys
        .iter()
        .map(|key| format!("{}/{key}", stack.file.cdn))
        .collect();
    for hit in ["Miss from cloudfront", "Hit from cloudfront"] {
        let replies = stream::iter(&urls).map(|url| stack.fetch(url));
        let replies: Vec<_> = replies.buffer_unordered(AT_ONCE).collect().await;
        let all = replies
            .iter()
            .all(|reply| reply.status == 200 && reply.header("x-cache") == hit);
        assert!(all, "{media}: {hit}");
    }
    Delivered { media, urls }
}

async fn suspend(stack: &Stack, media: &MediaId) {
    let path = format!("/admin/apps/{DEMO}/media/{media}/suspend");
    let reason = json!({"reason": "abuse"});
    let reply = stack.admin().send(Method::POST, &path, &reason).await;
    assert_eq!(reply.status, 202, "{reply:?}");
}

/// Waits until no URL is delivered, with this pause between attempts, and returns the time since `asked`.
async fn until_gone(
    stack: &Stack,
    delivered: &Delivered,
    asked: Instant,
    pause: Duration,
) -> Duration {
    let mut left: Vec<&String> = delivered.urls.iter().collect();
    loop {
        left = answering(stack, &left).await;
        let took = asked.elapsed();
        if left.is_empty() {
            return took;
        }
        assert!(took < PATIENCE, "{} still answer", left.len());
        tokio::time::sleep(pause).await;
    }
}

/// Returns the URLs that are still delivered. If the first one is, it returns all of them without requesting the rest.
async fn answering<'a>(stack: &Stack, urls: &[&'a String]) -> Vec<&'a String> {
    let (Some(first), rest) = (urls.first(), urls.get(1..).unwrap_or_default()) else {
        return Vec::new();
    };
    if stack.fetch(first).await.status == 200 {
        return urls.to_vec();
    }
    let asked = rest
        .iter()
        .map(|url| async move { (*url, stack.fetch(url).await.status) });
    let asked: Vec<_> = stream::iter(asked)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    asked
        .into_iter()
        .filter_map(|(url, status)| (status == 200).then_some(url))
        .collect()
}

async fn stays_gone(stack: &Stack, delivered: &Delivered) {
    let start = Instant::now();
    let is_suspended = async || {
        let shown = stack.show(DEMO, &delivered.media).await.unwrap();
        shown.get("state").and_then(serde_json::Value::as_str) == Some("suspended")
    };
    while !is_suspended().await {
        assert!(start.elapsed() < PATIENCE, "{}", delivered.media);
        tokio::time::sleep(SELDOM).await;
    }
    let urls: Vec<_> = delivered.urls.iter().collect();
    assert!(answering(stack, &urls).await.is_empty(), "it is back");
}
