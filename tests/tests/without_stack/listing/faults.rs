//! Tests the index with a fault at any call, twice, and at the same time.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::World;
use serde_json::json;

use super::{assert_exact, describe, index, settle};
use crate::announcing::{ABUSE, DELETE, SUSPEND, good, hint, order, put};

/// More calls than one hint makes.
const CALLS: usize = 60;

/// A picture with a tag and a field, of which nobody was told; or which was listed before, with other ones.
async fn labelled(seed: u64, before: bool) -> (World, UploadedFile) {
    let world = World::new(seed);
    world.register(|app| app.indexed = vec!["album".to_owned()]);
    let file = world.file("a.png");
    put(&world, &file, &good(1), "1").await;
    if before {
        describe(
            &world,
            &file,
            &json!({"tags": ["old", "kept"], "metadata": {"album": "0"}}),
        )
        .await;
        assert!(hint(&world, &file, &Faults::none()).await);
    }
    describe(
        &world,
        &file,
        &json!({"tags": ["new", "kept"], "metadata": {"album": "1"}}),
    )
    .await;
    (world, file)
}

async fn changes(world: &World, file: &UploadedFile, which: usize) {
    match which {
        1 => order(world, file, SUSPEND, Some(ABUSE)).await,
        2 => order(world, file, DELETE, None).await,
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_nothing_behind() {
    for (before, which) in [(false, 0), (true, 0), (true, 1), (true, 2)] {
        let (world, file) = labelled(1, before).await;
        changes(&world, &file, which).await;
        let every = Faults::none();
        assert!(hint(&world, &file, &every).await);
        assert!(every.calls() < CALLS, "{}", every.calls());
        assert_exact(&world, std::slice::from_ref(&file)).await;
        for number in 0..every.calls() {
            for fault in Fault::ALL {
                let (world, file) = labelled(1, before).await;
                changes(&world, &file, which).await;
                hint(&world, &file, &Faults::at(number, fault)).await;
                settle(&world, std::slice::from_ref(&file)).await;
                assert_exact(&world, std::slice::from_ref(&file)).await;
            }
        }
    }
}

/// The media changes between the death of one process and the next one's work.
#[tokio::test(start_paused = true)]
async fn what_changes_after_a_death_is_listed_as_it_is() {
    for number in 0..45 {
        for which in [0, 1, 2] {
            let (world, file) = labelled(2, false).await;
            hint(&world, &file, &Faults::at(number, Fault::DiesAfter)).await;
            describe(
                &world,
                &file,
                &json!({"tags": ["newer"], "metadata": {"album": null}}),
            )
            .await;
            changes(&world, &file, which).await;
            settle(&world, std::slice::from_ref(&file)).await;
            assert_exact(&world, std::slice::from_ref(&file)).await;
        }
    }
}

/// Whoever finds somebody at work comes again, soon at first; nobody waits for longer than a lease.
#[tokio::test(start_paused = true)]
async fn nobody_works_at_what_somebody_else_works_at() {
    let (world, file) = labelled(3, false).await;
    let all = Faults::none();
    hint(&world, &file, &all).await;
    let is_open = |log: &[(dozo::vocabulary::access::Call, String)]| {
        log.iter()
            .position(|(call, on)| call.name == "s3:put-new" && on.contains("indexed/"))
    };
    let opened = is_open(&all.log()).unwrap();
    let (world, file) = labelled(3, false).await;
    hint(&world, &file, &Faults::at(opened, Fault::DiesAfter)).await;
    let entries = super::keys(&world, "listed/");
    for (later, is_done) in [(0, false), (20, false), (200, false), (21, true)] {
        world.clock.advance(later);
        assert_eq!(
            hint(&world, &file, &Faults::none()).await,
            is_done,
            "{later}"
        );
        assert_eq!(super::keys(&world, "listed/") != entries, is_done);
    }
    assert_exact(&world, std::slice::from_ref(&file)).await;
}

#[tokio::test(start_paused = true)]
async fn several_at_the_same_time_list_the_same() {
    for seed in 0..200 {
        let (mut world, file) = labelled(seed, seed % 2 == 0).await;
        world.store = world.store.paced_by(&world.clock);
        let (one, two) = (Faults::none(), Faults::none());
        let (everything, three) = (json!({}), Faults::none());
        tokio::join!(
            hint(&world, &file, &one),
            hint(&world, &file, &two),
            index(&world, &everything, &three),
            async {
                describe(&world, &file, &json!({"tags": ["newest"]})).await;
                if seed % 3 == 0 {
                    order(&world, &file, DELETE, None).await;
                }
            },
        );
        settle(&world, std::slice::from_ref(&file)).await;
        assert_exact(&world, std::slice::from_ref(&file)).await;
    }
}

/// One process stands still for as long as it may live, with an old record in its hands.
#[tokio::test(start_paused = true)]
async fn an_old_record_is_never_left_in_a_list() {
    for seed in 0..100 {
        let (mut world, file) = labelled(seed, true).await;
        world.store = world.store.paced_by(&world.clock);
        let (one, two) = (Faults::none(), Faults::none());
        tokio::join!(hint(&world, &file, &one), async {
            describe(&world, &file, &json!({"tags": []})).await;
            hint(&world, &file, &two).await;
            describe(&world, &file, &json!({"tags": ["kept"], "metadata": null})).await;
        });
        // The last change's hint comes, and comes again.
        settle(&world, std::slice::from_ref(&file)).await;
        assert_exact(&world, std::slice::from_ref(&file)).await;
    }
}
