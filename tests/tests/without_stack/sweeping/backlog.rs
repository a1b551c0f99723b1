//! Tests what a run does while nothing is lost: it sends no message twice, and makes few calls.

use dozo::memory::faults::Faults;
use dozo::stages::sweep::Found;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};

use crate::sweeping::{LONG, good, marks, stuck, sweep};

/// Media at rest, all of an earlier day.
const MANY: u32 = 10_000;

async fn calls(world: &World) -> usize {
    let faults = Faults::none();
    let found = sweep_lost::handle(&world.sweep_lost(&faults), far()).await;
    assert_eq!(found.unwrap(), Found::default());
    faults.calls()
}

#[tokio::test]
async fn media_at_rest_cost_nothing() {
    let world = World::new(1);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "1"));
    post.finish().await;
    world.clock.advance(LONG);
    sweep(&world).await;
    let record = world
        .store
        .find(&Key::Media(file.app.clone(), file.media.clone()).location());
    for number in 0..MANY {
        let other = world.file(&format!("{number}.png"));
        let key = Key::Media(other.app.clone(), other.media.clone());
        world
            .store
            .upload(&key.location(), &record.as_ref().unwrap().body);
    }
    // The listings of work and of what expires, and the place of the last comparison.
    assert_eq!(calls(&world).await, 3);
    // Four days later: the comparison lists the apps, and the app's uploads of three days, and is noted.
    world.clock.advance(4 * 86_400);
    assert_eq!(calls(&world).await, 3 + 3);
    assert_eq!(calls(&world).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_backlog_doubles_no_message() {
    let world = World::new(2);
    let mut files = Vec::new();
    for number in 0..30 {
        files.push(stuck(&world, &format!("{number}.pdf")).await);
    }
    world.pdfs.fill(30);
    let grace = GRACE.stage_seconds;
    for waited in [grace, 2 * grace, grace - 120] {
        world.clock.advance(waited);
        let found = sweep(&world).await;
        assert_eq!((found.sent_again, found.given_up), (0, 0), "{found:?}");
        assert_eq!(marks(&world, "begun/").len(), files.len());
    }
    // Nothing happens for four graces: a message may have been lost among those that wait.
    world.clock.advance(grace);
    assert_eq!(sweep(&world).await.sent_again, 30);
    assert_eq!(world.uploads.take().len(), 30);
    // Nobody is given up as long as messages wait.
    for _ in 0..30 {
        world.clock.advance(LONG);
        assert_eq!(sweep(&world).await.given_up, 0);
    }
    assert!(world.uploads.take().len() <= 30 * 4);
}

#[tokio::test(start_paused = true)]
async fn work_that_goes_on_is_left_alone() {
    let world = World::new(3);
    let file = stuck(&world, "long.pdf").await;
    let part = |number: usize| {
        let key = format!("demo/{}/1/pages/{number:04}-{number:04}.json", file.media);
        dozo::vocabulary::keys::ObjectLocation::anywhere(Bucket::Work, &key)
    };
    for number in 1..50 {
        world.store.upload(&part(number), b"{}");
        world.clock.advance(2 * GRACE.stage_seconds);
        let found = sweep(&world).await;
        assert_eq!((found.underway, found.sent_again), (1, 0), "{number}");
    }
    world.clock.advance(2 * GRACE.stage_seconds);
    assert_eq!(sweep(&world).await.sent_again, 1);
}

#[tokio::test]
async fn every_upload_puts_one_mark_and_it_is_removed_for_good() {
    let world = World::new(4);
    let files: Vec<UploadedFile> = (0..3).map(|n| world.file(&format!("{n}.png"))).collect();
    for file in &files {
        world.upload(file, &good(1));
        let mut post = Post::new(&world);
        post.notify(Letter::about(file, "1"));
        post.notify(Letter::about(file, "2"));
        post.finish().await;
    }
    assert_eq!(marks(&world, "begun/").len(), 3);
    assert_eq!(sweep(&world).await, Found::default(), "too early");
    world.clock.advance(GRACE.stage_seconds + 1);
    assert_eq!(sweep(&world).await.ended, 3);
    let versions = dozo::vocabulary::keys::Prefix::begun();
    let left = dozo::ports::store::ObjectStore::versions(&world.store, &versions, None).await;
    assert_eq!(left.unwrap(), [], "not even delete markers");
}
