//! Tests files that are replaced during and after their validation: only what was validated is published.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;

use crate::redelivery::{bad, deliver, finish, good};

/// The uploader replaces the file at every moment of its validation, by a good one or a bad one: the delivered file is
/// always one that was validated, and the record says which.
#[tokio::test(start_paused = true)]
async fn a_file_replaced_at_any_moment_is_never_published_unvalidated() {
    for replacement in [
        good(9),
        picture(ImageFormat::Jpeg, 12, 12, 9).unwrap(),
        bad(),
    ] {
        for first in [good(1), bad()] {
            for moment in 0.. {
                let world = World::new(3);
                let file = world.file("a.png");
                world.upload(&file, &first);
                let (store, location, body) = (
                    world.store.clone(),
                    file.key().location(),
                    replacement.clone(),
                );
                let faults = Faults::planned(move |call| {
                    if call == moment {
                        store.upload(&location, &body);
                    }
                    None
                });
                if !deliver(&world, &Letter::about(&file, "m1"), &faults).await {
                    finish(
                        &world,
                        &Letter {
                            attempts: 2,
                            ..Letter::about(&file, "m1")
                        },
                    )
                    .await;
                }
                if faults.calls() <= moment {
                    break;
                }
                finish(&world, &Letter::about(&file, "m2")).await;
                check_published(&world, &file, &[&first, &replacement]);
            }
        }
    }
}

/// The uploader replaces the file as above, and the process also dies at any call.
#[tokio::test(start_paused = true)]
async fn a_file_replaced_around_a_crash_is_never_published_unvalidated() {
    for fault in [Fault::DiesBefore, Fault::DiesAfter, Fault::AnswerLost] {
        for replacement in [
            good(9),
            picture(ImageFormat::Jpeg, 12, 12, 9).unwrap(),
            bad(),
        ] {
            for call in 0.. {
                let world = World::new(3);
                let (file, first) = (world.file("a.png"), good(1));
                world.upload(&file, &first);
                let faults = Faults::at(call, fault);
                let acknowledged = deliver(&world, &Letter::about(&file, "m1"), &faults).await;
                if faults.calls() <= call {
                    break;
                }
                world.upload(&file, &replacement);
                finish(&world, &Letter::about(&file, "m2")).await;
                if !acknowledged {
                    finish(
                        &world,
                        &Letter {
                            attempts: 2,
                            ..Letter::about(&file, "m1")
                        },
                    )
                    .await;
                }
                check_published(&world, &file, &[&first, &replacement]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_replaced_after_it_is_ready_changes_nothing_but_a_note() {
    let world = World::new(3);
    let file = world.file("a.png");
    let first = world.upload(&file, &good(1));
    finish(&world, &Letter::about(&file, "m1")).await;
    let delivered = world.store.contents(Bucket::Delivery);
    let second = world.upload(&file, &good(2));
    for copy in ["m2", "m3"] {
        finish(&world, &Letter::about(&file, copy)).await;
    }
    let record = world.record(&file).unwrap();
    assert_eq!((record.state, record.source), (State::Ready, Some(first)));
    let notes: Vec<_> = record
        .history
        .iter()
        .filter(|event| event.what == What::Superseded)
        .collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].note, Some(second.to_string()));
    assert_eq!(world.store.contents(Bucket::Delivery), delivered);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_file_may_be_mended() {
    let world = World::new(3);
    let file = world.file("a.png");
    world.upload(&file, &bad());
    finish(&world, &Letter::about(&file, "m1")).await;
    assert_eq!(world.record(&file).unwrap().state, State::Rejected);
    let second = world.upload(&file, &good(2));
    finish(&world, &Letter::about(&file, "m2")).await;
    let record = world.record(&file).unwrap();
    assert_eq!(
        (record.state, record.source, record.rejection),
        (State::Ready, Some(second), None)
    );
}

/// Asserts that everything delivered is a good file that was uploaded, that a ready record describes its delivered
/// file, and that nothing is delivered for a rejected one.
fn check_published(world: &World, file: &UploadedFile, uploaded: &[&[u8]]) {
    let record = world.record(file).expect("a record");
    let delivered = world.store.contents(Bucket::Delivery);
    for object in delivered.values() {
        assert!(
            uploaded.contains(&&object.body[..]),
            "only what was uploaded is delivered"
        );
        assert!(
            object.body[..] != bad()[..],
            "what is damaged is never delivered"
        );
    }
    match record.state {
        State::Ready => {
            let (content, source) = (
                record.content.expect("content"),
                record.source.expect("a source"),
            );
            let key = Key::Delivered {
                visibility: record.visibility,
                app: file.app.clone(),
                media: file.media.clone(),
                item: dozo::vocabulary::keys::Item::Original(content.format),
            };
            let object = &delivered[&key.to_string()];
            assert_eq!(
                object.info.headers.metadata["source"],
                source.as_str().trim_matches('"')
            );
            assert_eq!(object.info.bytes, content.bytes);
        }
        State::Rejected => assert!(delivered.is_empty(), "what is rejected is not delivered"),
        other => panic!("{other} is no end"),
    }
}
