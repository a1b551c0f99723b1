//! Tests that another version of a file gets an event if its own never came, and only where an event makes a difference.

use dozo::memory::faults::Faults;
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, call, far};

use crate::sweeping::{LONG, deliver, good, marks, state, sweep};

const HOUR: u32 = 3_600;

/// Uploads a file whose event comes, and lets it come to rest.
async fn at_rest(world: &World, name: &str, body: &[u8]) -> UploadedFile {
    let file = world.file(name);
    world.upload(&file, body);
    let mut post = Post::new(world);
    post.notify(Letter::about(&file, name));
    post.finish().await;
    world.clock.advance(1);
    file
}

/// Lets an hour pass and sweeps; returns how many events were sent.
async fn events_after_an_hour(world: &World) -> u32 {
    world.clock.advance(HOUR);
    let found = sweep(world).await;
    found.uploads + found.sent_again
}

fn noted(world: &World, file: &UploadedFile, version: &ETag) -> usize {
    let history = world.record(file).unwrap().history;
    let version = Some(version.to_string());
    let notes = history.iter();
    notes
        .filter(|event| event.what == What::Superseded && event.note == version)
        .count()
}

async fn ask(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let app = world.suspend_media(&Faults::none());
    let answer = suspend_media::handle(&app, call(route, &path, &[], body)).await;
    assert_eq!(answer.status_code, 202, "{route}");
    deliver(world).await;
}

async fn suspend(world: &World, file: &UploadedFile) {
    let route = "POST /admin/apps/{app}/media/{media}/suspend";
    ask(world, file, route, Some(r#"{"reason": "other"}"#)).await;
}

#[tokio::test(start_paused = true)]
async fn another_version_of_a_rejected_file_is_judged() {
    let world = World::new(1);
    let file = at_rest(&world, "a.png", b"no picture").await;
    world.clock.advance(10 * HOUR);
    sweep(&world).await;
    assert_eq!(state(&world, &file), State::Rejected);
    assert_eq!(marks(&world, "begun/"), Vec::<String>::new());
    world.clock.advance(HOUR);
    world.upload(&file, &good(1));
    assert_eq!(sweep(&world).await.uploads, 0, "an event may be on its way");
    assert_eq!(events_after_an_hour(&world).await, 1);
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
    world.clock.advance(1);
    assert_eq!(events_after_an_hour(&world).await, 0);
}

/// It is older than the verdict, so that no listing shows it.
/// What a document before it may have published is taken away first.
#[tokio::test(start_paused = true)]
async fn a_version_that_was_put_while_the_one_before_it_was_judged_is_judged() {
    let world = World::new(2);
    let file = world.file("a.pdf");
    world.upload(&file, &plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    world.upload(&file, &plain(2));
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Rejected);
    world.clock.advance(GRACE.stage_seconds);
    assert_eq!(sweep(&world).await.sent_again, 1);
    assert_eq!(world.operations.take().len(), 1, "lost");
    world.clock.advance(2 * GRACE.stage_seconds);
    assert_eq!(sweep(&world).await.sent_again, 1);
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
    world.clock.advance(LONG);
    assert_eq!(sweep(&world).await.sent_again, 0);
    assert_eq!(marks(&world, "begun/"), Vec::<String>::new());
}

/// Its ETag is that of the version that was rejected as overwritten: nobody looked at it again.
#[tokio::test(start_paused = true)]
async fn the_version_that_was_overwritten_is_judged_when_it_is_there_again() {
    for has_event in [false, true] {
        let world = World::new(7);
        let file = world.file("a.pdf");
        world.upload(&file, &plain(1));
        let stage = world.validate_upload(&Faults::none());
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        world.upload(&file, &plain(2));
        deliver(&world).await;
        assert_eq!(state(&world, &file), State::Rejected);
        world.upload(&file, &plain(1));
        if has_event {
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "2"));
            post.finish().await;
        }
        world.clock.advance(GRACE.stage_seconds);
        assert_eq!(sweep(&world).await.sent_again, 1);
        deliver(&world).await;
        assert_eq!(state(&world, &file), State::Ready, "{has_event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_was_put_during_a_suspension_is_judged_after_the_restore() {
    let world = World::new(3);
    let file = at_rest(&world, "a.png", b"no picture").await;
    suspend(&world, &file).await;
    world.upload(&file, &good(1));
    world.clock.advance(LONG);
    assert_eq!(events_after_an_hour(&world).await, 0);
    let route = "POST /admin/apps/{app}/media/{media}/restore";
    ask(&world, &file, route, None).await;
    assert_eq!(state(&world, &file), State::Rejected);
    assert_eq!(events_after_an_hour(&world).await, 1);
    deliver(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
}

#[tokio::test(start_paused = true)]
async fn of_what_is_ready_or_has_failed_it_is_noted_once() {
    let world = World::new(4);
    let ready = at_rest(&world, "a.png", &good(1)).await;
    let failed = world.file("b.pdf");
    world.upload(&failed, &plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&failed, "1")])).await;
    let order = world.pdfs.take().remove(0);
    let dead = Letter {
        id: "1".to_owned(),
        body: order.body,
        attempts: 1,
    };
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[dead])).await;
    world.clock.advance(1);
    let versions = [
        (&ready, world.upload(&ready, &good(2)), State::Ready),
        (&failed, world.upload(&failed, &plain(2)), State::Failed),
    ];
    assert_eq!(events_after_an_hour(&world).await, 2);
    deliver(&world).await;
    for (file, version, expected) in &versions {
        assert_eq!(state(&world, file), *expected);
        assert_eq!(noted(&world, file, version), 1);
    }
    // The same bytes are put again, so that the objects are newer than the records.
    world.clock.advance(1);
    world.upload(&ready, &good(2));
    world.upload(&failed, &plain(2));
    assert_eq!(events_after_an_hour(&world).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_suspended_or_deleted_gets_no_event() {
    let world = World::new(5);
    let suspended = at_rest(&world, "a.png", &good(1)).await;
    let deleted = at_rest(&world, "b.png", &good(2)).await;
    suspend(&world, &suspended).await;
    ask(&world, &deleted, "DELETE /apps/{app}/media/{media}", None).await;
    world.clock.advance(1);
    for file in [&suspended, &deleted] {
        world.upload(file, &good(3));
    }
    for _ in 0..10 {
        assert_eq!(events_after_an_hour(&world).await, 0);
    }
    assert_eq!(state(&world, &suspended), State::Suspended);
    assert_eq!(state(&world, &deleted), State::Deleted);
}

/// The listings of a comparison of many media, and a read for each that was overwritten after its record was written.
#[tokio::test(start_paused = true)]
async fn no_record_is_read_unless_its_file_was_put_again() {
    let world = World::new(6);
    let mut files = Vec::new();
    for number in 0..50 {
        let name = format!("{number}.png");
        files.push(at_rest(&world, &name, &good(number)).await);
    }
    world.clock.advance(LONG);
    sweep(&world).await;
    let reads = async || {
        world.clock.advance(HOUR);
        let faults = Faults::none();
        let swept = sweep_lost::handle(&world.sweep_lost(&faults), far()).await;
        assert!(swept.is_ok());
        let log = faults.log().into_iter();
        log.filter(|(_, on)| on.starts_with("Records media/demo/"))
            .count()
    };
    assert_eq!(reads().await, 1, "a listing");
    world.upload(&files[7], &good(100));
    assert_eq!(reads().await, 2, "a listing, and a record");
}
