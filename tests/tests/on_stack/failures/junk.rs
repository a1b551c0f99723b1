//! Tests messages that belong to no media: they are kept and counted, and hold nothing up.

use std::time::Duration;

use dozo::stages::failure::FailedMessage;
use dozo::vocabulary::keys::{Key, MessageId};
use dozo::vocabulary::stage::MAX_DELIVERIES;
use dozo_tests::stack::{DEMO, PATIENCE, Stack, until};
use futures_util::future::join_all;
use serde_json::json;

use crate::failures::logged::{events, handled};
use crate::failures::{good, send};

const FILES: usize = 20;

/// Waits until record-failure has kept the message of this id.
pub(crate) async fn kept(stack: &Stack, id: &str) -> FailedMessage {
    kept_within(stack, id, PATIENCE).await
}

/// Waits like [`kept`], for `patience`.
pub(crate) async fn kept_within(stack: &Stack, id: &str, patience: Duration) -> FailedMessage {
    let key = Key::Unclaimed(MessageId::new(id)).to_string();
    let what = format!("{key} to be kept");
    until(&what, patience, || async {
        let body = stack.object("records", &key).await?;
        Some(serde_json::from_slice(&body).unwrap())
    })
    .await
}

fn counted(stack: &Stack) -> usize {
    let all = events(stack, "record-failure");
    all.iter()
        .filter(|event| event["MessageUnclaimed"] == 1)
        .count()
}

#[tokio::test]
async fn junk_is_kept_and_counted_and_holds_nothing_up() {
    let stack = Stack::running();
    let foreign = json!({"Records": [{"s3": {"object": {"key": "of/nobody"}}}]}).to_string();
    let junk = [
        ("junk", "message_malformed"),
        ("{}", "message_malformed"),
        ("{\"Records\": 3}", "message_malformed"),
        (foreign.as_str(), "key_malformed"),
    ];
    let grant = stack.grant().await;
    let names: Vec<_> = (0..FILES).map(|n| format!("{n}.png")).collect();
    let picture = good(1);
    let (ids, _) = tokio::join!(
        join_all(junk.iter().map(|(body, _)| send(&stack, "uploads", body))),
        join_all(
            names
                .iter()
                .map(|name| stack.put(&grant, name, picture.clone()))
        ),
    );
    for name in &names {
        stack.until_state(DEMO, &grant.media(name), "ready").await;
    }
    for (id, (body, code)) in ids.iter().zip(junk) {
        let kept = kept(&stack, id).await;
        assert_eq!((kept.body.as_str(), kept.code.as_str()), (body, code));
        assert_eq!((&kept.message_id, kept.attempts), (id, MAX_DELIVERIES));
    }
    until("the count of what was kept", PATIENCE, || async {
        (counted(&stack) >= junk.len()).then_some(())
    })
    .await;
    let failed = stack.app().get("/apps/demo/media?state=failed").await;
    let text = failed.text();
    assert_eq!(failed.status, 200, "{text}");
    assert!(
        names
            .iter()
            .all(|name| !text.contains(grant.media(name).as_str())),
        "{text}"
    );
}

/// S3 sends this event when a notification is configured.
#[tokio::test]
async fn the_test_event_of_s3_is_acknowledged() {
    let stack = Stack::running();
    let body = json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-11-23T19:29:08.000Z",
        "Bucket": stack.bucket("upload"),
    });
    let id = send(&stack, "uploads", &body.to_string()).await;
    let event = handled(&stack, "validate-upload", &id).await;
    assert_eq!(event["outcome"], "test event", "{event}");
    let key = Key::Unclaimed(MessageId::new(&id)).to_string();
    assert!(stack.object("records", &key).await.is_none());
}
