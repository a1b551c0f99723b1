//! Tests at-least-once delivery, in any order, with a fault at any call: the buckets end up the same.
//!
//! The handlers are the real ones, and the ports are in memory. As with SQS, a message is redelivered until it is
//! acknowledged; a process that dies is followed by another.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{LIMITS, Letter, World};
use image::ImageFormat;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// More deliveries than any message of these tests needs.
const ENOUGH: u32 = 20;

fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
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

#[tokio::test(start_paused = true)]
async fn every_kind_of_file_gets_its_verdict() {
    let (_, _, end) = undisturbed(1).await;
    let verdicts: BTreeMap<_, _> = end
        .records
        .iter()
        .map(|(name, (state, code, _))| (name.as_str(), (*state, code.as_deref())))
        .collect();
    assert_eq!(verdicts["good.png"], (State::Ready, None));
    assert_eq!(verdicts["good.jpg"], (State::Ready, None));
    assert_eq!(verdicts["猫/../写真 1.webp"], (State::Ready, None));
    assert_eq!(verdicts["anim.gif"], (State::Ready, None));
    assert_eq!(verdicts["cut.png"], (State::Rejected, Some("damaged")));
    assert_eq!(
        verdicts["page.jpg"],
        (State::Rejected, Some("script_not_accepted"))
    );
    assert_eq!(verdicts["empty.png"], (State::Rejected, Some("empty_file")));
    assert_eq!(
        verdicts["wide.png"],
        (State::Rejected, Some("too_many_pixels"))
    );
    assert_eq!(
        verdicts["heavy.bin"],
        (State::Rejected, Some("too_many_bytes"))
    );
    assert_eq!(end.delivered.len(), 4);
    assert_eq!(
        end.uploaded.len(),
        8,
        "what is over the byte limit is removed at once"
    );
}

#[tokio::test(start_paused = true)]
async fn ten_times_in_any_order_is_once() {
    let (_, _, expected) = undisturbed(7).await;
    for seed in 0..20 {
        let world = World::new(7);
        let files = files(&world);
        let mut letters = Vec::new();
        for (file, body) in &files {
            world.upload(file, body);
            letters.extend((0..10).map(|copy| Letter::about(file, &format!("m{copy}"))));
        }
        letters.shuffle(&mut StdRng::seed_from_u64(seed));
        for letter in &letters {
            finish(&world, letter).await;
        }
        let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
        assert_eq!(end(&world, &files), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_at_once_are_one() {
    let (_, _, expected) = undisturbed(7).await;
    for seed in 0..30 {
        let mut world = World::new(7);
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let files = files(&world);
        for (file, body) in &files {
            world.upload(file, body);
            let letters: Vec<_> = (0..10)
                .map(|copy| Letter::about(file, &format!("m{copy}")))
                .collect();
            futures_util::future::join_all(letters.iter().map(|letter| finish(&world, letter)))
                .await;
        }
        let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
        assert_eq!(end(&world, &files), expected);
        let published = |file: &UploadedFile| {
            let history = world.record(file).unwrap().history;
            history
                .iter()
                .filter(|event| event.what == What::Ready)
                .count()
        };
        assert!(
            files.iter().all(|file| published(file) <= 1),
            "none is published twice"
        );
        assert_eq!(
            (
                world.metrics.of(Metric::MediaReady),
                world.metrics.of(Metric::MediaRejected)
            ),
            (4, 5)
        );
    }
}

/// With any fault at any call, followed by redelivery, the result is that of an undisturbed run.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let (_, _, expected) = undisturbed(7).await;
    let mut struck = 0;
    for fault in Fault::ALL {
        for index in 0..files(&World::new(7)).len() {
            for call in 0.. {
                let world = World::new(7);
                let files = files(&world);
                for (file, body) in &files {
                    world.upload(file, body);
                }
                let faults = Faults::at(call, fault);
                let letter = Letter::about(&files[index].0, "m");
                let acknowledged = deliver(&world, &letter, &faults).await;
                if faults.calls() <= call {
                    break;
                }
                struck += 1;
                if !acknowledged {
                    finish(
                        &world,
                        &Letter {
                            attempts: 2,
                            ..letter
                        },
                    )
                    .await;
                }
                for (file, _) in &files {
                    finish(&world, &Letter::about(file, "other")).await;
                }
                let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
                assert_eq!(
                    end(&world, &files),
                    expected,
                    "{fault:?} at call {call} for {}",
                    files[index].name.as_str()
                );
            }
        }
    }
    assert!(struck > 200, "only {struck} faults struck");
}

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
                let (store, place, body) =
                    (world.store.clone(), file.key().place(), replacement.clone());
                let faults = Faults::planned(move |call| {
                    if call == moment {
                        store.upload(&place, &body);
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

#[derive(Debug, Clone, Copy)]
enum Step {
    Upload(u8),
    Deliver { fault: Option<(usize, Fault)> },
    Together(u8),
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop::option::of((0_usize..30, prop::sample::select(Fault::ALL.to_vec())));
    let step = prop_oneof![
        2 => (0_u8..4).prop_map(Step::Upload),
        4 => fault.prop_map(|fault| Step::Deliver { fault }),
        2 => (2_u8..5).prop_map(Step::Together),
        1 => Just(Step::Wait),
    ];
    prop::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Runs any schedule of uploads, faults, concurrent deliveries and waits, then one healthy delivery of every
    /// message.
    #[test]
    fn any_schedule_ends_well(steps in steps(), seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(seed);
            world.store = world.store.paced_by(&MemoryClock::new(seed));
            let file = world.file("a");
            let versions = [good(1), good(2), picture(ImageFormat::Jpeg, 12, 12, 9).unwrap(), bad()];
            world.upload(&file, &versions[0]);
            let mut rng = StdRng::seed_from_u64(seed);
            for step in steps {
                match step {
                    Step::Upload(version) => drop(world.upload(&file, &versions[usize::from(version)])),
                    Step::Deliver { fault } => {
                        let faults = fault.map_or_else(Faults::none, |(call, fault)| Faults::at(call, fault));
                        deliver(&world, &Letter::about(&file, "m"), &faults).await;
                    }
                    Step::Together(count) => {
                        let crowd: Vec<_> = (0..count).map(|_| {
                            if rng.random_bool(0.4) { Faults::at(rng.random_range(0..20), Fault::DiesAfter) } else { Faults::none() }
                        }).collect();
                        let letter = Letter::about(&file, "m");
                        futures_util::future::join_all(crowd.iter().map(|faults| deliver(&world, &letter, faults))).await;
                    }
                    Step::Wait => world.clock.advance(100),
                }
            }
            finish(&world, &Letter::about(&file, "last")).await;
            let uploaded: Vec<&[u8]> = versions.iter().map(Vec::as_slice).collect();
            let record = world.record(&file).unwrap();
            for object in world.store.contents(Bucket::Delivery).values() {
                assert!(uploaded[..3].contains(&&object.body[..]), "only what is good is delivered");
            }
            match record.state {
                State::Ready => assert!(!world.store.contents(Bucket::Delivery).is_empty()),
                State::Rejected => {}
                other => panic!("{other} is no end"),
            }
        });
    }
}

/// A dead letter is recorded in the same way, whatever fault strikes at whichever call.
#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_recorded_once_whatever_happens() {
    for fault in Fault::ALL {
        for call in 0.. {
            let world = World::new(5);
            let file = world.file("a.png");
            world.upload(&file, &good(1));
            let letter = Letter {
                attempts: 5,
                ..Letter::about(&file, "m")
            };
            // The stage dies before it can leave a report.
            assert!(!deliver(&world, &letter, &Faults::at(3, Fault::DiesAfter)).await);
            let faults = Faults::at(call, fault);
            let response = record_failure::handle(
                &world.record_failure(&faults),
                Letter::batch(std::slice::from_ref(&letter)),
            )
            .await;
            if faults.calls() <= call {
                break;
            }
            if faults.died() || !response.batch_item_failures.is_empty() {
                let app = world.record_failure(&Faults::none());
                let response =
                    record_failure::handle(&app, Letter::batch(std::slice::from_ref(&letter)))
                        .await;
                assert!(response.batch_item_failures.is_empty());
            }
            let record = world.record(&file).unwrap();
            let failure = record.last_error.unwrap();
            assert_eq!(
                (record.state, failure.code.as_str()),
                (State::Failed, "stage_crashed")
            );
            assert_eq!(record.failed_message.as_deref(), Some(letter.body.as_str()));
            let events = record
                .history
                .iter()
                .filter(|event| event.what == What::Failed)
                .count();
            assert_eq!(events, 1);
            let marks = world.store.contents(Bucket::Records);
            let marks: Vec<_> = marks
                .keys()
                .filter(|key| key.starts_with("failed/"))
                .collect();
            assert_eq!(
                marks,
                [&Key::Failed(file.app.clone(), file.media.clone()).to_string()]
            );
        }
    }
}

/// The last delivery decides: the report of an earlier one does not explain a crash.
#[tokio::test(start_paused = true)]
async fn a_stage_that_reports_is_told_from_one_that_crashes() {
    for (last_fault, code) in [
        (Fault::Refused, "store_unavailable"),
        (Fault::DiesBefore, "stage_crashed"),
    ] {
        let world = World::new(5);
        let file = world.file("a.png");
        world.upload(&file, &good(1));
        let letter = Letter::about(&file, "m");
        // Call 6 reads the first bytes of the upload, after the first write of the record.
        for attempts in 1..=5 {
            let fault = if attempts == 5 {
                last_fault
            } else {
                Fault::Refused
            };
            let delivery = Letter {
                attempts,
                ..letter.clone()
            };
            assert!(!deliver(&world, &delivery, &Faults::at(6, fault)).await);
        }
        let app = world.record_failure(&Faults::none());
        record_failure::handle(&app, Letter::batch(&[letter])).await;
        let record = world.record(&file).unwrap();
        let failure = record.last_error.unwrap();
        assert_eq!(
            (record.state, failure.code.as_str(), failure.attempts),
            (State::Failed, code, 5)
        );
        assert_eq!(world.metrics.of(Metric::MediaFailed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_of_no_media_is_kept_and_holds_nothing_up() {
    let world = World::new(5);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let junk = Letter {
        id: "junk-1".to_owned(),
        body: "{".to_owned(),
        attempts: 5,
    };
    let batch = [junk.clone(), Letter::about(&file, "m")];
    let app = world.validate_upload(&Faults::none());
    let response = validate_upload::handle(&app, Letter::batch(&batch)).await;
    let failed: Vec<_> = response
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect();
    assert_eq!(failed, ["junk-1"]);
    assert_eq!(world.record(&file).unwrap().state, State::Ready);

    for _ in 0..2 {
        let app = world.record_failure(&Faults::none());
        let response =
            record_failure::handle(&app, Letter::batch(std::slice::from_ref(&junk))).await;
        assert!(response.batch_item_failures.is_empty());
    }
    let records = world.store.contents(Bucket::Records);
    let kept: serde_json::Value =
        serde_json::from_slice(&records["failed/_unknown/junk-1"].body).unwrap();
    assert_eq!(
        (kept["body"].as_str(), kept["code"].as_str()),
        (Some("{"), Some("message_malformed"))
    );
    assert_eq!(
        world.metrics.of(Metric::MessageUnclaimed),
        1,
        "a message that comes twice is counted once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_dead_letter_does_not_undo_what_is_settled() {
    let (world, files, expected) = undisturbed(7).await;
    for file in &files {
        let app = world.record_failure(&Faults::none());
        let response =
            record_failure::handle(&app, Letter::batch(&[Letter::about(file, "late")])).await;
        assert!(response.batch_item_failures.is_empty());
    }
    assert_eq!(end(&world, &files), expected);
}

proptest! {
    /// Whatever is in a batch, the ids reported as failed are among the received ones.
    #[test]
    fn failed_ids_are_received_ids(bodies in prop::collection::vec("\\PC{0,30}|\\{\\}|\\{\"Records\":\\[\\]\\}", 0..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new(1);
            let letters: Vec<_> = bodies.iter().enumerate()
                .map(|(n, body)| Letter { id: format!("m{n}"), body: body.clone(), attempts: 1 }).collect();
            let app = world.validate_upload(&Faults::none());
            let response = validate_upload::handle(&app, Letter::batch(&letters)).await;
            let received: BTreeSet<_> = letters.iter().map(|letter| letter.id.clone()).collect();
            for failure in response.batch_item_failures {
                assert!(received.contains(&failure.item_identifier));
            }
        });
    }
}
