//! Tests that more changes than a history holds are told, if they come before the first of them is announced.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::{Letter, World};

use super::{LEASE, PRIVATE, PUBLIC, VISIBILITY, good, hint, kinds, order, put, told};

/// Moves that are told, each with two events in the history, which holds 50.
const MOVES: usize = 60;

async fn moved(keeps_versions: bool) -> (World, UploadedFile) {
    let mut world = World::new(1);
    if keeps_versions {
        world.store = world.store.keeping_records();
    }
    let file = world.file("a.png");
    put(&world, &file, &good(1), "1").await;
    for number in 0..MOVES {
        let visibility = if number % 2 == 0 { PRIVATE } else { PUBLIC };
        order(&world, &file, VISIBILITY, Some(visibility)).await;
    }
    (world, file)
}

/// Delivers hints until nobody sends one more.
async fn finish(world: &World, file: &UploadedFile) {
    world.clock.advance(LEASE);
    assert!(hint(world, file, &Faults::none()).await);
    loop {
        let sent = world.announcements.take();
        let Some(next) = sent.first() else { return };
        let letter = Letter {
            id: "more".to_owned(),
            body: next.body.clone(),
            attempts: 1,
        };
        let function = world.announce_change(&Faults::none());
        let answer = announce_change::handle(&function, Letter::batch(&[letter])).await;
        assert!(answer.batch_item_failures.is_empty());
    }
}

fn expected() -> Vec<String> {
    let moves = vec!["media.visibility_changed"; MOVES];
    let all = ["media.ready"].into_iter().chain(moves);
    all.map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn older_versions_of_the_record_tell_of_what_the_history_has_dropped() {
    let (world, file) = moved(true).await;
    assert_eq!(world.record(&file).unwrap().history.len(), 50);
    finish(&world, &file).await;
    assert_eq!(kinds(&world, &file), expected());
    // Each has the time of its own change.
    let mut times: Vec<_> = world.bus.published().iter().map(|one| one.at).collect();
    assert!(times.is_sorted());
    times.dedup();
    assert!(times.len() > 1, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_on_the_way_to_an_older_version_loses_nothing() {
    for number in 0..12 {
        for fault in [Fault::Refused, Fault::DiesAfter] {
            let (world, file) = moved(true).await;
            hint(&world, &file, &Faults::at(number, fault)).await;
            finish(&world, &file).await;
            assert_eq!(kinds(&world, &file), expected(), "{fault:?} at {number}");
        }
    }
}

/// Older versions are gone after 30 days. What they told of is not known any more, but every number is told.
#[tokio::test(start_paused = true)]
async fn what_nothing_tells_of_any_more_keeps_its_number() {
    let (world, file) = moved(false).await;
    finish(&world, &file).await;
    let told = told(&world, &file);
    assert_eq!(told.len(), MOVES + 1);
    let forgotten = told.iter().take_while(|one| one.kind == "media.changed");
    assert_eq!(forgotten.count(), MOVES + 1 - 25);
    let last = told.last().unwrap();
    assert_eq!(last.kind, "media.visibility_changed");
    assert_eq!(last.data["visibility"], "public");
}
