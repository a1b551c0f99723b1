//! Tests that no mark stays that its record does not account for.

use std::sync::Arc;

use dozo::memory::faults::{Fault, Faults};
use dozo::platform::records::Records;
use dozo::ports::store::ObjectStore;
use dozo::stages::stale::remove_failed;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use serde_json::json;

use crate::sweeping::{LONG, deliver, good, marks, state, stuck, sweep};

const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";
const RESTORE: &str = "POST /admin/apps/{app}/media/{media}/restore";
const DELETE: &str = "DELETE /apps/{app}/media/{media}";

async fn ask(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let app = world.suspend_media(&Faults::none());
    let answer = suspend_media::handle(&app, call(route, &path, &[], body)).await;
    assert_eq!(answer.status_code, 202, "{route}");
}

/// Gives up the order to split a document, by a recorder with these faults.
async fn give_up(world: &World, file: &UploadedFile, faults: &Faults) {
    let order = json!({
        "stage": "split-pdf", "app": "demo", "media": file.media.as_str(), "generation": 1,
    });
    let dead = Letter {
        id: "dead".to_owned(),
        body: order.to_string(),
        attempts: 1,
    };
    record_failure::handle(&world.record_failure(faults), Letter::batch(&[dead])).await;
}

/// Returns the marks of failed and of suspended media, once the sweeper has run.
async fn left(world: &World) -> Vec<String> {
    deliver(world).await;
    world.clock.advance(LONG);
    sweep(world).await;
    [marks(world, "failed/"), marks(world, "suspended/")].concat()
}

#[tokio::test(start_paused = true)]
async fn the_mark_of_a_failed_media_goes_when_it_is_deleted() {
    let world = World::new(1);
    let file = stuck(&world, "a.pdf").await;
    give_up(&world, &file, &Faults::none()).await;
    assert_eq!(left(&world).await.len(), 1, "it has failed");
    ask(&world, &file, DELETE, None).await;
    assert_eq!(left(&world).await, Vec::<String>::new());
    assert_eq!(state(&world, &file), State::Deleted);
}

#[tokio::test(start_paused = true)]
async fn the_mark_of_a_suspension_goes_wherever_its_restore_is_interrupted() {
    for number in 0.. {
        let world = World::new(2);
        let file = world.file("a.png");
        world.upload(&file, &good(1));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "1"));
        post.finish().await;
        ask(&world, &file, SUSPEND, Some(r#"{"reason": "other"}"#)).await;
        assert_eq!(left(&world).await.len(), 1, "it is suspended");
        ask(&world, &file, RESTORE, None).await;
        let faults = Faults::at(number, Fault::DiesAfter);
        Post::new(&world).deliver(&faults).await;
        // The message that was lost with the process is found by the sweeper.
        for _ in 0..2 {
            left(&world).await;
        }
        assert_eq!(left(&world).await, Vec::<String>::new(), "{number}");
        assert_eq!(state(&world, &file), State::Ready, "{number}");
        if faults.calls() <= number {
            assert!(number > 5, "only {number} calls");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_of_a_media_that_goes_on_leaves_no_mark() {
    let mut went_on = 0;
    for number in 0..8 {
        let world = World::new(3);
        let file = stuck(&world, "a.pdf").await;
        give_up(&world, &file, &Faults::at(number, Fault::DiesAfter)).await;
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "again"));
        post.finish().await;
        give_up(&world, &file, &Faults::none()).await;
        let has_failed = state(&world, &file) == State::Failed;
        assert_eq!(
            marks(&world, "failed/").len(),
            usize::from(has_failed),
            "{number}"
        );
        went_on += usize::from(!has_failed);
    }
    assert!(went_on > 1, "{went_on}");
}

/// The record is written after it was looked at, and before the mark goes.
#[tokio::test(start_paused = true)]
async fn a_mark_whose_record_is_written_meanwhile_is_put_back() {
    for is_written in [false, true] {
        let world = World::new(4);
        let file = stuck(&world, "a.pdf").await;
        let record = Key::Media(file.app.clone(), file.media.clone()).location();
        let body = || world.store.find(&record).unwrap().body;
        let before = body();
        give_up(&world, &file, &Faults::none()).await;
        let failed = body();
        world.store.upload(&record, &before);
        let (store, at) = (world.store.clone(), record.clone());
        // The mark is looked at, the record is read, the mark is removed.
        let faults = Faults::planned(move |call| {
            if is_written && call == 2 {
                store.upload(&at, &failed);
            }
            None
        });
        let store: Arc<dyn ObjectStore> = Arc::new(world.store.seen_by(&faults));
        let records = Records::new(store.clone(), Arc::new(world.clock.clone()));
        let removed = remove_failed(&*store, &records, (&file.app, &file.media));
        removed.await.unwrap();
        assert!(
            faults.log()[2].0.name.contains("delete"),
            "{:?}",
            faults.log()
        );
        assert_eq!(marks(&world, "failed/").len(), usize::from(is_written));
    }
}
