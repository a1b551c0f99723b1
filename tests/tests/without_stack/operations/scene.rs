//! A world with one file, its admin and its viewers.

use std::collections::BTreeMap;

use aws_lambda_events::encodings::Body;
use bytes::Bytes;
use dozo::memory::faults::Faults;
use dozo::memory::queue::Sent;
use dozo::ports::store::Headers;
use dozo::vocabulary::iiif::OutputFormat;
use dozo::vocabulary::keys::{Bucket, Item, Key, ObjectLocation, Thumb};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::preset::{Density, PresetName};
use dozo::vocabulary::record::{MediaRecord, What};
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use image::ImageFormat;
use serde_json::Value;

pub(crate) const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";
pub(crate) const RESTORE: &str = "POST /admin/apps/{app}/media/{media}/restore";
pub(crate) const VISIBILITY: &str = "POST /apps/{app}/media/{media}/visibility";
pub(crate) const DELETE: &str = "DELETE /apps/{app}/media/{media}";
pub(crate) const RETRY: &str = "POST /admin/apps/{app}/media/{media}/retry";
pub(crate) const RETRY_ALL: &str = "POST /admin/apps/{app}/retry";

pub(crate) const PUT_CAPTIONS: &str = "PUT /apps/{app}/media/{media}/captions/{language}";
pub(crate) const REMOVE_CAPTIONS: &str = "DELETE /apps/{app}/media/{media}/captions/{language}";

pub(crate) const ENGLISH: &str = "1\n00:00:01,000 --> 00:00:02,000\nOne & only\n";
pub(crate) const OTHER_ENGLISH: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\n<b>Other\n";
pub(crate) const ABUSE: &str = r#"{"reason": "abuse"}"#;
pub(crate) const LEGAL: &str =
    r#"{"reason": "legal", "blocked_by": "https://authority.example/1"}"#;
pub(crate) const PRIVATE: &str = r#"{"visibility": "private"}"#;
pub(crate) const PUBLIC: &str = r#"{"visibility": "public"}"#;

/// Objects by key: their content, and the headers that they are served with.
pub(crate) type Objects = BTreeMap<String, (Bytes, Headers)>;

/// A preset whose thumbnail of a picture is made ahead.
const EAGER: &str =
    r#"{"tiny": {"fit": "exact", "width": 8, "height": 4, "eager": true, "formats": ["jpg"]}}"#;

fn thumb() -> Item {
    let name = PresetName::parse("tiny").unwrap();
    Item::Thumb(Thumb::new(&name, Density::ONE, OutputFormat::Jpg))
}

/// A picture that is so long that it has a preview.
pub(crate) fn good() -> Vec<u8> {
    picture(ImageFormat::Png, 2_048, 4, 7).unwrap()
}

pub(crate) fn objects(world: &World, bucket: Bucket) -> Objects {
    let contents = world.store.contents(bucket).into_iter();
    contents
        .map(|(key, object)| (key, (object.body, object.info.headers)))
        .collect()
}

/// A world with one good file in UPLOAD.
pub(crate) fn uploaded(seed: u64) -> (World, UploadedFile) {
    let world = World::new(seed);
    world.register(|app| app.presets = serde_json::from_str(EAGER).unwrap());
    let file = world.file("猫.png");
    world.upload(&file, &good());
    (world, file)
}

/// Makes a world with one good file that is published.
pub(crate) async fn published(seed: u64) -> (World, UploadedFile) {
    let (world, file) = uploaded(seed);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(state(&world, &file), State::Ready);
    world.clock.advance(10_000);
    (world, file)
}

/// Calls a route; returns the status and the answer.
pub(crate) async fn ask(
    world: &World,
    file: &UploadedFile,
    route: &str,
    body: Option<&str>,
    faults: &Faults,
) -> (i64, Value) {
    let (app, media) = (file.app.to_string(), file.media.to_string());
    let path = [
        ("app", app.as_str()),
        ("media", media.as_str()),
        ("language", "en"),
    ];
    let event = call(route, &path, &[], body);
    let answer = if route == RETRY || route == RETRY_ALL {
        retry_media::handle(&world.retry_media(faults), event).await
    } else {
        suspend_media::handle(&world.suspend_media(faults), event).await
    };
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    (answer.status_code, serde_json::from_str(&text).unwrap())
}

/// Calls a route and delivers all messages that follow.
pub(crate) async fn done(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let (status, answer) = ask(world, file, route, body, &Faults::none()).await;
    assert!(matches!(status, 200 | 202), "{route}: {status} {answer}");
    Post::new(world).finish().await;
}

pub(crate) fn record(world: &World, file: &UploadedFile) -> MediaRecord {
    world.record(file).unwrap()
}

pub(crate) fn state(world: &World, file: &UploadedFile) -> State {
    record(world, file).state
}

pub(crate) fn times(world: &World, file: &UploadedFile, what: What) -> usize {
    let history = record(world, file).history;
    history.iter().filter(|event| event.what == what).count()
}

/// Returns the places that viewers may know, the originals first. In these tests they know of previews and of thumbnails
/// that were made ahead, too.
pub(crate) fn places(file: &UploadedFile) -> Vec<ObjectLocation> {
    let place = |item, visibility| Key::Delivered {
        visibility,
        app: file.app.clone(),
        media: file.media.clone(),
        item,
    };
    [Item::Original(Format::Png), Item::Preview, thumb()]
        .into_iter()
        .flat_map(|item| Visibility::ALL.map(|visibility| place(item, visibility).location()))
        .collect()
}

/// Fetches what viewers get now, by key. It stays in the CDN's cache.
pub(crate) fn fetch(world: &World, file: &UploadedFile) -> BTreeMap<String, Bytes> {
    let found = places(file).into_iter().filter_map(|location| {
        let body = world.cdn.fetch(&world.store, &location)?;
        Some((location.key().to_owned(), body))
    });
    found.collect()
}

/// Delivers until nothing is on its way, while viewers fetch; a suspended or deleted media must be gone at every step.
pub(crate) async fn watch(world: &World, file: &UploadedFile, post: &mut Post<'_>) {
    loop {
        let seen = fetch(world, file);
        let now = world.record(file).map(|record| record.state);
        if matches!(now, Some(State::Suspended | State::Deleted)) {
            assert_eq!(seen, BTreeMap::new(), "{now:?} and served");
            assert_eq!(objects(world, Bucket::Delivery), Objects::new(), "{now:?}");
        }
        if !post.deliver(&Faults::none()).await {
            return;
        }
    }
}

/// Returns captions as they are written anew.
pub(crate) fn put_as(source: &str) -> String {
    let cues = dozo::stages::captions::read(source.as_bytes()).unwrap();
    cues.write().unwrap()
}

/// A message that was sent, as it is delivered for the first time.
pub(crate) fn letter(sent: Sent) -> Letter {
    Letter {
        id: sent.body.clone(),
        body: sent.body,
        attempts: 1,
    }
}
