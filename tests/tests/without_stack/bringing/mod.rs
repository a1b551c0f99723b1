//! Tests files that the platform brings itself: copies of media, and files at addresses.

mod addresses;
mod copies;
mod copy_orders;
mod copy_races;
mod fetch_faults;
mod fetches;
mod lost;
mod parts;

use std::collections::BTreeSet;

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::Faults;
use dozo::vocabulary::app::AppRecord;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{AppId, FileName, UploadId};
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use image::ImageFormat;
use serde_json::{Value, json};

const COPY: &str = "POST /apps/{app}/media/{media}/copy";
const COPY_AS_ADMIN: &str = "POST /admin/apps/{app}/media/{media}/copy";
const INGEST: &str = "POST /apps/{app}/ingest";

/// A picture with a text in it, which is taken out before it is delivered.
fn with_text() -> Vec<u8> {
    let plain = picture(ImageFormat::Png, 20, 10, 7).unwrap();
    // The signature and the header are 33 bytes.
    let (head, rest) = plain.split_at(33);
    let text = b"tEXtComment\0taken at home";
    let mut chunk = u32::try_from(text.len() - 4)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    chunk.extend_from_slice(text);
    chunk.extend_from_slice(&crc32fast::hash(text).to_be_bytes());
    [head, &chunk, rest].concat()
}

/// Publishes a file of the app `demo`.
async fn publish(world: &World, name: &str, bytes: &[u8]) -> UploadedFile {
    let file = world.file(name);
    world.upload(&file, bytes);
    let mut post = Post::new(world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready, "{name}");
    world.clock.advance(10_000);
    file
}

/// Registers another app like `demo`.
fn another_app(world: &World, change: impl FnOnce(&mut AppRecord)) -> AppId {
    let app = AppId::parse("other").unwrap();
    let demo = world.store.find(&Key::App(world.app.clone()).location());
    let mut registration: AppRecord = serde_json::from_slice(&demo.unwrap().body).unwrap();
    registration.app = app.clone();
    change(&mut registration);
    let body = json!(registration).to_string();
    let key = Key::App(app.clone());
    world.store.upload(&key.location(), body.as_bytes());
    app
}

/// Calls a route of `issue-token`; returns the status and the answer.
async fn ask(
    world: &World,
    route: &str,
    path: &[(&str, &str)],
    body: &Value,
    faults: &Faults,
) -> (i64, Value) {
    let event = call(route, path, &[], Some(&body.to_string()));
    let answer = issue_token::handle(&world.issue_token(faults), event).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    (answer.status_code, serde_json::from_str(&text).unwrap())
}

/// Asks for a copy.
async fn copy(world: &World, file: &UploadedFile, route: &str, body: &Value) -> (i64, Value) {
    let path = [("app", file.app.as_str()), ("media", file.media.as_str())];
    ask(world, route, &path, body, &Faults::none()).await
}

/// Asks for a file at an address.
async fn ingest(world: &World, body: &Value) -> (i64, Value) {
    ask(world, INGEST, &[("app", "demo")], body, &Faults::none()).await
}

/// Returns the file that an answer promises.
fn expected(answer: &(i64, Value), name: &str) -> UploadedFile {
    let (status, answer) = answer;
    assert_eq!(*status, 202, "{answer}");
    let text = |field: &str| answer[field].as_str().unwrap();
    let app = AppId::parse(text("app")).unwrap();
    let upload = UploadId::parse(text("upload")).unwrap();
    let file = UploadedFile::new(app, upload, FileName::new(name).unwrap());
    assert_eq!(file.media.as_str(), text("media"));
    file
}

fn state(world: &World, file: &UploadedFile) -> State {
    world.record(file).unwrap().state
}

/// Returns the code of a rejection, if there is one.
fn rejection(world: &World, file: &UploadedFile) -> Option<String> {
    let rejection = world.record(file).unwrap().rejection;
    rejection.map(|rejection| rejection.code)
}

/// Returns the keys of what is delivered of a media, without what they begin with.
fn delivered(world: &World, file: &UploadedFile) -> BTreeSet<String> {
    let of = format!("/{}/{}/", file.app, file.media);
    let all = world.store.contents(Bucket::Delivery).into_keys();
    all.filter_map(|key| Some(key.split_once(&of)?.1.to_owned()))
        .collect()
}

/// Returns the keys of all files in UPLOAD.
fn uploads(world: &World) -> Vec<String> {
    world.store.contents(Bucket::Upload).into_keys().collect()
}
