//! Tests what becomes of media whose messages are always lost, and how an admin sees and retries them.

use dozo::memory::faults::Faults;
use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, call, far};
use serde_json::Value;

use crate::sweeping::{LONG, deliver, good, marks, state, stuck, sweep};

const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";

fn json(body: Option<aws_lambda_events::encodings::Body>) -> Value {
    let Some(aws_lambda_events::encodings::Body::Text(text)) = body else {
        panic!("no text");
    };
    serde_json::from_str(&text).unwrap()
}

/// Returns the file names that the list of a state shows.
async fn listed(world: &World, state: &str) -> Vec<String> {
    let event = call(
        "GET /apps/{app}/media",
        &[("app", "demo")],
        &[("state", state)],
        None,
    );
    let answer = show_media::handle(&world.show_media(&Faults::none()), event).await;
    assert_eq!(answer.status_code, 200);
    let items = json(answer.body)["items"].as_array().unwrap().clone();
    let name = |item: &Value| item["file_name"].as_str().unwrap().to_owned();
    items.iter().map(name).collect()
}

async fn retry(world: &World, file: &UploadedFile) -> i64 {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let event = call(
        "POST /admin/apps/{app}/media/{media}/retry",
        &path,
        &[],
        None,
    );
    retry_media::handle(&world.retry_media(&Faults::none()), event)
        .await
        .status_code
}

#[tokio::test(start_paused = true)]
async fn after_five_messages_a_media_has_failed_as_lost_and_can_be_retried() {
    let world = World::new(1);
    let file = stuck(&world, "a.pdf").await;
    for times in 1..=5 {
        world.clock.advance(LONG);
        assert_eq!(sweep(&world).await.sent_again, 1);
        assert_eq!(world.uploads.take().len(), 1, "lost");
        assert_eq!(world.record(&file).unwrap().swept.unwrap().times, times);
        assert_eq!(listed(&world, "stuck").await, ["a.pdf"]);
    }
    world.clock.advance(LONG);
    assert_eq!(sweep(&world).await.given_up, 1);
    let record = world.record(&file).unwrap();
    let failure = record.last_error.unwrap();
    assert_eq!(
        (record.state, failure.code.as_str()),
        (State::Failed, "lost")
    );
    assert_eq!(failure.stage.as_str(), "split-pdf");
    assert_eq!(listed(&world, "failed").await, ["a.pdf"]);
    assert!(listed(&world, "stuck").await.is_empty());
    assert_eq!(marks(&world, "stuck/"), Vec::<String>::new());
    assert_eq!(world.metrics.of(Metric::MediaLost), 1);
    assert_eq!(retry(&world, &file).await, 202);
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(world.record(&file).unwrap().swept, None);
}

#[tokio::test(start_paused = true)]
async fn what_moves_on_at_the_last_moment_is_neither_failed_nor_forgotten() {
    let world = World::new(4);
    let file = stuck(&world, "a.pdf").await;
    for _ in 0..5 {
        world.clock.advance(LONG);
        sweep(&world).await;
        drop(world.uploads.take());
    }
    world.clock.advance(LONG);
    let location = Key::Media(file.app.clone(), file.media.clone()).location();
    let (store, moved) = (world.store.clone(), world.record(&file).unwrap());
    let moved = MediaRecord {
        swept: None,
        ..moved
    };
    let mut calls = 0;
    let faults = Faults::planned(move |_| {
        calls += 1;
        // The record has been read by then, and will be read again before it would be written.
        if calls == 5 {
            store.upload(&location, serde_json::to_string(&moved).unwrap().as_bytes());
        }
        None
    });
    let found = sweep_lost::handle(&world.sweep_lost(&faults), far()).await;
    assert_eq!(found.unwrap().given_up, 0);
    assert_eq!(state(&world, &file), State::Processing);
    world.clock.advance(LONG);
    assert_eq!(sweep(&world).await.sent_again, 1);
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_go_on_can_be_retried_after_a_grace() {
    let world = World::new(2);
    let file = stuck(&world, "a.pdf").await;
    world.clock.advance(GRACE.stage_seconds - 30);
    assert_eq!(retry(&world, &file).await, 409, "it may be at work");
    world.clock.advance(60);
    assert_eq!(retry(&world, &file).await, 202);
    deliver(&world).await;
    let record = world.record(&file).unwrap();
    assert_eq!((record.state, record.generation), (State::Ready, 1));
    assert_eq!(retry(&world, &file).await, 409);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_is_never_given_up() {
    let world = World::new(3);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "1"));
    post.finish().await;
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let event = call(SUSPEND, &path, &[], Some(r#"{"reason": "abuse"}"#));
    let app = world.suspend_media(&Faults::none());
    assert_eq!(suspend_media::handle(&app, event).await.status_code, 202);
    assert_eq!(world.operations.take().len(), 1, "lost");
    for times in 1..=9 {
        world.clock.advance(LONG);
        let found = sweep(&world).await;
        assert_eq!((found.sent_again, found.given_up), (1, 0));
        assert_eq!(state(&world, &file), State::Suspending);
        assert_eq!(world.operations.take().len(), 1, "lost");
        // From the sixth message on, an alarm goes off.
        let alarms = u32::saturating_sub(times, 5);
        assert_eq!(world.metrics.of(Metric::MediaLost), alarms);
    }
    assert_eq!(listed(&world, "stuck").await, ["a.png"]);
    world.clock.advance(LONG);
    sweep(&world).await;
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Suspended);
    world.clock.advance(LONG);
    sweep(&world).await;
    assert_eq!(marks(&world, "stuck/"), Vec::<String>::new());
}
