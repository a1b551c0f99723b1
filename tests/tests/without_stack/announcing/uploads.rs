//! Tests that an app is told when all declared files of an upload are decided.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};
use serde_json::{Value, json};

use super::{good, hint, put};

const FILES: [&str; 3] = ["a.png", "b.png", "c"];

/// A world with an upload that declares three files, of which none is put.
fn declared(seed: u64) -> (World, Vec<UploadedFile>) {
    let world = World::new(seed);
    world.declare(&FILES);
    let files = FILES.map(|name| world.file(name));
    (world, files.to_vec())
}

async fn put_all(world: &World, files: &[UploadedFile]) {
    for (number, file) in (1..).zip(files) {
        let body = if file.name.as_str() == "c" {
            b"no picture".to_vec()
        } else {
            good(number)
        };
        put(world, file, &body, &number.to_string()).await;
    }
}

/// Returns the events about the upload: of one id, so all the same.
fn finished(world: &World) -> Option<Value> {
    let published = world.bus.published().into_iter();
    let mut bodies: Vec<_> = published
        .filter(|notice| notice.kind == "upload.finished")
        .map(|notice| notice.body)
        .collect();
    bodies.dedup();
    assert!(bodies.len() <= 1, "{bodies:?}");
    bodies
        .pop()
        .map(|body| serde_json::from_str(&body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn it_is_told_after_the_last_file_and_names_all() {
    let (world, files) = declared(1);
    put_all(&world, &files).await;
    for file in &files {
        assert_eq!(finished(&world), None);
        assert!(hint(&world, file, &Faults::none()).await);
    }
    let event = finished(&world).unwrap();
    let mut media: Vec<_> = files.iter().map(|file| json!(file.media)).collect();
    media.sort_by_key(ToString::to_string);
    let data = json!({"app": "demo", "upload": world.upload, "media": media});
    assert_eq!(event["data"], data);
    assert_eq!(event["id"], format!("{}-1", world.upload));
    assert_eq!(event["subject"], world.upload.as_str());
    assert_eq!(event["sequence"], "0000000001");
    let count = world.bus.published().len();
    for file in &files {
        assert!(hint(&world, file, &Faults::none()).await);
    }
    assert_eq!(world.bus.published().len(), count);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_told_of_an_upload_that_declared_nothing() {
    let world = World::new(2);
    let files = FILES.map(|name| world.file(name));
    put_all(&world, &files).await;
    for file in &files {
        hint(&world, file, &Faults::none()).await;
    }
    assert_eq!(finished(&world), None);
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_the_last_file_loses_nothing() {
    for number in 0..40 {
        for fault in Fault::ALL {
            let (world, files) = declared(3);
            put_all(&world, &files).await;
            for file in &files[..2] {
                assert!(hint(&world, file, &Faults::none()).await);
            }
            // Nobody gives the hint again but the sweeper.
            hint(&world, &files[2], &Faults::at(number, fault)).await;
            world.clock.advance(GRACE.stage_seconds * 2);
            let swept = sweep_lost::handle(&world.sweep_lost(&Faults::none()), far()).await;
            swept.unwrap();
            Post::new(&world).announcing_nothing().finish().await;
            assert!(finished(&world).is_some(), "{fault:?} at {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_two_at_the_same_time_tell_it() {
    for seed in 0..100 {
        let (mut world, files) = declared(seed);
        put_all(&world, &files).await;
        world.store = world.store.paced_by(&world.clock);
        let none = Faults::none();
        let hints =
            || futures_util::future::join_all(files.iter().map(|file| hint(&world, file, &none)));
        assert_eq!(hints().await, [true; 3]);
        assert!(finished(&world).is_some(), "{seed}");
    }
}

/// Files are decided in any way.
#[tokio::test(start_paused = true)]
async fn a_file_that_failed_is_decided() {
    let (world, files) = declared(4);
    put_all(&world, &files[1..]).await;
    world.upload(&files[0], &good(1));
    let dead = Letter::batch(&[Letter::about(&files[0], "dead")]);
    record_failure::handle(&world.record_failure(&Faults::none()), dead).await;
    for file in &files {
        hint(&world, file, &Faults::none()).await;
    }
    assert!(finished(&world).is_some());
}

/// A process that freezes the event and dies leaves its time to the one that sends the event.
#[tokio::test(start_paused = true)]
async fn it_is_told_with_the_time_that_was_frozen_first() {
    let mut found = 0;
    for number in 0..40 {
        let (world, files) = declared(5);
        put_all(&world, &files).await;
        for file in &files[1..] {
            assert!(hint(&world, file, &Faults::none()).await);
        }
        let acknowledged = hint(&world, &files[0], &Faults::at(number, Fault::DiesAfter)).await;
        let told = finished(&world).is_some();
        // The next one finds the record as it was written meanwhile.
        world.clock.advance(1_000);
        let mut record = world.record(&files[0]).unwrap();
        record.updated_at = world.clock.now();
        let place = Key::Media(record.app.clone(), record.media.clone()).location();
        let body = serde_json::to_vec(&record).unwrap();
        world.store.upload(&place, &body);
        assert!(hint(&world, &files[0], &Faults::none()).await);
        for notice in world.bus.published() {
            let event: Value = serde_json::from_str(&notice.body).unwrap();
            assert_eq!(event["time"], json!(notice.at), "{number} {event}");
            assert_eq!(event["type"], notice.kind.as_str());
        }
        let event = finished(&world).unwrap();
        let at: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        found += u32::from(!acknowledged && !told && at < world.clock.now());
    }
    assert!(found > 0, "no process died between");
}
