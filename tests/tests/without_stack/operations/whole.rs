//! Tests each operation from beginning to end, undisturbed, and the operations that are refused.

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::Faults;
use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Bucket, Key, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::operation::SuspendReason;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{World, call};
use serde_json::Value;

use crate::operations::scene::*;

#[tokio::test(start_paused = true)]
async fn what_is_suspended_is_gone_and_comes_back_byte_for_byte() {
    let (world, file) = published(1).await;
    let before = objects(&world, Bucket::Delivery);
    let fetched = fetch(&world, &file);
    assert_eq!(
        fetched.len(),
        3,
        "the original, its preview and a thumbnail"
    );
    assert!(shows_placeholder(&world, &file).await);

    let (status, answer) = ask(&world, &file, SUSPEND, Some(LEGAL), &Faults::none()).await;
    assert_eq!(
        (status, answer["state"].as_str()),
        (202, Some("suspending"))
    );
    assert!(!shows_placeholder(&world, &file).await, "suspending");
    watch(&world, &file, &mut Post::new(&world)).await;
    assert!(!shows_placeholder(&world, &file).await, "suspended");
    let suspended = record(&world, &file);
    assert_eq!(
        (suspended.state, suspended.generation),
        (State::Suspended, 2)
    );
    assert_eq!(suspended.suspension.unwrap().reason, SuspendReason::Legal);
    let last = suspended.withdrawal.unwrap().last.unwrap();
    assert!(last.completed_at.is_some());
    assert_eq!(objects(&world, Bucket::Backup), before);
    let mark = Key::Suspended(file.app.clone(), file.media.clone());
    assert!(world.store.find(&mark.location()).is_some());

    done(&world, &file, RESTORE, None).await;
    let restored = record(&world, &file);
    assert_eq!((restored.state, restored.generation), (State::Ready, 3));
    assert_eq!((restored.suspension, restored.withdrawal), (None, None));
    assert_eq!(objects(&world, Bucket::Delivery), before);
    assert_eq!(objects(&world, Bucket::Backup), Objects::new());
    assert_eq!(fetch(&world, &file), fetched);
    assert!(world.store.find(&mark.location()).is_none());
    let counts = [Metric::MediaSuspended, Metric::MediaRestored].map(|m| world.metrics.of(m));
    assert_eq!(counts, [1, 1]);
    assert!(shows_placeholder(&world, &file).await);
}

/// Returns whether the app is shown a small picture of its media.
async fn shows_placeholder(world: &World, file: &UploadedFile) -> bool {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let show = call("GET /apps/{app}/media/{media}", &path, &[], None);
    let answer = show_media::handle(&world.show_media(&Faults::none()), show).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("no answer");
    };
    let shown: Value = serde_json::from_str(&text).unwrap();
    shown["placeholder"].is_object()
}

/// A rendering that began before the suspension can fill the cache after the first invalidation, so the media is
/// invalidated again once no rendering can still be at work.
#[tokio::test(start_paused = true)]
async fn it_is_withdrawn_again_when_nobody_can_be_at_work_any_more() {
    let (world, file) = published(1).await;
    let asked_at = dozo::ports::clock::Clock::now(&world.clock);
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    let withdrawal = record(&world, &file).withdrawal.unwrap();
    let (first, last) = (withdrawal.first.unwrap(), withdrawal.last.unwrap());
    let grace = withdrawal.quiet_at.as_second() - asked_at.as_second();
    assert_eq!(grace, 60, "of a render: it was ready for long");
    assert!(first.requested_at < withdrawal.quiet_at);
    assert!(last.requested_at >= withdrawal.quiet_at);
    assert_ne!(first.id, last.id);
    assert_eq!(world.cdn.invalidations(), 2);
}

/// CloudFront answers `TooManyInvalidationsInProgress` while 3,000 items are in progress. A suspension waits for as long
/// as that takes, and is not called done before the CDN has forgotten.
#[tokio::test(start_paused = true)]
async fn a_suspension_outlasts_a_cdn_that_throttles_for_an_hour() {
    const HOUR: i64 = 3_600;
    let now = |world: &World| dozo::ports::clock::Clock::now(&world.clock).as_second();
    let (world, file) = published(1).await;
    fetch(&world, &file);
    let begun = now(&world);
    world.cdn.throttle(true);
    let (status, _) = ask(&world, &file, SUSPEND, Some(ABUSE), &Faults::none()).await;
    assert_eq!(status, 202);
    let mut post = Post::new(&world);
    let mut refused = 0;
    while now(&world) < begun + HOUR {
        assert!(post.deliver(&Faults::none()).await, "it was given up");
        assert_eq!(state(&world, &file), State::Suspending);
        assert_eq!(world.cdn.invalidations(), 0);
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
    world.cdn.throttle(false);
    watch(&world, &file, &mut post).await;
    let suspended = record(&world, &file);
    assert_eq!(suspended.state, State::Suspended);
    let last = suspended.withdrawal.unwrap().last.unwrap();
    assert!(last.completed_at.unwrap().as_second() >= begun + HOUR);
}

/// Uses more objects than one run can process; further runs continue.
#[tokio::test(start_paused = true)]
async fn twenty_thousand_objects_are_taken_away_and_brought_back() {
    const OBJECTS: usize = 20_000;
    let (world, file) = published(1).await;
    let original = places(&file)[0].clone();
    let found = world.store.find(&original).unwrap();
    // The original and its preview are there.
    for number in 3..OBJECTS {
        let segment = format!("hls/segment-{number:05}.png");
        let key = original.key().replace("original.png", &segment);
        let location = ObjectLocation::anywhere(Bucket::Delivery, &key);
        let put = dozo::ports::store::ObjectStore::put(
            &world.store,
            &location,
            found.body.clone(),
            &found.info.headers,
            dozo::ports::store::Condition::Absent,
        );
        put.await.unwrap();
    }
    let before = objects(&world, Bucket::Delivery);
    assert_eq!(before.len(), OBJECTS);
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    assert_eq!(state(&world, &file), State::Suspended);
    assert_eq!(objects(&world, Bucket::Delivery), Objects::new());
    assert_eq!(objects(&world, Bucket::Backup), before);
    done(&world, &file, RESTORE, None).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(objects(&world, Bucket::Delivery), before);
    assert_eq!(objects(&world, Bucket::Backup), Objects::new());
}

#[tokio::test(start_paused = true)]
async fn a_media_moves_and_comes_back() {
    let (world, file) = published(1).await;
    let before = objects(&world, Bucket::Delivery);
    let (status, answer) = ask(&world, &file, VISIBILITY, Some(PRIVATE), &Faults::none()).await;
    assert_eq!((status, answer["state"].as_str()), (202, Some("moving")));
    watch(&world, &file, &mut Post::new(&world)).await;
    assert_eq!(state(&world, &file), State::Ready);
    let keys: Vec<_> = objects(&world, Bucket::Delivery).into_keys().collect();
    let private = [1, 3, 5].map(|place| places(&file)[place].key().to_owned());
    assert_eq!(keys, private);
    assert_eq!(
        fetch(&world, &file).into_keys().collect::<Vec<_>>(),
        keys,
        "nothing of the old place is cached"
    );
    done(&world, &file, VISIBILITY, Some(PUBLIC)).await;
    assert_eq!(objects(&world, Bucket::Delivery), before);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused_with_what_stands_against_it() {
    let (world, file) = published(1).await;
    let unknown = world.file("never.png");
    let none = Faults::none();
    for (route, body, expected, code) in [
        (RESTORE, None, 409, "not_suspended"),
        (RETRY, None, 409, "nothing_to_retry"),
        (SUSPEND, None, 400, "invalid_request"),
        (
            SUSPEND,
            Some(r#"{"reason": "mood"}"#),
            400,
            "invalid_request",
        ),
        (
            SUSPEND,
            Some(r#"{"reason": "abuse", "x": 1}"#),
            400,
            "invalid_request",
        ),
        (
            RESTORE,
            Some(r#"{"reason": "abuse"}"#),
            400,
            "invalid_request",
        ),
        (VISIBILITY, Some("{}"), 400, "invalid_request"),
    ] {
        let (status, answer) = ask(&world, &file, route, body, &none).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (expected, Some(code)),
            "{route} {body:?}"
        );
    }
    for (route, body) in [(SUSPEND, Some(ABUSE)), (DELETE, None), (RETRY, None)] {
        let (status, answer) = ask(&world, &unknown, route, body, &none).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (404, Some("unknown_media")),
            "{route}"
        );
    }
    done(&world, &file, SUSPEND, Some(LEGAL)).await;
    for (route, body, code) in [
        (DELETE, None, "legal_hold"),
        (VISIBILITY, Some(PRIVATE), "not_ready"),
        (RETRY, None, "nothing_to_retry"),
    ] {
        let (status, answer) = ask(&world, &file, route, body, &none).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (409, Some(code)),
            "{route}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn asked_twice_is_once() {
    let (world, file) = published(1).await;
    for (route, body, what) in [
        (SUSPEND, Some(ABUSE), What::Suspending),
        (RESTORE, None, What::Restoring),
        (VISIBILITY, Some(PRIVATE), What::Moving),
        (DELETE, None, What::Deleting),
    ] {
        for _ in 0..2 {
            let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
            assert_eq!(status, 202, "{route} {answer}");
        }
        Post::new(&world).finish().await;
        assert_eq!(times(&world, &file, what), 1, "{route}");
    }
    let (status, _) = ask(&world, &file, DELETE, None, &Faults::none()).await;
    assert_eq!((status, state(&world, &file)), (200, State::Deleted));
}

#[tokio::test(start_paused = true)]
async fn a_suspension_may_get_another_reason() {
    let (world, file) = published(1).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    let generation = record(&world, &file).generation;
    done(&world, &file, SUSPEND, Some(LEGAL)).await;
    let now = record(&world, &file);
    assert_eq!((now.state, now.generation), (State::Suspended, generation));
    assert_eq!(now.suspension.unwrap().reason, SuspendReason::Legal);
    assert_eq!(times(&world, &file, What::ReasonChanged), 1);
}
