//! Tests unmodified clients: viewers get from the CDN what these uploaded with temporary credentials.

mod aws_cli;
mod boto3;
mod curl;
mod delivery;
mod file_names;
mod overwriting;
mod profile;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{Grant, Reply, Stack};
use image::ImageFormat;
use serde_json::Value;

/// A small picture that differs for each shade.
fn photo(format: ImageFormat, shade: u8) -> Vec<u8> {
    picture(format, 64, 48, shade).unwrap()
}

/// Waits until the media is ready, and fetches its original as a viewer.
async fn delivered(stack: &Stack, grant: &Grant, name: &str) -> (Value, Reply) {
    let app = grant.answer["app"].as_str().unwrap();
    let shown = stack.until_state(app, &grant.media(name), "ready").await;
    let reply = stack.fetch(&original(&shown)).await;
    assert_eq!(reply.status, 200, "{shown}");
    (shown, reply)
}

/// Asserts that an uploaded file is ready and that viewers get these bytes.
async fn assert_delivered(stack: &Stack, grant: &Grant, name: &str, bytes: &[u8]) {
    let (shown, reply) = delivered(stack, grant, name).await;
    assert!(reply.body == bytes, "{name}: other bytes: {shown}");
    assert_eq!(shown["file_name"], name);
    assert_eq!(shown["bytes"], bytes.len());
    assert_eq!(reply.header("content-type"), shown["content_type"]);
}

fn original(shown: &Value) -> String {
    shown["urls"]["original"].as_str().unwrap().to_owned()
}

/// Returns the key of a media's original in the DELIVERY bucket.
fn delivery_key(visibility: &str, app: &str, media: &MediaId, extension: &str) -> String {
    format!("{visibility}/{app}/{media}/original.{extension}")
}
