//! Tests what a new AWS account does: it runs ten functions at once, and throttles all others.

use std::sync::atomic::{AtomicU32, Ordering};

use dozo::vocabulary::keys::Prefix;
use dozo::vocabulary::names::AppId;
use dozo_tests::crowd::Crowd;
use dozo_tests::own_stack::{OwnStack, Ports, Signal};
use dozo_tests::stack::{DEMO, PATIENCE, fresh_app, until};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::failures::crash::redeliver_after;
use crate::failures::good;

const UPLOADS: usize = 200;

const THUMBNAILS: u32 = 100;

/// Uploads and viewers come at once. Throttled messages come again, and none is a dead letter; a thumbnail that was
/// refused is made when the viewer asks again.
#[tokio::test(flavor = "multi_thread")]
async fn is_slow_and_loses_nothing() {
    let mut own = OwnStack::new("new-account").with("LAMBDA_ACCOUNT_CONCURRENCY", "10");
    let stack = own.start(Ports::default()).await;
    redeliver_after(&stack, 5).await;
    let grant = stack.grant().await;
    stack.put(&grant, "viewed.png", good(1)).await;
    let viewed = grant.media("viewed.png");
    let shown = stack.until_state(DEMO, &viewed, "ready").await;
    let base = shown["urls"]["iiif"].as_str().unwrap().to_owned();

    let app = fresh_app("new");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let crowd = Crowd::of(&[grant], UPLOADS);
    let (sent, refused) = tokio::join!(
        crowd.send(32, |grant| stack.s3(&grant.keys)),
        join_all((1..=THUMBNAILS).map(|side| thumbnail(&base, side))),
    );
    let refused: u32 = refused.iter().sum();
    assert!(
        refused > 0,
        "no thumbnail was throttled, so nothing was tested"
    );
    let records = sent.all_ready(&stack).await;
    sent.assert_published_once(&stack, &records).await;
    assert!(records.iter().all(|record| record.last_error.is_none()));
    let marks = Prefix::failed(&AppId::parse(&app).unwrap());
    assert!(stack.all_keys("records", marks.as_str()).await.is_empty());
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}

/// Asks for a thumbnail until it is there; returns how often it was refused.
async fn thumbnail(base: &str, side: u32) -> u32 {
    let url = format!("{base}/full/{side},/0/default.webp");
    let refused = AtomicU32::new(0);
    let probe = || async {
        let answer = reqwest::get(&url).await.unwrap();
        match answer.status() {
            StatusCode::OK => Some(()),
            StatusCode::TOO_MANY_REQUESTS => {
                refused.fetch_add(1, Ordering::SeqCst);
                None
            }
            other => panic!("{url}: {other}"),
        }
    };
    until("a thumbnail", PATIENCE, probe).await;
    refused.into_inner()
}
