//! Property test: whatever happens in whatever order, with a fault anywhere, lists are right in the end.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::World;
use proptest::prelude::*;
use serde_json::json;

use super::{assert_exact, describe, index, settle, sweep};
use crate::announcing::{
    ABUSE, DELETE, PRIVATE, RESTORE, SUSPEND, VISIBILITY, good, hint, order, put,
};

#[derive(Debug, Clone)]
enum Step {
    Put(bool),
    Order(&'static str, Option<&'static str>),
    Describe(u8),
    Register(u8),
    /// A hint, to a process with this fault at this call.
    Hint(usize, Option<Fault>),
    Index(usize, Option<Fault>),
    TwoHints,
    Wait(u32),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let fault = || prop::option::of(prop::sample::select(Fault::ALL.to_vec()));
    prop_oneof![
        2 => any::<bool>().prop_map(Step::Put),
        1 => Just(Step::Order(VISIBILITY, Some(PRIVATE))),
        1 => Just(Step::Order(SUSPEND, Some(ABUSE))),
        1 => Just(Step::Order(RESTORE, None)),
        1 => Just(Step::Order(DELETE, None)),
        4 => any::<u8>().prop_map(Step::Describe),
        1 => any::<u8>().prop_map(Step::Register),
        6 => (0..40_usize, fault()).prop_map(|(call, fault)| Step::Hint(call, fault)),
        1 => (0..30_usize, fault()).prop_map(|(call, fault)| Step::Index(call, fault)),
        2 => Just(Step::TwoHints),
        3 => (0..300_u32).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

fn at(call: usize, fault: Option<Fault>) -> Faults {
    fault.map_or_else(Faults::none, |fault| Faults::at(call, fault))
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
        Step::Describe(bits) => {
            let tags: Vec<_> = (0..4).filter(|bit| bits & (1 << bit) != 0).collect();
            let tags: Vec<_> = tags.iter().map(|bit| format!("tag {bit}")).collect();
            let album = (bits & 16 != 0).then(|| (bits >> 5).to_string());
            let patch = json!({"tags": tags, "metadata": {"album": album, "by": "Ada"}});
            describe(world, file, &patch).await;
        }
        Step::Register(bits) => world.register(|app| {
            let names = ["album", "by"].map(ToOwned::to_owned);
            let names = names.into_iter().enumerate();
            app.indexed = names
                .filter(|(bit, _)| bits & (1 << bit) != 0)
                .map(|(_, name)| name)
                .collect();
        }),
        Step::Hint(call, fault) => {
            hint(world, file, &at(*call, *fault)).await;
        }
        Step::Index(call, fault) => {
            index(world, &json!({}), &at(*call, *fault)).await;
        }
        Step::TwoHints => {
            let (one, two) = (Faults::none(), Faults::none());
            tokio::join!(hint(world, file, &one), hint(world, file, &two));
        }
        Step::Wait(seconds) => world.clock.advance(*seconds),
        Step::Sweep => sweep(world).await,
    }
}

async fn play(steps: &[Step], heals: bool) {
    let world = World::new(31);
    let file = world.file("a.png");
    for (number, step) in steps.iter().enumerate() {
        Box::pin(take(&world, &file, step, number)).await;
    }
    let one = std::slice::from_ref(&file);
    if heals {
        // No hint comes any more.
        for _ in 0..3 {
            sweep(&world).await;
        }
    } else {
        settle(&world, one).await;
    }
    assert_exact(&world, one).await;
}

fn run(steps: &[Step], heals: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(steps, heals));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn lists_are_right_when_the_last_hint_was_taken(steps in prop::collection::vec(step(), 1..30)) {
        run(&steps, false);
    }

    /// Without a change of what the app lists by, which only indexing anew carries out.
    #[test]
    fn lists_are_right_when_no_hint_comes(steps in prop::collection::vec(step(), 1..30)) {
        let is_hinted = |step: &Step| !matches!(step, Step::Register(_));
        let steps: Vec<_> = steps.into_iter().filter(is_hinted).collect();
        run(&steps, true);
    }
}
