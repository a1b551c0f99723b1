//! Tests messages that are given up: each is recorded once, and holds nothing else up.

use std::collections::BTreeSet;

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::record::What;
use dozo::vocabulary::stage::MAX_DELIVERIES;
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World};
use proptest::prelude::*;

use crate::redelivery::{deliver, end, good, undisturbed};

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
    for (last_fault, code, attempts) in [
        (Fault::Refused, "store_unavailable", 5),
        (Fault::DiesBefore, "stage_crashed", MAX_DELIVERIES),
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
            (State::Failed, code, attempts)
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
