//! Tests that credentials expire when they say. STS issues none for less than 900 s, so the test moves the clock
//! instead of waiting.

use std::time::Duration;

use bytes::Bytes;
use dozo_tests::stack::{Grant, Reply, Stack};
use reqwest::Method;
use serde_json::json;

use crate::door::photo;
use crate::door::shifted::ShiftedStack;

async fn put(stack: &Stack, grant: &Grant, minutes_ahead: u64) -> Reply {
    let path = format!("/{}/{}", grant.bucket, grant.key("a.png"));
    let s3 = stack.service(&grant.keys, "s3");
    let s3 = s3.ahead(Duration::from_secs(minutes_ahead * 60));
    s3.send_bytes(Method::PUT, &path, &[], Bytes::from(photo(51)))
        .await
}

async fn put_presigned(stack: &Stack, grant: &Grant) -> Reply {
    let file = grant.files().swap_remove(0);
    let put = stack
        .http()
        .put(&file.url)
        .body(photo(51))
        .send()
        .await
        .unwrap();
    Reply {
        status: put.status().as_u16(),
        headers: put.headers().clone(),
        body: put.bytes().await.unwrap(),
    }
}

#[tokio::test]
async fn after_that_nothing_opens() {
    let shifted = ShiftedStack::start().await;
    let stack = &shifted.stack;
    let _registered = stack.register("demo", &json!({})).await;
    let request = json!({"duration_seconds": 900, "files": [{"name": "a.png"}]});
    let grant = stack.grant_for("demo", &request).await;
    let longer = stack.grant().await;
    for minutes in [0, 14] {
        if minutes > 0 {
            shifted.set_ahead(minutes).await;
        }
        for reply in [
            put(stack, &grant, minutes).await,
            put_presigned(stack, &grant).await,
        ] {
            assert_eq!(reply.status, 200, "+{minutes} min: {}", reply.text());
        }
    }
    shifted.set_ahead(16).await;
    let refused = put(stack, &grant, 16).await;
    assert!(matches!(refused.status, 400 | 403), "{}", refused.text());
    assert!(
        refused.text().contains("ExpiredToken"),
        "{}",
        refused.text()
    );
    let refused = put_presigned(stack, &grant).await;
    assert!(matches!(refused.status, 400 | 403), "{}", refused.text());
    // Credentials that last longer still work, so the refusal was not due to the clock itself.
    let accepted = put(stack, &longer, 16).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
}
