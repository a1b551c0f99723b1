//! Tests private media on the deployed stack: what a grant opens, for whom and how long, and that it opens nothing
//! else.

mod opened;
mod refused;
mod rotated;
mod same_signature;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Reply, Stack};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

/// A private media that is ready.
struct Private {
    media: MediaId,
    /// The unsigned address of its original.
    url: String,
    bytes: Vec<u8>,
}

impl Private {
    async fn new(stack: &Stack, shade: u8) -> Self {
        let upload = stack
            .grant_for(DEMO, &json!({"visibility": "private"}))
            .await;
        let bytes = picture(ImageFormat::Png, 64, 48, shade).unwrap();
        stack.put(&upload, "a.png", bytes.clone()).await;
        let media = upload.media("a.png");
        let shown = stack.until_state(DEMO, &media, "ready").await;
        assert_eq!(shown["visibility"], "private");
        Self {
            media,
            url: shown["urls"]["original"].as_str().unwrap().to_owned(),
            bytes,
        }
    }

    /// Asks for a grant, which must be given; returns the answer.
    async fn grant(&self, stack: &Stack, request: &Value) -> Value {
        let reply = ask(stack, &self.media, request).await;
        assert_eq!(reply.status, 201, "{request}: {}", reply.text());
        assert_eq!(reply.header("cache-control"), "private, no-store");
        reply.json()
    }

    /// Returns a signed address of its original.
    async fn signed(&self, stack: &Stack, request: Value) -> String {
        let mut request = request;
        request["as"] = json!("url");
        let answer = self.grant(stack, &request).await;
        answer["url"].as_str().unwrap().to_owned()
    }

    async fn assert_opened_by(&self, stack: &Stack, url: &str) {
        let reply = stack.fetch(url).await;
        assert_eq!(reply.status, 200, "{url}: {}", reply.text());
        assert!(reply.body == self.bytes, "{url}: other bytes");
    }
}

async fn ask(stack: &Stack, media: &MediaId, request: &Value) -> Reply {
    let path = format!("/apps/{DEMO}/media/{media}/grants");
    stack.app().send(Method::POST, &path, request).await
}

/// Asserts a 403 with this code in CloudFront's form.
fn assert_refused(what: &str, reply: &Reply, code: &str) {
    let text = reply.text();
    assert_eq!(reply.status, 403, "{what}: {text}");
    assert_eq!(reply.header("x-cache"), "Error from cloudfront", "{what}");
    assert!(
        text.contains(&format!("<Code>{code}</Code>")),
        "{what}: {text}"
    );
}

/// Returns the cookies of an answer as a browser sends them.
fn cookies(answer: &Value) -> String {
    let pairs = answer["cookies"].as_object().unwrap().iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    pairs.join("; ")
}
