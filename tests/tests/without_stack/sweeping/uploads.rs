//! Tests that uploads whose event never came are found, and no others.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::stages::sweep::Found;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, UploadId, Visibility};
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call, far};

use crate::sweeping::{deliver, good, state, sweep};

const HOUR: u32 = 3_600;

/// Returns a file of a new upload.
fn file(world: &World, name: &str) -> UploadedFile {
    let upload = UploadId::new(world.clock.now(), world.clock.random());
    world.grant(&upload, Visibility::Public);
    UploadedFile::new(world.app.clone(), upload, FileName::new(name).unwrap())
}

async fn seen(world: &World, file: &UploadedFile) {
    let mut post = Post::new(world);
    post.notify(Letter::about(file, "s3"));
    post.finish().await;
}

#[tokio::test]
async fn an_upload_without_an_event_gets_one() {
    let world = World::new(1);
    let files: Vec<_> = (0..5)
        .map(|n| file(&world, &format!("猫 {n}+.png")))
        .collect();
    for file in &files {
        world.upload(file, &good(1));
    }
    seen(&world, &files[2]).await;
    assert_eq!(sweep(&world).await.uploads, 0, "events may be on their way");
    world.clock.advance(HOUR);
    assert_eq!(sweep(&world).await.uploads, 4);
    deliver(&world).await;
    for file in &files {
        assert_eq!(state(&world, file), State::Ready, "{file:?}");
    }
    world.clock.advance(HOUR);
    assert_eq!(sweep(&world).await.uploads, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_dealt_with_does_not_come_back() {
    let world = World::new(2);
    let (bad, erased, large) = (
        file(&world, "bad.png"),
        file(&world, "erased.png"),
        file(&world, "large.bin"),
    );
    world.upload(&bad, b"no picture");
    world.upload(&erased, &good(1));
    world.upload(&large, &vec![7; 2_000_000]);
    for file in [&bad, &erased, &large] {
        seen(&world, file).await;
    }
    let path = [("app", "demo"), ("media", erased.media.as_str())];
    let event = call("DELETE /apps/{app}/media/{media}", &path, &[], None);
    suspend_media::handle(&world.suspend_media(&Faults::none()), event).await;
    deliver(&world).await;
    // Somebody puts the erased file again, with credentials that are still valid, and that event is lost, too.
    world.upload(&erased, &good(1));
    world.clock.advance(HOUR);
    assert_eq!(sweep(&world).await.uploads, 0);
    assert_eq!(state(&world, &erased), State::Deleted);
}

#[tokio::test]
async fn keys_that_no_upload_can_have_and_old_ones_are_passed_over() {
    let world = World::new(3);
    let old = file(&world, "old.png");
    world.clock.advance(4 * 24 * HOUR);
    let young = file(&world, "young.png");
    let foreign = file(&world, "x");
    for file in [&old, &young] {
        world.upload(file, &good(1));
    }
    let key = format!("demo/{}/", foreign.upload);
    world.store.upload(
        &dozo::vocabulary::keys::ObjectLocation::anywhere(Bucket::Upload, &key),
        b"",
    );
    world.clock.advance(HOUR);
    assert_eq!(sweep(&world).await.uploads, 1);
    deliver(&world).await;
    assert!(world.record(&old).is_none(), "it is older than three days");
    assert_eq!(state(&world, &young), State::Ready);
}

#[tokio::test]
async fn while_the_queue_is_filled_uploads_are_compared_once_a_day() {
    let world = World::new(4);
    sweep(&world).await;
    let waiting = file(&world, "waiting.png");
    world.upload(&waiting, &good(1));
    world.uploads.fill(1_000);
    for _ in 0..20 {
        world.clock.advance(HOUR);
        assert_eq!(sweep(&world).await, Found::default());
    }
    world.clock.advance(5 * HOUR);
    assert_eq!(sweep(&world).await.uploads, 1);
}

/// More files than one run lists, in one upload and in many, of two apps.
#[tokio::test]
async fn a_comparison_goes_on_where_the_last_run_stopped() {
    let world = World::new(5);
    sweep(&world).await;
    world.clock.advance(HOUR);
    let upload = UploadId::new(world.clock.now(), world.clock.random());
    let mut files = Vec::new();
    for number in 0..2_500 {
        let name = FileName::new(&format!("{number}.png")).unwrap();
        files.push(UploadedFile::new(world.app.clone(), upload.clone(), name));
    }
    files.extend((0..1_500).map(|_| file(&world, "one.png")));
    // Every second file has a record.
    for (number, file) in files.iter().enumerate() {
        world.upload(file, b"-");
        if number % 2 == 0 {
            let key = dozo::vocabulary::keys::Key::Media(file.app.clone(), file.media.clone());
            world.store.upload(&key.location(), b"{}");
        }
    }
    world.clock.advance(HOUR);
    let passed = std::time::SystemTime::UNIX_EPOCH;
    let mut sent = 0;
    for run in 0..20 {
        // Out of time from the beginning: each run does one step.
        let function = world.sweep_lost(&Faults::none());
        let found = sweep_lost::handle(&function, passed).await.unwrap();
        sent += found.uploads;
        if run == 0 {
            assert!(sent < 2_000, "{sent}");
        }
    }
    assert_eq!(sent, 2_000);
    let unseen: Vec<_> = files
        .iter()
        .skip(1)
        .step_by(2)
        .map(dozo::vocabulary::message::upload::write)
        .collect();
    let mut bodies: Vec<_> = world
        .uploads
        .take()
        .into_iter()
        .map(|sent| sent.body)
        .collect();
    let mut expected = unseen;
    bodies.sort();
    expected.sort();
    assert_eq!(bodies, expected);
    assert_eq!(
        sweep_lost::handle(&world.sweep_lost(&Faults::none()), far())
            .await
            .unwrap(),
        Found::default()
    );
}
