//! Tests thumbnails that are made before anybody asks for one: they are there, they are what would be rendered, and they are
//! taken away with their picture.

use std::collections::BTreeMap;

use dozo::memory::faults::Faults;
use dozo::ports::store::Object;
use dozo::stages::render::Reply;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{LIMITS, Letter, World, call, far, request};
use image::ImageFormat;
use serde_json::Value;

mod changed;
mod made;
mod shown;
mod withdrawn;

const PLENTY: Limits = Limits {
    image_pixels: 100_000,
    ..LIMITS
};

/// Two formats in one density; small enough for the preview of the picture.
const CARD: &str = r#"{"card": {"fit": "cover", "width": 300, "height": 8, "eager": true, "formats": ["webp", "jpg"]}}"#;

/// The same, wider.
const WIDER: &str = r#"{"card": {"fit": "cover", "width": 310, "height": 8, "eager": true, "formats": ["webp", "jpg"]}}"#;

/// The same, made on demand only.
const LAZY: &str = r#"{"card": {"fit": "cover", "width": 300, "height": 8, "eager": false, "formats": ["webp", "jpg"]}}"#;

fn register(world: &World, presets: &str) {
    world.register(|app| app.presets = serde_json::from_str(presets).unwrap());
}

/// A world with a picture in UPLOAD that has a preview, and with these presets.
fn uploaded(presets: &str) -> (World, UploadedFile) {
    let world = World::with_limits(8, PLENTY);
    register(&world, presets);
    let file = world.file("long.png");
    world.upload(&file, &picture(ImageFormat::Png, 2_048, 40, 7).unwrap());
    (world, file)
}

async fn published(presets: &str) -> (World, UploadedFile) {
    let (world, file) = uploaded(presets);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
    (world, file)
}

/// Everything that was made ahead, by key.
fn stored(world: &World) -> BTreeMap<String, Object> {
    let contents = world.store.contents(Bucket::Delivery).into_iter();
    contents
        .filter(|(key, _)| key.contains("/thumbs/"))
        .collect()
}

/// Changes the presets through the API; returns the status and the answer.
async fn changed_to(world: &World, presets: &str, faults: &Faults) -> (i64, Value) {
    let body = format!(r#"{{"presets": {presets}}}"#);
    let event = call(
        "PATCH /admin/apps/{app}",
        &[("app", "demo")],
        &[],
        Some(&body),
    );
    let answer = register_app::handle(&world.register_app(faults), event).await;
    let body = answer.body.map(|body| body.as_ref().to_vec());
    let body = serde_json::from_slice(&body.unwrap_or_default()).unwrap();
    (answer.status_code, body)
}

async fn asked(app: &render_thumbnail::Function, file: &UploadedFile, path: &str) -> Reply {
    let path = format!("/public/demo/{}/{path}", file.media);
    render_thumbnail::handle(app, request("GET", &path, &[]), far()).await
}

/// Asks a process that knows nothing yet.
async fn viewed(world: &World, file: &UploadedFile, path: &str) -> Reply {
    asked(&world.render_thumbnail(&Faults::none()), file, path).await
}

/// The message about the thumbnails of a media.
fn about(file: &UploadedFile) -> Letter {
    Letter {
        id: "thumbs".to_owned(),
        body: format!(
            r#"{{"make_thumbs": {{"app": "demo", "media": "{}"}}}}"#,
            file.media
        ),
        attempts: 1,
    }
}

/// Delivers the message about a media's thumbnails; returns whether it was acknowledged.
async fn make(world: &World, file: &UploadedFile, faults: &Faults) -> bool {
    let app = world.validate_upload(faults);
    let answer = validate_upload::handle(&app, Letter::bulk_batch(&[about(file)])).await;
    answer.batch_item_failures.is_empty() && !faults.died()
}
