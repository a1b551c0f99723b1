//! Tests that a large picture is never ready without its preview, and never has one of another version.

use std::num::NonZeroU32;

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{Condition, ObjectStore};
use dozo::vocabulary::keys::{Bucket, Item};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World};

use crate::redelivery::{deliver, finish, good, long};

/// Checks that a ready media has exactly the preview that its record notes, made from the version that counts.
fn check(world: &World, file: &UploadedFile, what: &str) {
    let record = world.record(file).unwrap();
    assert_eq!(record.state, State::Ready, "{what}");
    let preview = world
        .store
        .find(&record.delivered(Item::Preview).location());
    let content = record.content.as_ref().unwrap();
    let Some(block) = content.preview else {
        assert_eq!(preview, None, "{what}: nobody noted it");
        return;
    };
    assert_eq!(block, NonZeroU32::new(2).unwrap());
    let preview = preview.unwrap_or_else(|| panic!("{what}: there is no preview"));
    let source = record.source.unwrap();
    let headers = preview.info.headers;
    assert_eq!(
        headers.metadata["source"],
        source.as_str().trim_matches('"'),
        "{what}"
    );
    assert_eq!(
        headers.metadata["cache-tag"],
        format!("media-{},app-demo", file.media)
    );
    assert_eq!(headers.content_type.as_deref(), Some("image/jpeg"));
    let size = image::load_from_memory(&preview.body).unwrap();
    assert_eq!((size.width(), size.height()), (1_024, 2), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_large_picture_is_ready_with_its_preview_whatever_dies() {
    for fault in Fault::ALL {
        for call in 0.. {
            let world = World::new(7);
            let file = world.file("long.png");
            world.upload(&file, &long(1));
            let faults = Faults::at(call, fault);
            let letter = Letter::about(&file, "m");
            let acknowledged = deliver(&world, &letter, &faults).await;
            if faults.calls() <= call {
                break;
            }
            if acknowledged {
                check(&world, &file, "at once");
            }
            finish(
                &world,
                &Letter {
                    attempts: 2,
                    ..letter
                },
            )
            .await;
            check(&world, &file, &format!("{fault:?} at call {call}"));
        }
    }
}

/// This holds whatever was put of it before, and whatever the next version is.
#[tokio::test(start_paused = true)]
async fn a_replaced_picture_keeps_no_preview_of_another_version() {
    for (first, second) in [(long(1), long(2)), (long(1), good(2)), (good(1), long(2))] {
        for call in 0.. {
            let world = World::new(7);
            let file = world.file("a.png");
            world.upload(&file, &first);
            let faults = Faults::at(call, Fault::DiesAfter);
            deliver(&world, &Letter::about(&file, "m1"), &faults).await;
            if faults.calls() <= call {
                break;
            }
            world.upload(&file, &second);
            finish(&world, &Letter::about(&file, "m2")).await;
            finish(
                &world,
                &Letter {
                    attempts: 2,
                    ..Letter::about(&file, "m1")
                },
            )
            .await;
            check(&world, &file, &format!("died after call {call}"));
        }
    }
}

/// The preview in delivery is of an earlier version, put by a process that was late.
#[tokio::test(start_paused = true)]
async fn a_preview_of_another_version_is_replaced() {
    let early = World::new(7);
    let file = early.file("a.png");
    early.upload(&file, &long(1));
    finish(&early, &Letter::about(&file, "m")).await;
    let record = early.record(&file).unwrap();
    let location = record.delivered(Item::Preview).location();
    let preview = early.store.find(&location).unwrap();

    let world = World::new(7);
    let file = world.file("a.png");
    world.upload(&file, &long(2));
    let (body, headers) = (preview.body, preview.info.headers);
    let put = world
        .store
        .put(&location, body, &headers, Condition::Absent);
    put.await.unwrap();
    finish(&world, &Letter::about(&file, "m")).await;
    check(&world, &file, "replaced");
}

#[tokio::test(start_paused = true)]
async fn an_app_may_have_no_previews() {
    let world = World::new(7);
    world.register(|app| app.previews = false);
    let file = world.file("a.png");
    world.upload(&file, &long(2));
    finish(&world, &Letter::about(&file, "m")).await;
    check(&world, &file, "switched off");
    assert_eq!(world.store.contents(Bucket::Delivery).len(), 1);
    let content = world.record(&file).unwrap().content.unwrap();
    assert_eq!(content.preview, None);
    let placeholder = content.placeholder.unwrap();
    assert!(placeholder.color.starts_with('#'), "{placeholder:?}");
    assert!(
        (20..=36).contains(&placeholder.thumbhash.len()),
        "{placeholder:?}"
    );
}
