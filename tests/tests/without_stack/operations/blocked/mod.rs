//! Tests that bytes which are suspended do not come back under another name: of pictures, documents and films, with a
//! fault or a suspension at any call.

mod admins;
mod faults;
mod races;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};

use dozo::memory::faults::Faults;
use dozo::stages::blocked::Block;
use dozo::vocabulary::app::{AppRecord, GrantRecord};
use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::pdfs::plain;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use serde_json::json;

use crate::operations::scene::*;

/// A kind of file, and who works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture,
    Document,
    Film,
    /// A film of which a service makes what is delivered.
    FilmByService,
}

const KINDS: [Kind; 4] = [
    Kind::Picture,
    Kind::Document,
    Kind::Film,
    Kind::FilmByService,
];

impl Kind {
    fn world(self) -> World {
        let mut world = World::new(11);
        world.has_service = self == Self::FilmByService;
        world
    }

    fn file(self, world: &World, name: &str) -> UploadedFile {
        let extension = match self {
            Self::Picture => "png",
            Self::Document => "pdf",
            Self::Film | Self::FilmByService => "webm",
        };
        world.file(&format!("{name}.{extension}"))
    }

    /// A file of this kind; a different number makes a different file.
    fn bytes(self, number: u8) -> Vec<u8> {
        match self {
            Self::Picture => picture(ImageFormat::Png, 20, 10, number).unwrap(),
            Self::Document => plain(usize::from(number)),
            Self::Film | Self::FilmByService => film(640, 360, 4_000.0 + f32::from(number)),
        }
    }
}

/// Uploads a file, and delivers all messages that follow.
async fn bring(world: &World, file: &UploadedFile, bytes: &[u8]) {
    world.upload(file, bytes);
    let mut post = Post::new(world);
    post.notify(Letter::about(file, "s3"));
    post.finish().await;
}

/// Uploads a file, which is to become ready.
async fn publish(world: &World, file: &UploadedFile, bytes: &[u8]) {
    bring(world, file, bytes).await;
    assert_eq!(
        state(world, file),
        State::Ready,
        "{:?}",
        record(world, file)
    );
    world.clock.advance(10_000);
}

/// Asserts that a file was refused because its bytes are blocked, and that nothing of it is delivered.
fn assert_refused(world: &World, file: &UploadedFile, context: &str) {
    let record = record(world, file);
    let code = record.rejection.as_ref().map(|why| why.code.as_str());
    assert_eq!(code, Some("blocked_content"), "{context}: {record:?}");
    assert_eq!(record.state, State::Rejected, "{context}");
    assert_eq!(delivered(world, file), BTreeSet::new(), "{context}");
}

/// Returns the keys of what is delivered of a media.
fn delivered(world: &World, file: &UploadedFile) -> BTreeSet<String> {
    let of = format!("/{}/{}/", file.app, file.media);
    let all = world.store.contents(Bucket::Delivery).into_keys();
    all.filter(|key| key.contains(&of)).collect()
}

/// Returns the media for which bytes are blocked, by digest.
pub(crate) fn blocks(world: &World) -> BTreeMap<String, Vec<(AppId, MediaId)>> {
    let records = world.store.contents(Bucket::Records).into_iter();
    let blocks = records.filter_map(|(key, object)| {
        let digest = key.strip_prefix("blocked/")?.to_owned();
        let block: Block = serde_json::from_slice(&object.body).unwrap();
        let holders = block.holders.into_iter();
        Some((digest, holders.map(|one| (one.app, one.media)).collect()))
    });
    blocks.collect()
}

/// Returns the blocks of these bytes alone, for these media.
fn block_of(bytes: &[u8], files: &[&UploadedFile]) -> BTreeMap<String, Vec<(AppId, MediaId)>> {
    let holders = files
        .iter()
        .map(|file| (file.app.clone(), file.media.clone()));
    [(FileDigest::of(bytes).to_string(), holders.collect())].into()
}

/// Returns a file that another app uploads.
fn of_another_app(world: &World, like: &UploadedFile) -> UploadedFile {
    let app = AppId::parse("other").unwrap();
    let demo = world.store.find(&Key::App(world.app.clone()).location());
    let mut registration: AppRecord = serde_json::from_slice(&demo.unwrap().body).unwrap();
    registration.app = app.clone();
    let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
    let grant = GrantRecord {
        visibility: Visibility::Private,
        files: None,
        declared: BTreeMap::new(),
        origin: None,
        expires_at: registration.created_at,
        created_at: registration.created_at,
    };
    for (key, record) in [
        (Key::App(app.clone()), json!(registration)),
        (Key::Grant(app.clone(), upload.clone()), json!(grant)),
    ] {
        let body = record.to_string();
        world.store.upload(&key.location(), body.as_bytes());
    }
    let name = FileName::new(&format!("other {}", like.name.as_str())).unwrap();
    UploadedFile::new(app, upload, name)
}

/// Places an order and leaves it in its queue.
async fn order(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let (status, answer) = ask(world, file, route, body, &Faults::none()).await;
    assert_eq!(status, 202, "{route}: {answer}");
}
