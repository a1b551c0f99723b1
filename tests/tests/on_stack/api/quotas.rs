//! Tests quotas on the deployed stack: a file over a quota is rejected, and no more credentials are issued on that day.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Grant, Stack, fresh_app};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::assert_problem;

async fn put(stack: &Stack, app: &str, grant: &Grant, name: &str, state: &str) -> Value {
    let bytes = picture(ImageFormat::Png, 16, 16, 3).unwrap();
    stack.put(grant, name, bytes).await;
    stack.until_state(app, &grant.media(name), state).await
}

#[tokio::test]
async fn of_a_day() {
    let stack = Stack::running();
    let app = fresh_app("quota");
    let quotas = json!({"media_per_day": 2, "bytes_per_day": 1_000_000});
    let registered = stack.register(&app, &json!({ "quotas": quotas })).await;
    assert_eq!(registered["quotas"]["media_per_day"], 2);
    assert_eq!(registered["quotas"]["files_per_upload"], 1_000);

    let path = format!("/apps/{app}/uploads");
    let ask = |request: Value| {
        let (signer, path) = (stack.admin(), path.clone());
        async move { signer.send(Method::POST, &path, &request).await }
    };
    let large =
        json!({"files": [{"name": "a", "bytes": 600_000}, {"name": "b", "bytes": 600_000}]});
    let refused = ask(large).await;
    assert_problem("bytes", &refused, 429, "quota_exceeded", "files");

    let grant = stack.grant_for(&app, &json!({})).await;
    for name in ["1.png", "2.png"] {
        put(&stack, &app, &grant, name, "ready").await;
    }
    let over = put(&stack, &app, &grant, "3.png", "rejected").await;
    assert_eq!(over["rejection"]["code"], "quota_exceeded");
    let sentence = "This app accepts 2 files a day, and today's quota is used up. Upload the file again after midnight UTC.";
    assert_eq!(over["rejection"]["message"], sentence);

    let refused = ask(json!({})).await;
    assert_problem("media", &refused, 429, "quota_exceeded", "");
    let problem = refused.json();
    assert_eq!(problem["detail"], sentence);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    assert_eq!(problem["retry_after_seconds"], seconds);
}

#[tokio::test]
async fn of_an_upload() {
    let stack = Stack::running();
    let app = fresh_app("quota");
    let quotas = json!({"files_per_upload": 1});
    stack.register(&app, &json!({ "quotas": quotas })).await;
    let path = format!("/apps/{app}/uploads");
    let two = json!({"files": [{"name": "a"}, {"name": "b"}]});
    let refused = stack.admin().send(Method::POST, &path, &two).await;
    assert_problem("two", &refused, 429, "quota_exceeded", "files");
    assert_eq!(refused.header("retry-after"), "", "waiting does not help");

    let grant = stack.grant_for(&app, &json!({})).await;
    put(&stack, &app, &grant, "1.png", "ready").await;
    let over = put(&stack, &app, &grant, "2.png", "rejected").await;
    assert_eq!(over["rejection"]["code"], "quota_exceeded");
    let other = stack.grant_for(&app, &json!({})).await;
    put(&stack, &app, &other, "2.png", "ready").await;
}
