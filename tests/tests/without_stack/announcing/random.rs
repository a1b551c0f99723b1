//! Property test: whatever happens in whatever order, with a fault anywhere, sequences have no gap and tell what happened.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, World, far};
use proptest::prelude::*;

use super::{
    ABUSE, DELETE, LEASE, PRIVATE, PUBLIC, RESTORE, SUSPEND, VISIBILITY, good, hint, kinds, order,
    put,
};

#[derive(Debug, Clone)]
enum Step {
    Put(bool),
    Order(&'static str, Option<&'static str>),
    /// A hint, to a process with this fault at this call.
    Hint(usize, Option<Fault>),
    TwoHints,
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop::option::of(prop::sample::select(Fault::ALL.to_vec()));
    prop_oneof![
        2 => any::<bool>().prop_map(Step::Put),
        2 => Just(Step::Order(VISIBILITY, Some(PRIVATE))),
        2 => Just(Step::Order(VISIBILITY, Some(PUBLIC))),
        1 => Just(Step::Order(SUSPEND, Some(ABUSE))),
        1 => Just(Step::Order(RESTORE, None)),
        1 => Just(Step::Order(DELETE, None)),
        4 => (0..12_usize, fault).prop_map(|(call, fault)| Step::Hint(call, fault)),
        1 => Just(Step::TwoHints),
        1 => Just(Step::Sweep),
    ]
}

async fn take(world: &World, file: &UploadedFile, step: &Step, number: usize) {
    match step {
        Step::Put(is_good) => {
            let body = if *is_good {
                good(u8::try_from(number % 250).unwrap())
            } else {
                format!("no picture {number}").into_bytes()
            };
            put(world, file, &body, &number.to_string()).await;
        }
        Step::Order(route, body) => order(world, file, route, *body).await,
        Step::Hint(call, fault) => {
            let faults = fault.map_or_else(Faults::none, |fault| Faults::at(*call, fault));
            hint(world, file, &faults).await;
        }
        Step::TwoHints => {
            let (one, two) = (Faults::none(), Faults::none());
            tokio::join!(hint(world, file, &one), hint(world, file, &two));
        }
        Step::Sweep => {
            world.clock.advance(GRACE.stage_seconds * 2);
            sweep_lost::handle(&world.sweep_lost(&Faults::none()), far())
                .await
                .unwrap();
            Post::new(world).announcing_nothing().finish().await;
        }
    }
}

/// Adds the changes that the record tells of and that are not known yet.
fn learn(world: &World, file: &UploadedFile, happened: &mut Vec<String>) {
    let history = world.record(file).map(|record| record.history);
    for event in history.unwrap_or_default() {
        let Some(seq) = event.seq else { continue };
        let kind = event.what.change().unwrap().as_str();
        match happened.get(usize::try_from(seq).unwrap() - 1) {
            Some(known) => assert_eq!(known, kind, "{seq}"),
            None => {
                happened.push(kind.to_owned());
                assert_eq!(happened.len(), usize::try_from(seq).unwrap());
            }
        }
    }
}

async fn play(steps: &[Step]) {
    let mut world = World::new(1);
    world.store = world.store.keeping_records();
    let file = world.file("a.png");
    let mut happened = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        Box::pin(take(&world, &file, step, number)).await;
        learn(&world, &file, &mut happened);
    }
    world.clock.advance(LEASE);
    assert!(hint(&world, &file, &Faults::none()).await);
    assert_eq!(kinds(&world, &file), happened);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn sequences_have_no_gap(steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(&steps));
    }
}
