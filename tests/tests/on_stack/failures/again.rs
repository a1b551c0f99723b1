//! Tests at-least-once delivery: events that come again, at once and in any order, change nothing.

use dozo_tests::stack::{DEMO, Grant, Keys, Stack};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::failures::logged::handled;
use crate::failures::{bad, good, send};

const TIMES: usize = 10;

/// The notification as S3 sends it.
fn notification(stack: &Stack, grant: &Grant, name: &str) -> String {
    let key = grant.key(name);
    let encoded: String =
        percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC).collect();
    json!({"Records": [{
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": stack.bucket("upload")}, "object": {"key": encoded}},
    }]})
    .to_string()
}

fn times(shown: &Value, what: &str) -> usize {
    let history = shown["history"].as_array().unwrap();
    history.iter().filter(|event| event["what"] == what).count()
}

/// Returns when the delivered object was written, and from which version of the upload.
async fn delivered(stack: &Stack, shown: &Value) -> (String, String) {
    let url = shown["urls"]["original"].as_str().unwrap();
    let key = url.strip_prefix(&format!("{}/", stack.file.cdn)).unwrap();
    let found = stack
        .s3(&Keys::root())
        .head_object()
        .bucket(stack.bucket("delivery"))
        .key(key)
        .send()
        .await
        .unwrap();
    (
        format!("{:?}", found.last_modified()),
        found.e_tag.unwrap_or_default(),
    )
}

#[tokio::test]
async fn the_same_event_ten_times_at_once_changes_nothing() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let goods: Vec<_> = (0..5).map(|n| format!("写真 {n}.png")).collect();
    let refused = "broken.png";
    join_all(
        (0u8..)
            .zip(&goods)
            .map(|(shade, name)| stack.put(&grant, name, good(shade))),
    )
    .await;
    stack.put(&grant, refused, bad(9)).await;

    // Send them again while S3's own notifications are still being handled.
    let names = || goods.iter().map(String::as_str).chain([refused]);
    let repeated = (0..TIMES).flat_map(|_| names().map(|name| notification(&stack, &grant, name)));
    let repeated: Vec<_> = repeated.collect();
    let early = join_all(repeated.iter().map(|body| send(&stack, "uploads", body))).await;
    for id in &early {
        handled(&stack, "validate-upload", id).await;
    }
    let mut before = Vec::new();
    for name in &goods {
        let shown = stack.until_state(DEMO, &grant.media(name), "ready").await;
        before.push((delivered(&stack, &shown).await, shown));
    }
    let rejected = stack
        .until_state(DEMO, &grant.media(refused), "rejected")
        .await;

    // Send them once more after everything is done.
    let late = join_all(repeated.iter().map(|body| send(&stack, "uploads", body))).await;
    for id in &late {
        let event = handled(&stack, "validate-upload", id).await;
        assert!(event["outcome"].is_string(), "{event}");
    }
    for (name, (object, shown)) in goods.iter().zip(before) {
        let after = stack.show(DEMO, &grant.media(name)).await.unwrap();
        assert_eq!(after, shown, "the record was written again");
        assert_eq!(
            delivered(&stack, &after).await,
            object,
            "the object was put again"
        );
        for what in ["validating", "accepted", "ready"] {
            assert_eq!(times(&after, what), 1, "{what}: {after}");
        }
        assert_eq!(times(&after, "superseded"), 0, "{after}");
        let prefix = format!("public/{DEMO}/{}/", grant.media(name));
        assert_eq!(stack.keys("delivery", &prefix).await.len(), 1);
    }
    let after = stack.show(DEMO, &grant.media(refused)).await.unwrap();
    assert_eq!((times(&after, "rejected"), &after), (1, &rejected));
}
