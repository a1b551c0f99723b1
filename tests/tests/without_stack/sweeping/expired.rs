//! Tests that media delete themselves when they expire, and only then.

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::operations::scene::{
    ABUSE, LEGAL, PRIVATE, RESTORE, SUSPEND, VISIBILITY, ask, letter, published, times,
};
use crate::sweeping::{deliver, good, marks, state, sweep};

const DESCRIBE: &str = "PATCH /apps/{app}/media/{media}";

/// A day, in seconds.
const DAY: u32 = 86_400;

/// The schedule of sweep-lost, in seconds.
const EVERY: u32 = 300;

/// Returns a time that is this many seconds away.
fn from_now(world: &World, seconds: u32) -> Value {
    json!(world.clock.now() + SignedDuration::from_secs(seconds.into()))
}

async fn expire_in(world: &World, file: &UploadedFile, seconds: u32, faults: &Faults) -> i64 {
    let body = json!({"expires_at": from_now(world, seconds)}).to_string();
    ask(world, file, DESCRIBE, Some(&body), faults).await.0
}

/// A picture that is published and expires in a day.
async fn expiring(seed: u64) -> (World, UploadedFile) {
    let (world, file) = published(seed).await;
    // The mark of its upload goes.
    sweep(&world).await;
    assert_eq!(expire_in(&world, &file, DAY, &Faults::none()).await, 200);
    assert_eq!(marks(&world, "expiring/").len(), 1);
    (world, file)
}

/// Lets an hour pass, with the sweeper's runs and all messages.
async fn an_hour(world: &World) {
    let until = world.clock.now() + SignedDuration::from_hours(1);
    while world.clock.now() < until {
        sweep(world).await;
        deliver(world).await;
        world.clock.advance(EVERY);
    }
}

fn assert_gone(world: &World, file: &UploadedFile, about: &str) {
    assert_eq!(state(world, file), State::Deleted, "{about}");
    assert_eq!(times(world, file, What::Deleted), 1, "{about}");
    for bucket in [
        Bucket::Upload,
        Bucket::Delivery,
        Bucket::Backup,
        Bucket::Work,
    ] {
        assert!(
            world.store.contents(bucket).is_empty(),
            "{about}: {bucket:?}"
        );
    }
    for folder in ["expiring/", "begun/"] {
        assert_eq!(marks(world, folder), Vec::<String>::new(), "{about}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_media_is_erased_everywhere_within_an_hour_after() {
    let (world, file) = expiring(1).await;
    world.clock.advance(DAY - 3_600);
    an_hour(&world).await;
    assert_eq!(state(&world, &file), State::Ready, "not before");
    an_hour(&world).await;
    assert_gone(&world, &file, "an hour after");
    let record = world.record(&file).unwrap();
    let deleting = record
        .history
        .iter()
        .find(|event| event.what == What::Deleting);
    let deleting = deleting.unwrap();
    assert_eq!(deleting.by, "sweep-lost");
    assert_eq!(deleting.note.as_deref(), Some("expired"));
    assert_eq!(record.expires_at, None);
}

/// Media that expire together must not stand before a takedown in the queue that both take.
#[tokio::test(start_paused = true)]
async fn what_has_expired_waits_while_operations_do() {
    let (world, file) = expiring(1).await;
    world.clock.advance(DAY + 3_600);
    world.operations.fill(30);
    assert_eq!(sweep(&world).await.expired, 0);
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(marks(&world, "expiring/").len(), 1);
    world.operations.fill(0);
    an_hour(&world).await;
    assert_gone(&world, &file, "an hour after");
}

/// Whatever a file became, it expires: one that was declared so and is refused, and one that comes after its time.
#[tokio::test(start_paused = true)]
async fn files_that_are_declared_with_an_end_expire_whatever_becomes_of_them() {
    for (body, late, end) in [
        (good(1), false, State::Ready),
        (b"no picture".to_vec(), false, State::Rejected),
        (good(1), true, State::Ready),
    ] {
        let world = World::new(1);
        let file = world.file("a.png");
        let grant = json!({
            "visibility": "public",
            "files": ["a.png"],
            "declared": {"a.png": {"expires_at": from_now(&world, DAY)}},
            "expires_at": world.clock.now(),
            "created_at": world.clock.now(),
        });
        let key = dozo::vocabulary::keys::Key::Grant(world.app.clone(), world.upload.clone());
        world
            .store
            .upload(&key.location(), grant.to_string().as_bytes());
        world.clock.advance(if late { DAY + 3_600 } else { 10 });
        world.upload(&file, &body);
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "1"));
        post.finish().await;
        assert_eq!(state(&world, &file), end);
        if !late {
            an_hour(&world).await;
            assert_eq!(state(&world, &file), end, "not before");
            world.clock.advance(DAY - 3_600);
        }
        an_hour(&world).await;
        assert_gone(&world, &file, &format!("{end:?} {late}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_past_is_refused_and_null_takes_it_away() {
    let (world, file) = expiring(2).await;
    let patch = async |body: Value| {
        let body = body.to_string();
        ask(&world, &file, DESCRIBE, Some(&body), &Faults::none()).await
    };
    for bad in [json!("2001-01-01T00:00:00Z"), json!("tomorrow"), json!(7)] {
        let (status, answer) = patch(json!({"expires_at": bad})).await;
        assert_eq!((status, &answer["field"]), (400, &json!("expires_at")));
    }
    let (status, answer) = patch(json!({"title": "Lake"})).await;
    assert_eq!(status, 200);
    assert!(answer["expires_at"].is_string(), "what is left out stays");
    let (_, answer) = patch(json!({"expires_at": null})).await;
    assert!(answer.get("expires_at").is_none());
    world.clock.advance(DAY);
    an_hour(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert!(marks(&world, "expiring/").is_empty(), "the mark is stale");
}

/// The time is changed at the last moment: after the sweeper's first look, or while its order is on its way.
#[tokio::test(start_paused = true)]
async fn a_media_that_is_given_more_time_stays() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = expiring(3).await;
            world.clock.advance(DAY + GRACE.stage_seconds + 1);
            // The sweeper dies at some call; then there is more time, if it was not begun.
            let faults = Faults::at(number, fault);
            drop(sweep_lost::handle(&world.sweep_lost(&faults), far()).await);
            let prolonged = expire_in(&world, &file, DAY, &Faults::none()).await;
            let before = state(&world, &file);
            assert_eq!(
                prolonged == 200,
                before == State::Ready,
                "{fault:?} {number}"
            );
            for _ in 0..3 {
                an_hour(&world).await;
            }
            let about = format!("{fault:?} {number}");
            if prolonged == 200 {
                assert_eq!(state(&world, &file), State::Ready, "{about}");
                world.clock.advance(DAY);
                an_hour(&world).await;
            }
            assert_gone(&world, &file, &about);
            if faults.calls() <= number {
                break;
            }
        }
    }
}

/// The time is changed while two sweepers work, at random moments.
#[tokio::test(start_paused = true)]
async fn a_change_at_the_same_time_counts_if_it_was_answered() {
    let (mut stayed, mut gone) = (0, 0);
    for seed in 0..150 {
        let (mut world, file) = expiring(seed).await;
        world.clock.advance(DAY + GRACE.stage_seconds + 1);
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let (one, other) = (
            world.sweep_lost(&Faults::none()),
            world.sweep_lost(&Faults::none()),
        );
        let (_, _, answered) = tokio::join!(
            sweep_lost::handle(&one, far()),
            sweep_lost::handle(&other, far()),
            async {
                if seed % 2 == 0 {
                    let nothing = r#"{"expires_at": null}"#;
                    ask(&world, &file, DESCRIBE, Some(nothing), &Faults::none())
                        .await
                        .0
                } else {
                    expire_in(&world, &file, DAY, &Faults::none()).await
                }
            },
        );
        an_hour(&world).await;
        if answered == 200 {
            assert_eq!(state(&world, &file), State::Ready, "seed {seed}");
            stayed += 1;
            world.clock.advance(DAY);
            an_hour(&world).await;
            if seed % 2 == 0 {
                assert_eq!(state(&world, &file), State::Ready, "seed {seed}");
                continue;
            }
        }
        // A change that came too late may have left a mark of its time.
        world.clock.advance(DAY);
        an_hour(&world).await;
        gone += 1;
        assert_gone(&world, &file, &format!("seed {seed}"));
    }
    assert!(stayed > 10 && gone > 10, "{stayed} {gone}");
}

/// Any call of whoever says the time fails, or is the last one that is made.
#[tokio::test(start_paused = true)]
async fn a_time_that_was_answered_is_kept_with_a_fault_at_any_call() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published(4).await;
            let faults = Faults::at(number, fault);
            expire_in(&world, &file, DAY, &faults).await;
            let is_said = world.record(&file).unwrap().expires_at.is_some();
            world.clock.advance(DAY);
            an_hour(&world).await;
            let about = format!("{fault:?} {number}");
            if is_said {
                assert_gone(&world, &file, &about);
            } else {
                assert_eq!(state(&world, &file), State::Ready, "{about}");
                assert!(marks(&world, "expiring/").is_empty(), "{about}");
            }
            if faults.calls() <= number {
                break;
            }
        }
    }
}

/// The sweeper dies at any call, twice, and nothing is lost; nor is an order that comes again of any harm.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_the_sweeper_loses_nothing() {
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = expiring(5).await;
            world.clock.advance(DAY + GRACE.stage_seconds + 1);
            for _ in 0..2 {
                let faults = Faults::at(number, fault);
                drop(sweep_lost::handle(&world.sweep_lost(&faults), far()).await);
            }
            let orders = world.operations.take();
            for order in orders.into_iter().chain(world.operations.take()) {
                let batch = Letter::batch(&[letter(order)]);
                let run = world.run_operation(&Faults::none());
                run_operation::handle(&run, batch.clone()).await;
                run_operation::handle(&run, batch).await;
            }
            an_hour(&world).await;
            assert_gone(&world, &file, &format!("{fault:?} {number}"));
            let faults = Faults::at(number, fault);
            drop(sweep_lost::handle(&world.sweep_lost(&faults), far()).await);
            struck += 1;
            if number > 30 {
                break;
            }
        }
    }
    assert!(struck > 30, "{struck}");
}

/// A suspended media expires like any other, unless an authority demands the suspension: then it expires when that is
/// over.
#[tokio::test(start_paused = true)]
async fn what_is_held_stays_until_it_is_released() {
    for (demand, release) in [
        (ABUSE, None),
        (LEGAL, Some((RESTORE, None))),
        (LEGAL, Some((SUSPEND, Some(ABUSE)))),
    ] {
        let (world, file) = expiring(6).await;
        let (status, _) = ask(&world, &file, SUSPEND, Some(demand), &Faults::none()).await;
        assert_eq!(status, 202);
        deliver(&world).await;
        world.clock.advance(DAY);
        an_hour(&world).await;
        if let Some((route, body)) = release {
            an_hour(&world).await;
            assert_eq!(state(&world, &file), State::Suspended);
            assert!(marks(&world, "expiring/").is_empty(), "it costs nothing");
            ask(&world, &file, route, body, &Faults::none()).await;
            deliver(&world).await;
            an_hour(&world).await;
        }
        assert_gone(&world, &file, demand);
    }
}

/// A media that is being moved, suspended or restored when it expires.
#[tokio::test(start_paused = true)]
async fn an_operation_that_is_under_way_is_overtaken() {
    for route in [SUSPEND, VISIBILITY] {
        for deliveries in 0..5 {
            let (world, file) = expiring(7).await;
            world.clock.advance(DAY + GRACE.stage_seconds + 1);
            let body = if route == SUSPEND { ABUSE } else { PRIVATE };
            ask(&world, &file, route, Some(body), &Faults::none()).await;
            let mut post = Post::new(&world);
            for _ in 0..deliveries {
                post.deliver(&Faults::none()).await;
            }
            sweep(&world).await;
            post.finish().await;
            an_hour(&world).await;
            assert_gone(&world, &file, &format!("{route} {deliveries}"));
        }
    }
}
