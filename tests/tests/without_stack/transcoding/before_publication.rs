//! Tests that no part of a film can be fetched before all of it is made, and nothing more once it is withdrawn.

use std::time::{Duration, SystemTime};

use dozo::memory::faults::Faults;
use dozo::memory::store::MemoryStore;
use dozo::vocabulary::keys::{Bucket, Key, ObjectLocation};
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::engine::{Meddled, ToyEngine};
use dozo_tests::world::{Letter, World};
use serde_json::json;

use crate::transcoding::in_memory::{deliver, ordered, validate};
use crate::transcoding::scene::*;

fn withdraw(store: &MemoryStore, location: &ObjectLocation) {
    let object = store.find(location).expect("a record");
    let mut record: MediaRecord = serde_json::from_slice(&object.body).unwrap();
    record.state = State::Suspending;
    record.generation += 1;
    store.upload(location, json!(record).to_string().as_bytes());
}

/// The media is suspended while the engine works: nothing is put after its next look at the record, and it is never
/// ready.
#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_meanwhile_is_published_no_further() {
    for step in 0..2 {
        let (mut world, file, order) = ordered(6).await;
        let (store, location) = (
            world.store.clone(),
            Key::Media(file.app.clone(), file.media.clone()).location(),
        );
        let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
        let noted = seen.clone();
        world.transcoder = ToyEngine::meddled(move |at| {
            if at == step {
                withdraw(&store, &location);
                *noted.lock().unwrap() = Some(store.contents(Bucket::Delivery).len());
            }
            Meddled::Nothing
        });
        assert!(deliver(&world, &order, &Faults::none()).await);
        assert_eq!(
            Some(delivered(&world, &file).len()),
            *seen.lock().unwrap(),
            "step {step}"
        );
        assert_eq!(world.record(&file).unwrap().state, State::Suspending);
    }
}

/// The media is suspended at any call: before the engine's work ends nothing is delivered, and afterwards nothing that
/// leads to what is.
#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_at_any_call_is_never_led_to() {
    let (world, _, order) = ordered(13).await;
    let counted = Faults::none();
    assert!(deliver(&world, &order, &counted).await);
    let log = counted.log();
    let first = |end: &str| log.iter().position(|(_, on)| on.ends_with(end)).unwrap();
    let (made, master) = (first("poster.jpg"), first("master.m3u8"));
    assert!(made > 20 && master > made + 20, "{made}, {master}");
    for moment in 0..master {
        let (world, file, order) = ordered(13).await;
        let (store, mut calls) = (world.store.clone(), 0);
        let location = Key::Media(file.app.clone(), file.media.clone()).location();
        let faults = Faults::planned(move |_| {
            if calls == moment {
                withdraw(&store, &location);
            }
            calls += 1;
            None
        });
        assert!(deliver(&world, &order, &faults).await, "before {moment}");
        assert_eq!(state(&world, &file), State::Suspending, "before {moment}");
        let objects = delivered(&world, &file);
        let names: Vec<_> = objects.keys().collect();
        assert!(
            moment > made || names.is_empty(),
            "before {moment} of {made}: {names:?}"
        );
        assert!(!objects.contains_key("hls/master.m3u8"), "before {moment}");
    }
}

/// The film is refused at its last picture: no viewer could fetch a part of it at any time.
#[tokio::test(start_paused = true)]
async fn what_is_refused_late_leaves_nothing_at_any_time() {
    for keeps_originals in [false, true] {
        let mut world = World::new(14);
        world.register(|app| app.keep_original_metadata = keeps_originals);
        let file = world.file("a.webm");
        world.upload(&file, &film(1280, 720, 8_000.0));
        validate(&world, &file).await;
        let [sent] = world.videos.take().try_into().expect("one order");
        let order = Letter {
            id: "order".to_owned(),
            body: sent.body,
            attempts: 1,
        };
        world.transcoder = ToyEngine::meddled(|step| {
            if step == 1 {
                Meddled::Undecodable
            } else {
                Meddled::Nothing
            }
        });
        let store = world.store.clone();
        let faults = Faults::planned(move |call| {
            let delivered = store.contents(Bucket::Delivery);
            assert!(
                delivered.is_empty(),
                "at call {call}: {:?}",
                delivered.keys()
            );
            None
        });
        assert!(deliver(&world, &order, &faults).await);
        let record = world.record(&file).unwrap();
        assert_eq!(record.rejection.unwrap().code, "undecodable");
        assert!(delivered(&world, &file).is_empty());
        assert!(!world.store.contents(Bucket::Work).is_empty());
    }
}

/// The time is over when everything is made: the next delivery copies it, and makes nothing again.
#[tokio::test(start_paused = true)]
async fn what_is_made_is_published_by_the_next_process() {
    let (world, file, order) = ordered(15).await;
    let app = world.transcode_media(&Faults::none());
    let batch = Letter::batch(std::slice::from_ref(&order));
    let soon = SystemTime::now() + Duration::from_secs(5);
    let response = transcode_media::handle(&app, batch, soon).await;
    assert_eq!(response.batch_item_failures.len(), 1);
    assert!(delivered(&world, &file).is_empty());
    assert!(deliver(&world, &order, &Faults::none()).await);
    assert_eq!(world.transcoder.runs(), 1);
    assert_whole(&world, &file, "made before");
}
