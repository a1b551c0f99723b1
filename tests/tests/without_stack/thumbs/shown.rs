//! Tests what render-thumbnail reads where thumbnails are made ahead, and that it shows none that is not what it would
//! render.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{Condition, ObjectStore};
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::world::World;
use serde_json::json;

use super::{CARD, LAZY, asked, published, stored, viewed};

/// The keys that were read, without the media's id.
fn read(faults: &Faults, file: &UploadedFile) -> Vec<String> {
    let log = faults.log().into_iter();
    log.map(|(_, on)| on.replace(file.media.as_str(), "MEDIA"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_for_together_with_the_record_and_nothing_is_rendered() {
    let (world, file) = published(CARD).await;
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    for (path, calls) in [
        ("thumb/card.jpg", 4),
        ("thumb/card.auto", 2),
        ("thumb/card.webp", 2),
    ] {
        let before = faults.calls();
        assert_eq!(asked(&app, &file, path).await.status, 200);
        let keys = read(&faults, &file).split_off(before);
        assert_eq!(keys.len(), calls, "{path}: {keys:?}");
        let is_of = |part: &str| keys.iter().any(|key| key.contains(part));
        assert!(is_of("Records media/demo/MEDIA.json"), "{keys:?}");
        assert!(is_of("Delivery public/demo/MEDIA/thumbs/"), "{keys:?}");
        assert!(!is_of("original"), "{keys:?}");
    }
}

/// Replaces what was made ahead by something else with these headers.
async fn replaced(world: &World, made_by: Option<&str>) {
    for (key, object) in stored(world) {
        let mut headers = object.info.headers;
        if let Some(made_by) = made_by {
            let _before = headers
                .metadata
                .insert("made-by".to_owned(), made_by.to_owned());
        }
        let location = ObjectLocation::anywhere(Bucket::Delivery, &key);
        let over = Condition::Is(&object.info.etag);
        let body = b"something else".to_vec().into();
        world
            .store
            .put(&location, body, &headers, over)
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_of_something_else_is_not_shown() {
    let (lazy, other) = published(LAZY).await;
    let rendered = viewed(&lazy, &other, "thumb/card.jpg").await;
    let (world, file) = published(CARD).await;
    replaced(&world, None).await;
    let shown = viewed(&world, &file, "thumb/card.jpg").await;
    assert_eq!(&*shown.body, b"something else", "it is read");
    replaced(&world, Some("another")).await;
    let shown = viewed(&world, &file, "thumb/card.jpg").await;
    assert!(shown.body == rendered.body);
    // A registration by which small sizes are not made from previews.
    let (world, file) = published(CARD).await;
    world.register(|app| app.previews = false);
    let shown = viewed(&world, &file, "thumb/card.jpg").await;
    let etag = shown.headers["etag"].to_str().unwrap();
    assert!(!etag.starts_with("\"preview-"), "{etag}");
}

/// Whichever call fails: without the record or the registration there is no answer, and everything else is rendered.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_rendered() {
    let (world, file) = published(CARD).await;
    let mut answers = Vec::new();
    for number in 0..4 {
        let app = world.render_thumbnail(&Faults::at(number, Fault::Refused));
        answers.push(asked(&app, &file, "thumb/card.jpg").await.status);
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 503, 503]);
}

fn withdraw(world: &World, file: &UploadedFile) {
    let mut record = world.record(file).unwrap();
    record.state = State::Suspending;
    record.generation += 1;
    let key = format!("media/demo/{}.json", file.media);
    let location = ObjectLocation::anywhere(Bucket::Records, &key);
    world
        .store
        .upload(&location, json!(record).to_string().as_bytes());
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_is_not_shown() {
    let (world, file) = published(CARD).await;
    withdraw(&world, &file);
    assert!(!stored(&world).is_empty());
    assert_eq!(viewed(&world, &file, "thumb/card.jpg").await.status, 404);

    // It is withdrawn when everything was read. If that took longer than a moment, the record is looked at once more.
    for (seconds, expected) in [(0, (200, 4)), (2, (404, 5))] {
        let (world, file) = published(CARD).await;
        let (clock, store) = (world.clock.clone(), world.store.clone());
        let mut record = world.record(&file).unwrap();
        record.state = State::Suspending;
        record.generation += 1;
        let key = format!("media/demo/{}.json", file.media);
        let location = ObjectLocation::anywhere(Bucket::Records, &key);
        let faults = Faults::planned(move |number| {
            if number == 3 {
                clock.advance(seconds);
            }
            if number == 4 {
                store.upload(&location, json!(record).to_string().as_bytes());
            }
            None
        });
        let app = world.render_thumbnail(&faults);
        let status = asked(&app, &file, "thumb/card.jpg").await.status;
        assert_eq!((status, faults.calls()), expected);
    }
}
