//! Tests that apps are told every change of their media, each under one number, without a gap.

mod apps;
mod changes;
mod faults;
mod lost;
mod many;
mod random;
mod schema;
mod uploads;

use std::collections::BTreeMap;

use dozo::memory::faults::Faults;
use dozo::vocabulary::message::upload::UploadedFile;
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

pub(crate) const ABUSE: &str = r#"{"reason": "abuse"}"#;
pub(crate) const PRIVATE: &str = r#"{"visibility": "private"}"#;
pub(crate) const PUBLIC: &str = r#"{"visibility": "public"}"#;

pub(crate) fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
}

/// Uploads a file and has it validated; nothing is announced.
pub(crate) async fn put(world: &World, file: &UploadedFile, body: &[u8], id: &str) {
    world.upload(file, body);
    let mut post = Post::new(world).announcing_nothing();
    post.notify(Letter::about(file, id));
    post.finish().await;
}

/// Asks for something, and has it carried out; nothing is announced.
pub(crate) async fn order(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let asked = call(route, &path, &[], body);
    if route == RETRY {
        retry_media::handle(&world.retry_media(&Faults::none()), asked).await;
    } else {
        suspend_media::handle(&world.suspend_media(&Faults::none()), asked).await;
    }
    Post::new(world).announcing_nothing().finish().await;
}

/// A world with one picture that is ready, of which nothing was announced.
pub(crate) async fn ready(seed: u64) -> (World, UploadedFile) {
    let world = World::new(seed);
    let file = world.file("a.png");
    put(&world, &file, &good(1), "1").await;
    (world, file)
}

/// The time after which nobody counts as being at work on a media's entries any more, in seconds.
pub(crate) const LEASE: u32 = 241;

/// Gives one hint to a process with these faults; returns whether the message was acknowledged.
pub(crate) async fn hint(world: &World, file: &UploadedFile, faults: &Faults) -> bool {
    let key = format!("media/demo/{}.json", file.media);
    let batch = Letter::batch(&[Letter::about_record(&key, "hint")]);
    let answer = announce_change::handle(&world.announce_change(faults), batch).await;
    answer.batch_item_failures.is_empty() && !faults.died()
}

/// An event as a receiver keeps it, who knows nothing but what is documented.
#[derive(Debug, Clone, PartialEq)]
struct Received {
    kind: String,
    data: Value,
}

/// Returns what the app was told about a file, as a receiver reads it: each id once, ordered by sequence. Events of one
/// id have the same bytes, and there is no gap.
fn told(world: &World, file: &UploadedFile) -> Vec<Received> {
    told_of(world, file.media.as_str())
}

/// Returns what was told about a subject.
fn told_of(world: &World, subject: &str) -> Vec<Received> {
    let mut by_id: BTreeMap<String, String> = BTreeMap::new();
    let mut by_sequence: BTreeMap<u32, Received> = BTreeMap::new();
    for notice in world.bus.published() {
        let event: Value = serde_json::from_str(&notice.body).unwrap();
        assert_eq!(event["type"], notice.kind);
        if event["subject"] != subject {
            continue;
        }
        let id = event["id"].as_str().unwrap().to_owned();
        let before = by_id.insert(id, notice.body.clone());
        assert!(
            before.is_none_or(|before| before == notice.body),
            "one id, two events: {}",
            notice.body
        );
        let sequence = event["sequence"].as_str().unwrap().parse().unwrap();
        let received = Received {
            kind: notice.kind,
            data: event["data"].clone(),
        };
        let before = by_sequence.insert(sequence, received.clone());
        assert!(before.is_none_or(|before| before == received));
    }
    for (expected, (sequence, _)) in (1..).zip(&by_sequence) {
        assert_eq!(*sequence, expected, "a gap: {:?}", by_sequence.keys());
    }
    by_sequence.into_values().collect()
}

fn kinds(world: &World, file: &UploadedFile) -> Vec<String> {
    let told = told(world, file).into_iter();
    told.map(|event| event.kind).collect()
}
