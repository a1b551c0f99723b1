//! Tests the sweeper with a fault at every call, twice, and two sweepers at once.

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World, far};

use crate::sweeping::{LONG, deliver, good, marks, state, stuck, sweep};

/// More calls than a run of these tests makes.
const ENOUGH: usize = 60;

/// A world with a document whose order was lost, a picture whose mark can go, and an upload whose event was lost.
async fn scene(seed: u64) -> (World, Vec<UploadedFile>) {
    let world = World::new(seed);
    let document = stuck(&world, "a.pdf").await;
    let (ready, unseen) = (world.file("b.png"), world.file("c.png"));
    for file in [&ready, &unseen] {
        world.upload(file, &good(1));
    }
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&ready, "1")])).await;
    world.clock.advance(LONG);
    (world, vec![document, ready, unseen])
}

/// Runs the sweeper until the marks are gone, and checks that everything is ready.
async fn settle(world: &World, files: &[UploadedFile], about: &str) {
    for _ in 0..5 {
        deliver(world).await;
        world.clock.advance(LONG);
        sweep(world).await;
    }
    for file in files {
        assert_eq!(state(world, file), State::Ready, "{about}: {file:?}");
    }
    for folder in ["begun/", "stuck/", "failed/"] {
        assert_eq!(marks(world, folder), Vec::<String>::new(), "{about}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_loses_nothing() {
    let mut last = 0;
    for number in 0..ENOUGH {
        for fault in Fault::ALL {
            let (world, files) = scene(1).await;
            for _ in 0..2 {
                let faults = Faults::at(number, fault);
                let found = sweep_lost::handle(&world.sweep_lost(&faults), far()).await;
                last = last.max(faults.calls());
                let struck = faults.calls() > number;
                // A listing that was lost is told to Lambda; a lost answer to a write may be found again.
                assert!(struck || found.is_ok(), "{number} {fault:?}: {found:?}");
            }
            settle(&world, &files, &format!("{fault:?} at {number}")).await;
        }
    }
    assert!((10..ENOUGH).contains(&last), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_before_a_media_is_given_up_loses_nothing() {
    for number in 0..ENOUGH {
        for fault in Fault::ALL {
            let (world, files) = scene(2).await;
            for _ in 0..5 {
                sweep(&world).await;
                drop(world.uploads.take());
                world.clock.advance(LONG);
            }
            for _ in 0..2 {
                let faults = Faults::at(number, fault);
                drop(sweep_lost::handle(&world.sweep_lost(&faults), far()).await);
            }
            sweep(&world).await;
            let record = world.record(&files[0]).unwrap();
            assert_eq!(record.state, State::Failed, "{fault:?} at {number}");
            assert_eq!(marks(&world, "failed/").len(), 1);
            world.announce().await;
            drop(world.uploads.take());
            world.clock.advance(LONG);
            sweep(&world).await;
            assert_eq!(
                marks(&world, "stuck/"),
                Vec::<String>::new(),
                "{fault:?} at {number}"
            );
            assert_eq!(
                marks(&world, "begun/"),
                Vec::<String>::new(),
                "{fault:?} at {number}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_sweepers_at_once_send_one_message() {
    for seed in 0..100 {
        let (mut world, files) = scene(seed).await;
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        for times in 1..=3 {
            let (one, other) = (
                world.sweep_lost(&Faults::none()),
                world.sweep_lost(&Faults::none()),
            );
            let both = tokio::join!(
                sweep_lost::handle(&one, far()),
                sweep_lost::handle(&other, far()),
            );
            let (one, other) = (both.0.unwrap(), both.1.unwrap());
            assert_eq!(one.sent_again + other.sent_again, 1, "{one:?} {other:?}");
            let record = world.record(&files[0]).unwrap();
            assert_eq!(record.swept.unwrap().times, times);
            assert!(marks(&world, "begun/").len() <= 2, "they do not multiply");
            drop(world.uploads.take());
            world.clock.advance(LONG);
        }
        settle(&world, &files, "two").await;
    }
}
