//! Tests what apps are told of how much they use.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::vocabulary::day::Day;
use dozo::vocabulary::keys::used::milliseconds;
use dozo::vocabulary::keys::{Flow, Key};
use dozo_tests::world::{World, call};
use serde_json::{Value, json};

use super::{answer, keys, settle};
use crate::announcing::{ABUSE, DELETE, SUSPEND, good, order, put};

const DAY: u32 = 86_400;

/// The most calls: of the count of a day, of that of what is stored.
const MOST_CALLS: usize = dozo::stages::usage::MOST_CALLS + 10;

pub(super) async fn report(world: &World, query: &[(&str, &str)]) -> (i64, Value) {
    counted(world, query, &Faults::none()).await
}

async fn counted(world: &World, query: &[(&str, &str)], faults: &Faults) -> (i64, Value) {
    let asked = call("GET /apps/{app}/usage", &[("app", "demo")], query, None);
    answer(show_media::handle(&world.show_media(faults), asked).await)
}

#[tokio::test(start_paused = true)]
async fn a_day_has_what_was_accepted_on_it_and_stored_is_what_is_there() {
    let world = World::new(41);
    let files = ["a.png", "b.png", "c.png", "d"].map(|name| world.file(name));
    let body = good(1);
    let bytes = u64::try_from(body.len()).unwrap();
    let today = Day::of(world.clock.now()).to_string();
    put(&world, &files[0], &body, "1").await;
    put(&world, &files[1], &body, "2").await;
    put(&world, &files[3], b"no picture", "3").await;
    settle(&world, &files[..2]).await;
    settle(&world, &files[3..]).await;
    world.clock.advance(DAY);
    put(&world, &files[2], &body, "4").await;
    order(&world, &files[0], DELETE, None).await;
    order(&world, &files[1], SUSPEND, Some(ABUSE)).await;
    settle(&world, &files).await;
    let tomorrow = Day::of(world.clock.now()).to_string();
    for (day, media) in [(&today, 2), (&tomorrow, 1)] {
        let (status, report) = report(&world, &[("day", day)]).await;
        let now = world.clock.now();
        let expected = json!({
            "day": day,
            "uploaded": {"media": media, "bytes": media * bytes},
            "stored": {"media": 2, "bytes": 2 * bytes, "as_of": now},
        });
        assert_eq!((status, report), (200, expected));
    }
    assert_eq!(report(&world, &[]).await.1["day"], json!(tomorrow));
    for day in ["2026-1-1", "tomorrow", "2027-06-01", "2020-01-01", ""] {
        let (status, problem) = report(&world, &[("day", day)]).await;
        assert_eq!((status, &problem["field"]), (400, &json!("day")), "{day}");
    }
}

/// Puts marks of media that came, one a second, and of every third that went.
fn fill(world: &World, seconds: u64) -> (u64, u64) {
    let now = milliseconds(world.clock.now());
    let (mut media, mut bytes) = (0, 0);
    for second in 0..seconds {
        let file = world.file(&second.to_string());
        let flow = |is_in, later| Flow {
            at: now - seconds * 1_000 + second * 1_000 + later,
            is_in,
            media: file.media.clone(),
            bytes: second,
            nonce: 7,
        };
        let goes = second % 3 == 0;
        (media, bytes) = (
            media + u64::from(!goes),
            bytes + if goes { 0 } else { second },
        );
        for flow in [Some(flow(true, 0)), goes.then(|| flow(false, 500))]
            .into_iter()
            .flatten()
        {
            let key = Key::Stored(world.app.clone(), flow);
            world.store.upload(&key.location(), b"{}");
        }
    }
    (media, bytes)
}

/// Nobody has asked for a long time: each call says up to when it has counted, and the next goes on.
#[tokio::test(start_paused = true)]
async fn a_long_ledger_is_counted_in_few_calls_at_a_time() {
    let world = World::new(42);
    let (media, bytes) = fill(&world, 20_000);
    let mut before = String::new();
    for asked in 1.. {
        let faults = Faults::none();
        let (_, report) = counted(&world, &[], &faults).await;
        assert!(faults.calls() <= MOST_CALLS, "{}", faults.calls());
        let as_of = report["stored"]["as_of"].as_str().unwrap().to_owned();
        assert!(as_of > before, "{report}");
        if as_of == world.clock.now().to_string() {
            assert_eq!(report["stored"]["media"], media);
            assert_eq!(report["stored"]["bytes"], bytes);
            assert_eq!(asked, 4, "8,000 of 26,667 marks a call");
            break;
        }
        before = as_of;
    }
    // From then on only what is new is listed.
    let faults = Faults::none();
    counted(&world, &[], &faults).await;
    assert!(faults.calls() <= 6, "{:?}", faults.log());
    assert_eq!(keys(&world, "stored/demo.json").len(), 1);
}
