//! Tests announcements with a fault at any call, twice, out of order and at the same time.

use dozo::memory::faults::{Fault, Faults};
use dozo_tests::world::World;

use super::{ABUSE, LEASE, PRIVATE, SUSPEND, VISIBILITY, hint, kinds, order, ready};

const EXPECTED: [&str; 3] = ["media.ready", "media.visibility_changed", "media.suspended"];

/// More calls than an announcement of three changes makes.
const CALLS: usize = 32;

async fn three(seed: u64) -> (World, dozo::vocabulary::message::upload::UploadedFile) {
    let (world, file) = ready(seed).await;
    order(&world, &file, VISIBILITY, Some(PRIVATE)).await;
    order(&world, &file, SUSPEND, Some(ABUSE)).await;
    (world, file)
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_loses_nothing() {
    let (world, file) = three(1).await;
    let all = Faults::none();
    hint(&world, &file, &all).await;
    assert!(all.calls() < CALLS, "{}", all.calls());
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let (world, file) = three(1).await;
            let is_done = hint(&world, &file, &Faults::at(number, fault)).await;
            if !is_done {
                world.clock.advance(LEASE);
                assert!(hint(&world, &file, &Faults::none()).await);
            }
            assert_eq!(kinds(&world, &file), EXPECTED, "{fault:?} at {number}");
        }
    }
}

/// An event that was sent before the process died is sent again as it was, although the media has changed meanwhile.
#[tokio::test(start_paused = true)]
async fn what_was_frozen_stays_as_it_is() {
    for number in 0..CALLS {
        let (world, file) = ready(2).await;
        hint(&world, &file, &Faults::at(number, Fault::DiesAfter)).await;
        order(&world, &file, VISIBILITY, Some(PRIVATE)).await;
        order(&world, &file, SUSPEND, Some(ABUSE)).await;
        world.clock.advance(LEASE);
        assert!(hint(&world, &file, &Faults::none()).await);
        // `kinds` compares the bytes of events with the same id.
        assert_eq!(kinds(&world, &file), EXPECTED, "died after {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_comes_twice_tells_once() {
    let (world, file) = three(3).await;
    for _ in 0..3 {
        assert!(hint(&world, &file, &Faults::none()).await);
    }
    assert_eq!(world.bus.published().len(), 3);
    assert_eq!(kinds(&world, &file), EXPECTED);
}

#[tokio::test(start_paused = true)]
async fn several_at_the_same_time_tell_the_same() {
    for seed in 0..200 {
        let (mut world, file) = three(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (one, two, three) = (Faults::none(), Faults::none(), Faults::none());
        let done = tokio::join!(
            hint(&world, &file, &one),
            hint(&world, &file, &two),
            hint(&world, &file, &three),
        );
        if done != (true, true, true) {
            world.clock.advance(LEASE);
            assert!(hint(&world, &file, &Faults::none()).await);
        }
        assert_eq!(kinds(&world, &file), EXPECTED, "{seed}");
    }
}

/// A process that read the record long ago announces what it has read, and no more than that.
#[tokio::test(start_paused = true)]
async fn one_at_work_while_the_media_changes_does_no_harm() {
    for seed in 0..100 {
        let (mut world, file) = ready(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (one, two) = (Faults::none(), Faults::none());
        tokio::join!(hint(&world, &file, &one), async {
            order(&world, &file, VISIBILITY, Some(PRIVATE)).await;
            hint(&world, &file, &two).await;
            order(&world, &file, SUSPEND, Some(ABUSE)).await;
        },);
        world.clock.advance(LEASE);
        assert!(hint(&world, &file, &Faults::none()).await);
        assert_eq!(kinds(&world, &file), EXPECTED, "{seed}");
    }
}
