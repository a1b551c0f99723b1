//! Tests PDFs on the deployed stack: from the upload to pages in a viewer.

mod long;
mod refused;
mod turns;
mod validator;

use dozo::vocabulary::names::MediaId;
use dozo_tests::stack::{DEMO, Stack};
use serde_json::{Value, json};

/// Uploads a document by the app `demo`; returns its media.
async fn uploaded(stack: &Stack, name: &str, body: Vec<u8>) -> MediaId {
    let grant = stack.grant_for(DEMO, &json!({})).await;
    stack.put(&grant, name, body).await;
    grant.media(name)
}

/// Uploads a document; returns its media and show-media's answer once it is ready.
async fn ready(stack: &Stack, name: &str, body: Vec<u8>) -> (MediaId, Value) {
    let media = uploaded(stack, name, body).await;
    let answer = stack.until_state(DEMO, &media, "ready").await;
    (media, answer)
}

/// Fetches the manifest from the CDN.
async fn manifest(stack: &Stack, answer: &Value) -> Value {
    let url = answer["urls"]["manifest"].as_str().unwrap();
    let reply = stack.fetch(url).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(
        reply
            .header("content-type")
            .starts_with("application/ld+json")
    );
    serde_json::from_slice(&reply.body).unwrap()
}
