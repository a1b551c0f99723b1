//! Tests any schedule of uploads, faults, concurrent deliveries and waits.

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::redelivery::{bad, deliver, finish, good};

#[derive(Debug, Clone, Copy)]
enum Step {
    Upload(u8),
    Deliver { fault: Option<(usize, Fault)> },
    Together(u8),
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop::option::of((0_usize..30, prop::sample::select(Fault::ALL.to_vec())));
    let step = prop_oneof![
        2 => (0_u8..4).prop_map(Step::Upload),
        4 => fault.prop_map(|fault| Step::Deliver { fault }),
        2 => (2_u8..5).prop_map(Step::Together),
        1 => Just(Step::Wait),
    ];
    prop::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Runs any schedule of uploads, faults, concurrent deliveries and waits, then one healthy delivery of every
    /// message.
    #[test]
    fn any_schedule_ends_well(steps in steps(), seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(seed);
            world.store = world.store.paced_by(&MemoryClock::new(seed));
            let file = world.file("a");
            let versions = [good(1), good(2), picture(ImageFormat::Jpeg, 12, 12, 9).unwrap(), bad()];
            world.upload(&file, &versions[0]);
            let mut rng = StdRng::seed_from_u64(seed);
            for step in steps {
                match step {
                    Step::Upload(version) => drop(world.upload(&file, &versions[usize::from(version)])),
                    Step::Deliver { fault } => {
                        let faults = fault.map_or_else(Faults::none, |(call, fault)| Faults::at(call, fault));
                        deliver(&world, &Letter::about(&file, "m"), &faults).await;
                    }
                    Step::Together(count) => {
                        let crowd: Vec<_> = (0..count).map(|_| {
                            if rng.random_bool(0.4) { Faults::at(rng.random_range(0..20), Fault::DiesAfter) } else { Faults::none() }
                        }).collect();
                        let letter = Letter::about(&file, "m");
                        futures_util::future::join_all(crowd.iter().map(|faults| deliver(&world, &letter, faults))).await;
                    }
                    Step::Wait => world.clock.advance(100),
                }
            }
            finish(&world, &Letter::about(&file, "last")).await;
            let uploaded: Vec<&[u8]> = versions.iter().map(Vec::as_slice).collect();
            let record = world.record(&file).unwrap();
            for object in world.store.contents(Bucket::Delivery).values() {
                assert!(uploaded[..3].contains(&&object.body[..]), "only what is good is delivered");
            }
            match record.state {
                State::Ready => assert!(!world.store.contents(Bucket::Delivery).is_empty()),
                State::Rejected => {}
                other => panic!("{other} is no end"),
            }
        });
    }
}
