//! Tests that an app's own words about a media go through the API, and are bound to a version if it wants.

use bytes::Bytes;
use dozo_tests::pictures::picture;
use dozo_tests::stack::Stack;
use image::ImageFormat;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn are_kept_answered_and_bound_to_a_version() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let body = picture(ImageFormat::Png, 40, 30, 9).unwrap();
    stack.put(&grant, "lake.png", body).await;
    let media = grant.media("lake.png");
    stack.until_state("demo", &media, "ready").await;
    let path = format!("/apps/demo/media/{media}");
    let said = json!({"title": "Lake", "alt": "Fog", "tags": ["a"], "metadata": {"by": "Ada"}});
    let reply = stack.app().send(Method::PATCH, &path, &said).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let version = reply.header("etag").to_owned();
    let shown = stack.app().get(&path).await;
    assert_eq!(shown.header("etag"), version);
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&shown.json()[name], value);
    }
    for (status, title) in [(200, "Pond"), (412, "Sea")] {
        let headers = [
            ("if-match", version.as_str()),
            ("content-type", "application/json"),
        ];
        let body = Bytes::from(json!({ "title": title }).to_string());
        let client = stack.app();
        let reply = client
            .send_bytes(Method::PATCH, &path, &headers, body)
            .await;
        assert_eq!(reply.status, status, "{title}: {}", reply.text());
    }
    assert_eq!(stack.app().get(&path).await.json()["title"], "Pond");
}
