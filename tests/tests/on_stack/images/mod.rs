//! Tests images on demand on the deployed stack, as viewers get them from the CDN.

mod ahead;
mod beginning;
mod cache;
mod failing;
mod iiif;
mod load;
mod memory;
mod presets;
mod previews;
mod refusals;
mod validator;
mod withdrawn;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Reply, Stack};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

/// A ready media, and show-media's answer about it.
struct Shown {
    media: MediaId,
    answer: Value,
}

impl Shown {
    /// Returns the base URI of its image.
    fn base(&self) -> String {
        self.answer["urls"]["iiif"].as_str().unwrap().to_owned()
    }

    fn thumb(&self, preset: &str) -> String {
        let url = &self.answer["urls"]["thumbs"][preset];
        url.as_str()
            .unwrap_or_else(|| unreachable!("{}", self.answer))
            .to_owned()
    }
}

/// Uploads a file by the app `demo`, and waits until it is ready.
async fn ready(stack: &Stack, name: &str, body: Vec<u8>) -> Shown {
    ready_for(stack, DEMO, &json!({}), name, body).await
}

/// Uploads a file with a grant for this request body, and waits until it is ready.
async fn ready_for(stack: &Stack, app: &str, request: &Value, name: &str, body: Vec<u8>) -> Shown {
    let grant = stack.grant_for(app, request).await;
    stack.put(&grant, name, body).await;
    let media = grant.media(name);
    let answer = stack.until_state(app, &media, "ready").await;
    Shown { media, answer }
}

/// A gradient of 600 × 400.
fn photo(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Jpeg, 600, 400, shade).unwrap()
}

/// Decodes the picture in an answer, which must be a 200 of this type.
fn pictured(reply: &Reply, content_type: &str) -> DynamicImage {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), content_type);
    image::load_from_memory(&reply.body).unwrap()
}

fn dimensions(picture: &DynamicImage) -> (u32, u32) {
    (picture.width(), picture.height())
}
