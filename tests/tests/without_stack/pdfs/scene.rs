//! A world with one document.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dozo::memory::faults::Faults;
use dozo::ports::store::Headers;
use dozo::vocabulary::keys::work::Part;
use dozo::vocabulary::keys::{Bucket, Item, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::page::{PageFormat, PageNumber};
use dozo::vocabulary::record::{MediaRecord, What};
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::{Sheet, document};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use serde_json::Value;

/// Objects by key: their content, and the headers that they are served with.
pub(crate) type Objects = BTreeMap<String, (Bytes, Headers)>;

pub(crate) fn page(number: u16) -> PageNumber {
    PageNumber::try_from(number).unwrap()
}

pub(crate) fn objects(world: &World, bucket: Bucket) -> Objects {
    let contents = world.store.contents(bucket).into_iter();
    contents
        .map(|(key, object)| (key, (object.body, object.info.headers)))
        .collect()
}

/// Returns the pages that have a result in WORK, alone or with others.
pub(crate) fn made(world: &World) -> BTreeSet<u16> {
    let keys = objects(world, Bucket::Work).into_keys();
    let pages = keys.filter_map(|key| match Key::parse(Bucket::Work, &key)? {
        Key::Part(_, _, _, Part::Pages { first, last }) => Some(first.get()..=last.get()),
        _ => None,
    });
    pages.flatten().collect()
}

/// Returns the pages that are noted as given up.
pub(crate) fn given_up(world: &World) -> BTreeSet<u16> {
    let keys = objects(world, Bucket::Work).into_keys();
    let pages = keys.filter_map(|key| match Key::parse(Bucket::Work, &key)? {
        Key::Part(_, _, _, Part::GivenUp(page)) => Some(page.get()),
        _ => None,
    });
    pages.collect()
}

/// Returns a document whose pages are there, and of which none can be drawn.
pub(crate) fn without_pages(pages: usize) -> Vec<u8> {
    let sheet = Sheet {
        entries: "/MediaBox [0 0 0 0] /CropBox [0 0 0 0] /UserUnit 0".to_owned(),
        content: Vec::new(),
    };
    let good = document(&vec![sheet; pages], "");
    let text = String::from_utf8_lossy(&good);
    text.replace("/Type /Page /", "/Type /Junk /").into_bytes()
}

/// Makes a world with this document in UPLOAD.
pub(crate) fn uploaded(seed: u64, body: &[u8]) -> (World, UploadedFile) {
    let world = World::new(seed);
    let file = world.file("手引き.pdf");
    world.upload(&file, body);
    (world, file)
}

/// Makes a world with this document, and delivers until nothing is on its way.
pub(crate) async fn settled(seed: u64, body: &[u8]) -> (World, UploadedFile) {
    let (world, file) = uploaded(seed, body);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    (world, file)
}

pub(crate) fn record(world: &World, file: &UploadedFile) -> MediaRecord {
    world.record(file).unwrap()
}

pub(crate) fn state(world: &World, file: &UploadedFile) -> State {
    record(world, file).state
}

/// Returns the state, and the code of a rejection.
pub(crate) fn verdict(world: &World, file: &UploadedFile) -> (State, Option<String>) {
    let record = record(world, file);
    (
        record.state,
        record.rejection.map(|rejection| rejection.code),
    )
}

pub(crate) fn times(world: &World, file: &UploadedFile, what: What) -> usize {
    let history = record(world, file).history;
    history.iter().filter(|event| event.what == what).count()
}

/// Returns an object of the media as it is delivered now.
pub(crate) fn delivered(world: &World, file: &UploadedFile, item: Item) -> Option<Bytes> {
    let key = Key::Delivered {
        visibility: record(world, file).visibility,
        app: file.app.clone(),
        media: file.media.clone(),
        item,
    };
    world.store.find(&key.location()).map(|object| object.body)
}

pub(crate) fn picture(world: &World, file: &UploadedFile, number: u16) -> image::RgbImage {
    let item = Item::Page(page(number), PageFormat::Jpeg);
    let body = delivered(world, file, item).unwrap();
    image::load_from_memory(&body).unwrap().to_rgb8()
}

pub(crate) fn text(world: &World, file: &UploadedFile, number: u16) -> String {
    let body = delivered(world, file, Item::Text(page(number))).unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

pub(crate) fn manifest(world: &World, file: &UploadedFile) -> Value {
    serde_json::from_slice(&delivered(world, file, Item::Manifest).unwrap()).unwrap()
}

/// Returns show-media's answer.
pub(crate) async fn shown(world: &World, file: &UploadedFile) -> Value {
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let event = call("GET /apps/{app}/media/{media}", &path, &[], None);
    let answer = show_media::handle(&world.show_media(&Faults::none()), event).await;
    let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    serde_json::from_str(&text).unwrap()
}
