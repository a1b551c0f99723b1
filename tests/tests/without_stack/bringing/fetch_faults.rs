//! Tests fetches with a fault at any call, twice, late and at the same time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dozo::memory::faults::Fault;
use dozo::memory::web::Answer;
use dozo::ports::parts::PART_BYTES;
use dozo::ports::web::{Body as Rest, Request, Response, Web, WebError};
use dozo::vocabulary::app::Limits;

use super::*;
use crate::operations::scene::{ABUSE, DELETE, RESTORE, RETRY, SUSPEND, done};

const URL: &str = "https://example.com/a.png";

/// More calls than fetching a file in parts makes.
const CALLS: usize = 16;

/// A server that sends a byte every 20 seconds, and never ends.
pub(super) struct Trickle;

impl Trickle {
    pub(super) fn web() -> Arc<dyn Web> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Web for Trickle {
    async fn send(&self, _: Request, _: Duration) -> Result<Response, WebError> {
        Ok(Response {
            status: 200,
            headers: http::HeaderMap::new(),
            body: Box::new(Self),
        })
    }
}

#[async_trait]
impl Rest for Trickle {
    async fn next(&mut self, within: Duration) -> Result<Option<Bytes>, WebError> {
        let piece = Duration::from_secs(20);
        tokio::time::sleep(piece.min(within)).await;
        if within < piece {
            return Err(WebError::TooSlow);
        }
        Ok(Some(Bytes::from_static(b"x")))
    }
}

/// A world in which a file was asked for, and the order.
async fn asked(seed: u64, bytes: Vec<u8>) -> (World, UploadedFile, Letter) {
    let limits = Limits {
        av_bytes: 100_000_000,
        ..dozo_tests::world::LIMITS
    };
    let world = World::with_limits(seed, limits);
    let answer = Answer {
        body: vec![Bytes::from(bytes)],
        ..Answer::with_status(200)
    };
    world.web.answer_with(move |_| Ok(answer.clone()));
    let new = expected(&ingest(&world, &json!({"url": URL})).await, "a.png");
    let mut sent = world.fetches.take();
    assert_eq!(sent.len(), 1);
    let letter = Letter {
        id: "order".to_owned(),
        body: sent.remove(0).body,
        attempts: 1,
    };
    (world, new, letter)
}

async fn carry_out(world: &World, letter: &Letter, faults: &Faults) -> bool {
    let batch = Letter::batch(std::slice::from_ref(letter));
    let answer = fetch_remote::handle(&world.fetch_remote(faults), batch).await;
    answer.batch_item_failures.is_empty()
}

/// A file that is larger than a part. It is no media.
fn long() -> Vec<u8> {
    vec![0; PART_BYTES + 10]
}

async fn a_fault_at_any_call(bytes: Vec<u8>, end: State) {
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let (world, new, letter) = asked(1, bytes.clone()).await;
            let context = format!("{fault:?} at {number}");
            let faults = Faults::at(number, fault);
            if !carry_out(&world, &letter, &faults).await {
                let again = Letter {
                    attempts: 2,
                    ..letter
                };
                assert!(
                    carry_out(&world, &again, &Faults::none()).await,
                    "{context}"
                );
            }
            Post::new(&world).finish().await;
            assert_eq!(
                state(&world, &new),
                end,
                "{context}: {:?}",
                world.record(&new)
            );
            assert_eq!(uploads(&world).len(), 1, "{context}");
            // What a process leaves that dies, S3 removes after two days.
            if !faults.died() {
                assert!(world.store.unfinished() <= 1, "{context}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_one_file() {
    a_fault_at_any_call(with_text(), State::Ready).await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_one_file_of_several_parts() {
    a_fault_at_any_call(long(), State::Rejected).await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_twice_or_late_fetches_once() {
    let (world, new, letter) = asked(2, with_text()).await;
    for _ in 0..2 {
        assert!(carry_out(&world, &letter, &Faults::none()).await);
    }
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    let before = world.record(&new);
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(world.record(&new), before);
    assert_eq!(world.web.received().len(), 1);
}

/// Two processes that fetch at the same time may get different bytes; one file counts.
#[tokio::test(start_paused = true)]
async fn two_at_the_same_time_leave_one_file() {
    for seed in 0..100 {
        for bytes in [with_text(), long()] {
            let (mut world, new, letter) = asked(seed, bytes.clone()).await;
            let number = std::sync::atomic::AtomicUsize::new(0);
            world.web.answer_with(move |_| {
                let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let mut bytes = bytes.clone();
                bytes.resize(bytes.len() + number, 0);
                Ok(Answer {
                    body: vec![Bytes::from(bytes)],
                    ..Answer::with_status(200)
                })
            });
            world.store = world.store.paced_by(&world.clock);
            let (one, two) = (Faults::none(), Faults::none());
            let both = tokio::join!(
                carry_out(&world, &letter, &one),
                carry_out(&world, &letter, &two)
            );
            assert_eq!(both, (true, true), "{seed}");
            Post::new(&world).finish().await;
            let record = world.record(&new).unwrap();
            let superseded = record
                .history
                .iter()
                .any(|event| event.note.is_some() && format!("{:?}", event.what) == "Superseded");
            assert!(
                record.state.is_at_rest() && !superseded,
                "{seed}: {record:?}"
            );
            assert_eq!(uploads(&world).len(), 1, "{seed}");
            assert_eq!(world.store.unfinished(), 0, "{seed}");
        }
    }
}

/// A process that dies each time is given up as one of any stage is, and a retry fetches the file.
#[tokio::test(start_paused = true)]
async fn a_fetch_that_is_given_up_fails_and_is_retried() {
    let (world, new, letter) = asked(3, with_text()).await;
    let dies = Faults::at(0, Fault::DiesBefore);
    assert!(!carry_out(&world, &letter, &dies).await);
    let batch = Letter::batch(&[Letter {
        attempts: 20,
        ..letter
    }]);
    record_failure::handle(&world.record_failure(&Faults::none()), batch).await;
    let failed = world.record(&new).unwrap();
    assert_eq!(failed.state, State::Failed);
    let failure = failed.last_error.unwrap();
    assert_eq!(
        (failure.stage.as_str(), failure.code.as_str()),
        ("fetch-remote", "stage_crashed")
    );
    done(&world, &new, RETRY, None).await;
    assert_eq!(state(&world, &new), State::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_media_that_is_suspended_or_deleted_before_its_file_is_there_ends_so() {
    let (world, new, letter) = asked(4, with_text()).await;
    done(&world, &new, SUSPEND, Some(ABUSE)).await;
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    assert_eq!(state(&world, &new), State::Suspended);
    assert_eq!(world.web.received().len(), 0);
    done(&world, &new, RESTORE, None).await;
    assert_eq!(state(&world, &new), State::Ready);

    let (world, new, letter) = asked(5, with_text()).await;
    done(&world, &new, DELETE, None).await;
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    assert_eq!(state(&world, &new), State::Deleted);
    assert_eq!(world.web.received().len(), 0);
    let grant = Key::Grant(new.app.clone(), new.upload.clone()).location();
    let grant = world.store.find(&grant).unwrap();
    let grant = String::from_utf8_lossy(&grant.body).into_owned();
    assert!(!grant.contains("example.com"), "{grant}");
}

/// The message that the app's blocked bytes come by is not S3's alone: another address has the same file.
#[tokio::test(start_paused = true)]
async fn blocked_bytes_are_refused_from_any_address() {
    let (world, new, letter) = asked(6, with_text()).await;
    let file = publish(&world, "first.png", &with_text()).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(rejection(&world, &new).as_deref(), Some("blocked_content"));
}
