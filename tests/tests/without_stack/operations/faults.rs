//! Tests any fault at any call of any operation, followed by redelivery: the result is that of an undisturbed run.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};

use crate::operations::blocked::blocks;
use crate::operations::scene::*;

/// The operation to test with its body, and the operations done before it.
type Flow = (
    &'static str,
    Option<&'static str>,
    &'static [(&'static str, Option<&'static str>)],
);

const FLOWS: [Flow; 5] = [
    (SUSPEND, Some(ABUSE), &[]),
    (RESTORE, None, &[(SUSPEND, Some(ABUSE))]),
    (VISIBILITY, Some(PRIVATE), &[]),
    (DELETE, None, &[]),
    (DELETE, None, &[(SUSPEND, Some(ABUSE))]),
];

/// The state, the buckets that viewers and admins see, and whether the bytes are blocked.
type End = (State, Objects, Objects, Objects, bool);

fn end(world: &World, file: &UploadedFile) -> End {
    let at = |bucket| objects(world, bucket);
    (
        state(world, file),
        at(Bucket::Delivery),
        at(Bucket::Backup),
        at(Bucket::Upload),
        !blocks(world).is_empty(),
    )
}

async fn before(flow: &Flow) -> (World, UploadedFile) {
    let (world, file) = published(3).await;
    fetch(&world, &file);
    for (route, body) in flow.2 {
        done(&world, &file, route, *body).await;
    }
    (world, file)
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let mut struck = 0;
    for flow in &FLOWS {
        let (world, file) = before(flow).await;
        done(&world, &file, flow.0, flow.1).await;
        let expected = end(&world, &file);
        for fault in Fault::ALL {
            for number in 0.. {
                let (world, file) = before(flow).await;
                let faults = Faults::at(number, fault);
                let (status, _) = ask(&world, &file, flow.0, flow.1, &faults).await;
                let mut post = Post::new(&world);
                // The call that the fault strikes may be made by any of the following processes.
                while faults.calls() <= number && post.deliver(&faults).await {}
                let reached = faults.calls() > number;
                watch(&world, &file, &mut post).await;
                if !matches!(status, 200 | 202) {
                    let (status, answer) =
                        ask(&world, &file, flow.0, flow.1, &Faults::none()).await;
                    // If the operation was carried out although its answer was lost, a repeated restore finds nothing
                    // suspended.
                    let was_done = flow.0 == RESTORE && answer["code"] == "not_suspended";
                    assert!(matches!(status, 200 | 202) || was_done, "{status} {answer}");
                }
                watch(&world, &file, &mut post).await;
                assert_eq!(
                    end(&world, &file),
                    expected,
                    "{} {fault:?} at call {number}",
                    flow.0
                );
                if !reached {
                    break;
                }
                struck += 1;
            }
        }
    }
    assert!(struck > 300, "only {struck} faults struck");
}

/// A failed media is ready in the end and published once, whatever strikes the retry.
#[tokio::test(start_paused = true)]
async fn a_retry_is_never_lost_and_never_doubled() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = failed(5).await;
            let faults = Faults::at(number, fault);
            let (status, _) = ask(&world, &file, RETRY, None, &faults).await;
            let mut post = Post::new(&world);
            while faults.calls() <= number && post.deliver(&faults).await {}
            let reached = faults.calls() > number;
            post.finish().await;
            if status != 202 {
                ask(&world, &file, RETRY, None, &Faults::none()).await;
            }
            post.finish().await;
            assert_eq!(
                state(&world, &file),
                State::Ready,
                "{fault:?} at call {number}"
            );
            assert_eq!(
                times(&world, &file, dozo::vocabulary::record::What::Ready),
                1
            );
            assert_eq!(
                times(&world, &file, dozo::vocabulary::record::What::Retried),
                1
            );
            if !reached {
                break;
            }
        }
    }
}

/// Makes a media whose stage gave up.
pub(crate) async fn failed(seed: u64) -> (World, UploadedFile) {
    let (world, file) = uploaded(seed);
    let letter = Letter {
        attempts: 5,
        ..Letter::about(&file, "s3")
    };
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[letter])).await;
    assert_eq!(state(&world, &file), State::Failed);
    (world, file)
}
