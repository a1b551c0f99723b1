//! Tests a hundred thousand uploads on the in-memory ports, with faults at random calls: none is lost, none is
//! published twice.

use std::collections::VecDeque;
use std::sync::Arc;

use dozo::memory::faults::{Fault, Faults};
use dozo::stages::usage::Usage;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const UPLOADS: usize = 100_000;

/// The share of calls that meet a fault. At this rate every other message meets one.
const FAULT_RATE: f64 = 0.05;

/// The number of deliveries of a message, fewer than a stage's tries.
const DELIVERIES: u32 = 4;

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_uploads_with_faults_are_all_ready_once() {
    let world = World::new(1);
    let body = picture(ImageFormat::Gif, 2, 2, 1).unwrap();
    let files: Vec<_> = (0..UPLOADS)
        .map(|n| world.file(&format!("{n}.gif")))
        .collect();
    // A process handles many messages and remembers its counts.
    let warm = Usage::new(Arc::new(world.store.clone()));
    let mut queue = VecDeque::new();
    for file in &files {
        world.upload(file, &body);
        queue.push_back((file, 0));
    }
    let mut rng = StdRng::seed_from_u64(2);
    let mut redelivered = 0;
    while let Some((file, attempts)) = queue.pop_front() {
        let mut chance = StdRng::seed_from_u64(rng.random());
        let faults = Faults::planned(move |_| {
            chance
                .random_bool(FAULT_RATE)
                .then(|| *Fault::ALL.choose(&mut chance).expect("there are some"))
        });
        // A message that was given up is sent anew, as an admin's retry does.
        let letter = Letter {
            attempts: attempts % DELIVERIES + 1,
            ..Letter::about(file, &format!("m{}", attempts / DELIVERIES))
        };
        let mut app = world.validate_upload(&faults);
        app.settler.usage = warm.seen_through(Arc::new(world.store.seen_by(&faults)));
        let response = validate_upload::handle(&app, Letter::batch(&[letter])).await;
        if faults.died() || !response.batch_item_failures.is_empty() {
            redelivered += 1;
            queue.push_back((file, attempts + 1));
        }
    }
    assert!(
        redelivered > UPLOADS / 10,
        "only {redelivered} messages met a fault"
    );
    for file in &files {
        let record = world.record(file).expect("a record");
        assert_eq!(record.state, State::Ready);
        let published = record
            .history
            .iter()
            .filter(|event| event.what == What::Ready);
        assert_eq!(published.count(), 1);
    }
    assert_eq!(world.store.contents(Bucket::Delivery).len(), UPLOADS);
    let records = world.store.contents(Bucket::Records);
    let counted = records
        .keys()
        .filter(|key| key.starts_with("usage/demo/day-") && !key.ends_with(".json"));
    assert_eq!(counted.count(), UPLOADS, "each is counted once");
}
