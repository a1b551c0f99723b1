//! Tests that it is told that an app was registered: once for each registration, with a fault at any call of who registers
//! and of who announces.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use serde_json::Value;

use super::told_of;

const REGISTER: &str = "PUT /admin/apps/{app}";
const REMOVE: &str = "DELETE /admin/apps/{app}";

/// More calls than it takes to register an app, or to announce two registrations.
const CALLS: usize = 12;

async fn ask(world: &World, route: &str, body: Option<&str>, faults: &Faults) -> i64 {
    let event = call(route, &[("app", "shop")], &[], body);
    let answer = register_app::handle(&world.register_app(faults), event).await;
    answer.status_code
}

async fn register(world: &World, body: &str) {
    let status = ask(world, REGISTER, Some(body), &Faults::none()).await;
    assert!(matches!(status, 200 | 201), "{status}");
}

/// Removes the registration; the next one is made at another time.
async fn remove(world: &World) {
    assert_eq!(ask(world, REMOVE, None, &Faults::none()).await, 200);
    world.clock.advance(60);
}

/// Gives S3's hint to a process with these faults; returns whether the message was acknowledged.
async fn hint(world: &World, faults: &Faults) -> bool {
    let batch = Letter::batch(&[Letter::about_record("apps/shop.json", "hint")]);
    let answer = announce_change::handle(&world.announce_change(faults), batch).await;
    answer.batch_item_failures.is_empty() && !faults.died()
}

/// Returns the visibility of each registration that was told, in their order.
fn told(world: &World) -> Vec<String> {
    let received = told_of(world, "shop").into_iter();
    received
        .map(|event| {
            assert_eq!(
                (event.kind.as_str(), event.data["app"].as_str()),
                ("app.registered", Some("shop"))
            );
            event.data["visibility"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn each_registration_is_told_once_as_the_api_answers_it() {
    let world = World::new(1);
    register(&world, "{}").await;
    assert!(hint(&world, &Faults::none()).await);
    let event: Value = serde_json::from_str(&world.bus.published()[0].body).unwrap();
    assert_eq!(
        (event["subject"].as_str(), event["id"].as_str()),
        (Some("shop"), Some("shop-1"))
    );
    assert_eq!(
        (&event["source"], &event["time"]),
        (&"/apps/shop".into(), &event["data"]["created_at"])
    );
    let shown = call("GET /admin/apps/{app}", &[("app", "shop")], &[], None);
    let shown = register_app::handle(&world.register_app(&Faults::none()), shown).await;
    let Some(aws_lambda_events::encodings::Body::Text(shown)) = shown.body else {
        panic!("no text");
    };
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(event["data"], shown);
    // A change of the registration is no other one.
    world.clock.advance(60);
    register(&world, r#"{"visibility": "private"}"#).await;
    assert!(hint(&world, &Faults::none()).await);
    assert_eq!(told(&world), ["public"]);
    remove(&world).await;
    assert!(hint(&world, &Faults::none()).await);
    register(&world, r#"{"visibility": "private"}"#).await;
    for _ in 0..3 {
        assert!(hint(&world, &Faults::none()).await);
    }
    assert_eq!(told(&world), ["public", "private"]);
    assert_eq!(world.bus.published().len(), 2);
}

/// S3 sends nothing: the hint of whoever registers is enough.
#[tokio::test(start_paused = true)]
async fn an_app_that_is_registered_is_told_wherever_the_registration_died() {
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let world = World::new(2);
            ask(&world, REGISTER, Some("{}"), &Faults::at(number, fault)).await;
            Post::new(&world).announcing_nothing().finish().await;
            let is_there = world
                .store
                .contents(Bucket::Records)
                .contains_key("apps/shop.json");
            let expected: &[&str] = if is_there { &["public"] } else { &[] };
            assert_eq!(told(&world), expected, "{fault:?} at {number}");
            // Whoever got no answer asks again.
            register(&world, "{}").await;
            Post::new(&world).announcing_nothing().finish().await;
            assert_eq!(told(&world), ["public"], "{fault:?} at {number}, again");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_loses_nothing_and_tells_nothing_twice() {
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let world = World::new(3);
            register(&world, "{}").await;
            let is_done = hint(&world, &Faults::at(number, fault)).await;
            if !is_done {
                assert!(hint(&world, &Faults::none()).await);
            }
            assert_eq!(told(&world), ["public"], "{fault:?} at {number}");
        }
    }
}

/// A frozen event is told as it is, and the registration that was made since gets the next number.
#[tokio::test(start_paused = true)]
async fn an_app_that_is_registered_anew_meanwhile_is_told_as_another() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let world = World::new(4);
            register(&world, "{}").await;
            hint(&world, &Faults::at(number, fault)).await;
            remove(&world).await;
            register(&world, r#"{"visibility": "private"}"#).await;
            let again = Faults::at(number, fault);
            if !hint(&world, &again).await {
                assert!(hint(&world, &Faults::none()).await);
            }
            let told = told(&world);
            // One that was removed before anything of it was frozen is not told.
            assert!(
                told == ["public", "private"] || told == ["private"],
                "{fault:?} at {number}: {told:?}"
            );
            seen.insert(told.len());
        }
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn several_at_the_same_time_tell_the_same() {
    for seed in 0..100 {
        let mut world = World::new(seed);
        register(&world, "{}").await;
        world.store = world.store.paced_by(&world.clock);
        let (one, two) = (Faults::none(), Faults::none());
        let done = tokio::join!(hint(&world, &one), hint(&world, &two), async {
            remove(&world).await;
            register(&world, r#"{"visibility": "private"}"#).await;
        });
        if (done.0, done.1) != (true, true) {
            assert!(hint(&world, &Faults::none()).await);
        }
        assert!(hint(&world, &Faults::none()).await);
        let told = told(&world);
        assert_eq!(
            told.last().map(String::as_str),
            Some("private"),
            "{seed}: {told:?}"
        );
    }
}
