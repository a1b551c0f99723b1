//! Tests at-least-once delivery, in any order, with a fault at any call: the buckets end up the same.
//!
//! The handlers are the real ones, and the ports are in memory. As with SQS, a message is redelivered until it is
//! acknowledged; a process that dies is followed by another.

mod dead_letters;
mod previews;
mod repeated;
mod replaced;
mod throttled;

use std::collections::{BTreeMap, BTreeSet};

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{LIMITS, Letter, World};
use image::ImageFormat;

/// More deliveries than any message of these tests needs.
const ENOUGH: u32 = 20;

fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
}

/// A picture that is so long that it has a preview.
fn long(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 2_048, 4, shade).unwrap()
}

fn bad() -> Vec<u8> {
    let mut cut = good(1);
    cut.truncate(cut.len() / 2);
    cut
}

/// The parts of a world that users see; times and write ids are left out.
#[derive(Debug, PartialEq)]
struct End {
    records: BTreeMap<String, (State, Option<String>, Option<String>)>,
    delivered: BTreeMap<String, (Vec<u8>, BTreeMap<String, String>)>,
    uploaded: BTreeSet<String>,
}

fn end(world: &World, files: &[UploadedFile]) -> End {
    let record = |file: &UploadedFile| {
        let record = world.record(file).expect("every file has a record");
        let verdict = record.rejection.map(|rejection| rejection.code);
        (
            file.name.as_str().to_owned(),
            (
                record.state,
                verdict,
                record.source.map(|etag| etag.to_string()),
            ),
        )
    };
    let delivered = world.store.contents(Bucket::Delivery).into_iter();
    End {
        records: files.iter().map(record).collect(),
        delivered: delivered
            .map(|(key, object)| (key, (object.body.to_vec(), object.info.headers.metadata)))
            .collect(),
        uploaded: world.store.contents(Bucket::Upload).into_keys().collect(),
    }
}

/// Delivers one message to a process with these faults; returns whether it was acknowledged.
async fn deliver(world: &World, letter: &Letter, faults: &Faults) -> bool {
    let app = world.validate_upload(faults);
    let response = validate_upload::handle(&app, Letter::batch(std::slice::from_ref(letter))).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

/// Delivers a message to healthy processes until it is acknowledged, letting time pass in between.
async fn finish(world: &World, letter: &Letter) {
    for attempts in letter.attempts..ENOUGH {
        let letter = Letter {
            attempts,
            ..letter.clone()
        };
        if deliver(world, &letter, &Faults::none()).await {
            return;
        }
        world.clock.advance(60);
    }
    panic!("a message was never acknowledged");
}

/// Returns files for every verdict, and with names that try to be something else.
fn files(world: &World) -> Vec<(UploadedFile, Vec<u8>)> {
    vec![
        (world.file("good.png"), good(1)),
        (world.file("long.png"), long(6)),
        (
            world.file("good.jpg"),
            picture(ImageFormat::Jpeg, 16, 16, 2).unwrap(),
        ),
        (
            world.file("猫/../写真 1.webp"),
            picture(ImageFormat::WebP, 9, 9, 3).unwrap(),
        ),
        (
            world.file("anim.gif"),
            picture(ImageFormat::Gif, 8, 8, 4).unwrap(),
        ),
        (
            world.file("drawing.bmp"),
            include_bytes!("../../../cases/images/bmp.bmp").to_vec(),
        ),
        (
            world.file("photo.tif"),
            include_bytes!("../../../../codecs/tests/converted/cases/tiles.tif").to_vec(),
        ),
        (world.file("late.dng"), late_raw_photo()),
        (world.file("cut.png"), bad()),
        (
            world.file("page.jpg"),
            b"<html><script>alert(1)</script>".to_vec(),
        ),
        (world.file("empty.png"), Vec::new()),
        (
            world.file("wide.png"),
            picture(ImageFormat::Png, 200, 200, 5).unwrap(),
        ),
        (
            world.file("heavy.bin"),
            vec![7; usize::try_from(LIMITS.pdf_bytes).unwrap() + 1],
        ),
    ]
}

/// A raw photo whose directory lies behind the bytes that are looked at first.
fn late_raw_photo() -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    file.extend(5_000_u32.to_le_bytes());
    file.resize(5_000, 0);
    // One tag: the version of DNG.
    file.extend([1, 0, 0x12, 0xC6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0]);
    file
}

async fn undisturbed(seed: u64) -> (World, Vec<UploadedFile>, End) {
    let world = World::new(seed);
    let files = files(&world);
    for (file, body) in &files {
        world.upload(file, body);
        finish(&world, &Letter::about(file, "m")).await;
    }
    let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
    let end = end(&world, &files);
    (world, files, end)
}
