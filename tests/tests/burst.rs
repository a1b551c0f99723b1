//! Tests a thousand uploads, 32 at a time, through the deployed stack. Other tests would wait behind them, so `make test`
//! runs this one alone.

use dozo::vocabulary::keys::Prefix;
use dozo::vocabulary::names::AppId;
use dozo_tests::crowd::Crowd;
use dozo_tests::stack::{Stack, fresh_app};
use serde_json::json;

const UPLOADS: usize = 1_000;

/// Uploads at the same time, each on its own connection.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_uploads_at_once_are_all_ready_once() {
    let stack = Stack::running();
    let app = fresh_app("burst");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let crowd = Crowd::of(&[grant], UPLOADS);
    let sent = crowd.send(AT_ONCE, |grant| stack.s3(&grant.keys)).await;
    let records = sent.all_ready(&stack).await;
    sent.assert_published_once(&stack, &records).await;

    // Record-failure takes dead letters and leaves two traces: `last_error` and a mark.
    assert!(records.iter().all(|record| record.last_error.is_none()));
    let marks = Prefix::failed(&AppId::parse(&app).unwrap());
    let left = stack.all_keys("records", marks.as_str()).await;
    assert!(left.is_empty(), "given up: {left:?}");
}
