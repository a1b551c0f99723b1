//! Tests that only tries count: a delivery that never reached the function, because the account runs as many functions
//! as it may, is none.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::stage::{MAX_DELIVERIES, Stage};
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World};

use crate::redelivery::{deliver, good};

/// A call of a first delivery that comes after the record is bound to the upload.
const AFTER_THE_RECORD: usize = 8;

/// The call of a later delivery that comes next after its try was noted.
const AFTER_THE_NOTE: usize = 2;

fn uploaded() -> (World, UploadedFile) {
    let world = World::new(8);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    (world, file)
}

fn delivery(file: &UploadedFile, attempts: u32) -> Letter {
    Letter {
        attempts,
        ..Letter::about(file, "m")
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_only_throttled_is_handled_as_if_it_came_first() {
    let (world, file) = uploaded();
    assert!(deliver(&world, &delivery(&file, MAX_DELIVERIES), &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!((record.state, record.last_error), (State::Ready, None));
    assert!(record.tries.is_empty());
}

/// Every third delivery arrives, and four of these fail; the stage tries five times.
#[tokio::test(start_paused = true)]
async fn throttled_deliveries_between_failures_do_not_count() {
    let (world, file) = uploaded();
    let tries = Stage::ValidateUpload.max_attempts();
    let first = Faults::at(AFTER_THE_RECORD, Fault::Refused);
    assert!(!deliver(&world, &delivery(&file, 1), &first).await);
    for number in 2..tries {
        let faults = Faults::at(AFTER_THE_NOTE, Fault::Refused);
        assert!(!deliver(&world, &delivery(&file, 3 * number), &faults).await);
        let record = world.record(&file).unwrap();
        assert_eq!(record.last_error.unwrap().attempts, number);
    }
    let last = delivery(&file, 3 * tries);
    assert!(deliver(&world, &last, &Faults::none()).await);
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}

/// A stage gives a message up by its own count, and then does nothing but look at the count.
#[tokio::test(start_paused = true)]
async fn a_message_that_fails_or_kills_each_time_is_given_up_after_its_tries() {
    for (fault, untold) in [(Fault::Refused, 0), (Fault::DiesAfter, 1)] {
        let (world, file) = uploaded();
        let first = Faults::at(AFTER_THE_RECORD, fault);
        assert!(!deliver(&world, &delivery(&file, 1), &first).await);
        // A death at the first delivery leaves no trace, so one more is tried.
        let tries = Stage::ValidateUpload.max_attempts() + untold;
        for number in 2..=tries {
            let faults = Faults::at(AFTER_THE_NOTE, fault);
            assert!(!deliver(&world, &delivery(&file, number), &faults).await);
            assert!(faults.calls() > AFTER_THE_NOTE, "{fault:?} {number}");
        }
        for number in tries + 1..=MAX_DELIVERIES {
            let faults = Faults::none();
            assert!(!deliver(&world, &delivery(&file, number), &faults).await);
            // It reads the record, and asks the queue not to wait.
            assert_eq!(faults.calls(), 2, "{fault:?} {number}");
        }
        assert_ne!(world.record(&file).unwrap().state, State::Ready);
    }
}
