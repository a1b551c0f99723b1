//! Tests operations in any order, at any time, with faults at random calls: no object is lost, none is served that must
//! not be, and everything finishes.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::operations::scene::*;

const ASKS: [(&str, Option<&str>); 6] = [
    (SUSPEND, Some(ABUSE)),
    (RESTORE, None),
    (VISIBILITY, Some(PRIVATE)),
    (VISIBILITY, Some(PUBLIC)),
    (RETRY, None),
    (DELETE, None),
];

/// Plans a random fault for one call in twenty.
fn unlucky(seed: u64) -> Faults {
    let mut chance = StdRng::seed_from_u64(seed);
    Faults::planned(move |_| {
        let struck = chance.random_ratio(1, 20);
        struck.then(|| Fault::ALL[chance.random_range(0..Fault::ALL.len())])
    })
}

/// Asserts that at least one place holds the whole object, which must be so at every moment until it is deleted.
fn assert_not_lost(world: &World, body: &[u8]) {
    let held = [Bucket::Delivery, Bucket::Backup]
        .into_iter()
        .any(|bucket| {
            objects(world, bucket)
                .values()
                .any(|(held, _)| held == body)
        });
    assert!(held, "the object is nowhere");
}

async fn schedule(seed: u64, asks: &[(usize, u8)]) {
    let (world, file) = published(seed).await;
    let body = objects(&world, Bucket::Delivery)
        .into_values()
        .next()
        .unwrap()
        .0;
    let mut post = Post::new(&world);
    for (number, (which, deliveries)) in asks.iter().enumerate() {
        let chance = seed.wrapping_add(u64::try_from(number).unwrap() * 1_000);
        let (route, text) = ASKS[*which];
        ask(&world, &file, route, text, &unlucky(chance)).await;
        for delivery in 0..*deliveries {
            post.deliver(&unlucky(chance + 1 + u64::from(delivery)))
                .await;
            check(&world, &file, &body);
        }
        if number % 3 == 2 {
            post.notify(Letter::about(&file, &format!("late-{number}")));
        }
    }
    watch(&world, &file, &mut post).await;
    check(&world, &file, &body);
    assert!(
        !state(&world, &file).is_operation(),
        "{} for ever",
        state(&world, &file)
    );
    if state(&world, &file) == State::Suspended {
        done(&world, &file, RESTORE, None).await;
    }
    if state(&world, &file) != State::Deleted {
        assert_eq!(state(&world, &file), State::Ready);
        assert_eq!(
            fetch(&world, &file).into_values().collect::<Vec<_>>(),
            [body]
        );
    }
}

fn check(world: &World, file: &UploadedFile, body: &[u8]) {
    let now = state(world, file);
    let seen = fetch(world, file);
    if matches!(now, State::Suspended | State::Deleted) {
        assert!(seen.is_empty(), "{now} and served");
    }
    if !matches!(now, State::Deleting | State::Deleted) {
        assert_not_lost(world, body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_served_against_its_state(
        seed in any::<u64>(),
        asks in prop::collection::vec((0..ASKS.len(), 0_u8..12), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(schedule(seed, &asks));
    }
}
