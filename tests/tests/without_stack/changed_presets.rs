//! Tests that the CDN forgets what was rendered by a preset that has changed: by messages that are sent before the change
//! is written, and received after.

use dozo::memory::faults::{Fault, Faults};
use dozo::memory::queue::Sent;
use dozo::platform::json;
use dozo::stages::register::WRITTEN_WITHIN_SECONDS;
use dozo::vocabulary::app::AppRecord;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::names::AppId;
use dozo_tests::world::{GRACE, Letter, World, call};

const SMALL: &str = r#"{"presets": {"card": {"width": 10, "height": 10}, "wide": {"width": 90, "height": 9}, "old": {"width": 5, "height": 5}}}"#;
/// `card` is larger, `wide` is the same, `old` is gone, and `new` is new.
const LARGE: &str = r#"{"presets": {"card": {"width": 20, "height": 20}, "wide": {"width": 90, "height": 9}, "new": {"width": 5, "height": 5}}}"#;

async fn put(world: &World, body: &str, faults: &Faults) -> i64 {
    let event = call("PUT /admin/apps/{app}", &[("app", "demo")], &[], Some(body));
    register_app::handle(&world.register_app(faults), event)
        .await
        .status_code
}

async fn registration(world: &World) -> AppRecord {
    let key = Key::App(AppId::parse("demo").unwrap());
    let (record, _) = json::get(&world.store, &key.location())
        .await
        .unwrap()
        .unwrap();
    record
}

/// A world whose app has the first presets.
async fn registered() -> World {
    let world = World::new(5);
    assert_eq!(put(&world, SMALL, &Faults::none()).await, 200);
    assert_eq!(world.invalidations.take(), []);
    world
}

/// Hands the messages over to invalidate-cache, each of them twice.
async fn delivered(world: &World, sent: &[Sent]) {
    for (number, message) in sent.iter().enumerate() {
        for delivery in 1..=2 {
            let letter = Letter {
                id: format!("message-{number}"),
                body: message.body.clone(),
                attempts: delivery,
            };
            let stage = world.invalidate_cache(&Faults::none());
            let answer = invalidate_cache::handle(&stage, Letter::batch(&[letter])).await;
            assert!(answer.batch_item_failures.is_empty());
        }
    }
}

#[tokio::test]
async fn the_cdn_is_asked_twice_and_about_changed_presets_only() {
    let world = registered().await;
    assert_eq!(put(&world, LARGE, &Faults::none()).await, 200);
    let first = world.invalidations.take();
    let [message] = first.as_slice() else {
        panic!("{first:?}");
    };
    assert_eq!(message.delay_seconds, WRITTEN_WITHIN_SECONDS);
    delivered(&world, &first).await;
    let second = world.invalidations.take();
    assert_eq!(second.len(), 2, "one for each delivery of the first");
    for message in &second {
        assert_eq!(message.delay_seconds, GRACE.render_seconds);
    }
    delivered(&world, &second).await;
    assert_eq!(
        world.invalidations.take(),
        [],
        "a third time is not asked for"
    );
    assert_eq!(
        world.cdn.asked_for(),
        [
            ["#preset-demo/card", "#preset-demo/old"],
            ["#preset-demo/card", "#preset-demo/old"]
        ]
    );
}

#[tokio::test]
async fn a_registration_with_the_same_presets_sends_nothing() {
    let world = registered().await;
    let same = SMALL.replacen('{', r#"{"sizes_only": true, "#, 1);
    assert_eq!(put(&world, &same, &Faults::none()).await, 200);
    assert_eq!(world.invalidations.take(), []);
}

#[tokio::test]
async fn a_change_that_was_written_is_never_without_its_message() {
    let mut changed_in_the_end = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let world = registered().await;
            let faults = Faults::at(number, fault);
            put(&world, LARGE, &faults).await;
            let was_changed = registration(&world).await.presets.len() == 3
                && registration(&world)
                    .await
                    .presets
                    .keys()
                    .any(|name| name.as_str() == "new");
            let sent = world.invalidations.take();
            if was_changed {
                changed_in_the_end += 1;
                assert!(!sent.is_empty(), "{fault:?} at call {number}");
            }
            if faults.calls() <= number {
                break;
            }
        }
    }
    assert!(changed_in_the_end > 2, "{changed_in_the_end}");
}
