//! Tests suspending, restoring, moving and deleting on the real stack: the API's answers, the buckets' contents, and
//! what viewers get.

mod blocked;
mod doors;
mod races;
mod stages;
mod whole;

use std::collections::BTreeMap;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::unlike_any;
use dozo_tests::stack::{DEMO, Grant, Stack};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

/// A picture that is not blocked, whatever other tests suspend.
fn photo() -> Vec<u8> {
    unlike_any(ImageFormat::Png, 300, 200).unwrap()
}

/// Publishes a picture; returns its id and its address.
async fn published(stack: &Stack, grant: &Grant, name: &str) -> (MediaId, String) {
    stack.put(grant, name, photo()).await;
    let media = grant.media(name);
    let shown = stack.until_state(DEMO, &media, "ready").await;
    let url = shown["urls"]["original"].as_str().unwrap().to_owned();
    (media, url)
}

/// Asks for an operation as an admin, and expects it to be accepted.
async fn ask(stack: &Stack, media: &MediaId, what: &str, body: &Value) -> Value {
    let path = format!("/admin/apps/{DEMO}/media/{media}/{what}");
    let reply = stack.admin().send(Method::POST, &path, body).await;
    assert!(matches!(reply.status, 200 | 202), "{path}: {reply:?}");
    reply.json()
}

async fn suspend(stack: &Stack, media: &MediaId) -> Value {
    ask(stack, media, "suspend", &json!({"reason": "abuse"})).await
}

/// Returns the objects of a media in a bucket, with their content.
async fn held(stack: &Stack, bucket: &str, media: &MediaId) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for visibility in ["public", "private"] {
        for key in stack
            .keys(bucket, &format!("{visibility}/{DEMO}/{media}/"))
            .await
        {
            let body = stack.object(bucket, &key).await.unwrap();
            found.insert(key, body.to_vec());
        }
    }
    found
}

/// Asserts that a media is gone: no objects in DELIVERY, and 404 from the CDN for each URL.
async fn assert_gone(stack: &Stack, media: &MediaId, urls: &[&str]) {
    assert_eq!(held(stack, "delivery", media).await, BTreeMap::new());
    for url in urls {
        let reply = stack.fetch(url).await;
        assert_eq!(reply.status, 404, "{url}: {reply:?}");
    }
}
