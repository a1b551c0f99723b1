//! Tests the calls of the functions that transcode, by the engine and by a service.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::ports::jobs::CREATE;
use dozo::vocabulary::access::Call;
use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::keys::{Bucket, Item, Key, ObjectLocation};
use dozo::vocabulary::message;
use dozo::vocabulary::message::poster::PosterOrder;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::poster::ChosenPoster;
use dozo::vocabulary::state::State;
use dozo_tests::clips::{film, silence};
use dozo_tests::world::{self, Letter, World};
use serde_json::{Value, json};

use crate::roles::{assert_exact, private_file};

#[tokio::test]
async fn transcode_media_calls_what_it_declares() {
    let world = World::new(1);
    // The app keeps originals, so they are copied.
    world.register(|app| app.keep_original_metadata = true);
    let faults = Faults::none();
    let app = world.transcode_media(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.wav"), private_file(&world, "b.wav")] {
        world.upload(&file, &silence(1));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        world.store.upload(
            &record
                .delivered(Item::Hls(dozo::vocabulary::keys::hls::Hls::Master))
                .location(),
            b"of an earlier run",
        );
        let [order] = world.videos.take().try_into().unwrap();
        let order = Letter {
            id: "2".to_owned(),
            body: order.body,
            attempts: 1,
        };
        let answer = transcode_media::handle(&app, Letter::batch(&[order]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
    }
    let junk = Letter {
        id: "3".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    transcode_media::handle(&app, Letter::batch(&[junk]), world::far()).await;
    for film in [world.file("a.webm"), private_file(&world, "b.webm")] {
        with_another_poster(&world, &app, &film).await;
    }
    let blocked = world.file("blocked.webm");
    let order = handed_over(&world, &blocked).await;
    block(&world);
    transcode_media::handle(&app, Letter::batch(&[order]), world::far()).await;
    assert_eq!(world.record(&blocked).unwrap().state, State::Rejected);
    let mut log = faults.log();
    log.extend(begun_and_withdrawn().await);
    assert_exact("transcode-media", &log);
}

/// Has a film made, and another poster of it chosen and taken.
async fn with_another_poster(world: &World, app: &transcode_media::Function, film: &UploadedFile) {
    let order = handed_over(world, film).await;
    transcode_media::handle(app, Letter::batch(&[order]), world::far()).await;
    let order = PosterOrder {
        app: film.app.clone(),
        media: film.media.clone(),
        poster: ChosenPoster {
            at_ms: 1_000,
            asked_at: world.clock.now(),
            is_made: false,
        },
    };
    let order = Letter {
        id: "4".to_owned(),
        body: message::write(&order).unwrap(),
        attempts: 1,
    };
    let answer = transcode_media::handle(app, Letter::batch(&[order]), world::far()).await;
    assert!(answer.batch_item_failures.is_empty());
    let chosen = world.record(film).unwrap().content.unwrap().poster;
    assert!(chosen.is_some_and(|chosen| chosen.is_made));
}

/// Blocks the bytes of the film that is handed over.
fn block(world: &World) {
    let digest = FileDigest::of(&film(640, 360, 8_000.0));
    let block = Key::Blocked(digest).location();
    let others = br#"{"holders": [], "and_more": true}"#;
    world.store.upload(&block, others);
}

/// Returns the calls of transcode-media when a service does the work: for a job that is begun, and for one whose media
/// is withdrawn while it is created.
async fn begun_and_withdrawn() -> Vec<(Call, String)> {
    let mut log = Vec::new();
    let mut created = None;
    for _ in 0..2 {
        let (world, file, order) = handed_to_a_service().await;
        let (store, mut made) = (world.store.clone(), 0);
        let location = Key::Media(file.app.clone(), file.media.clone()).location();
        let faults = Faults::planned(move |_| {
            if created == Some(made) {
                let object = store.find(&location).unwrap();
                let mut record: Value = serde_json::from_slice(&object.body).unwrap();
                record["generation"] = json!(9);
                store.upload(&location, record.to_string().as_bytes());
            }
            made += 1;
            None
        });
        let app = world.transcode_media(&faults);
        let answer = transcode_media::handle(&app, Letter::batch(&[order]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        let calls = faults.log();
        created = calls.iter().position(|(call, _)| *call == CREATE);
        log.extend(calls);
    }
    log
}

async fn handed_to_a_service() -> (World, UploadedFile, Letter) {
    let mut world = World::new(1);
    world.has_service = true;
    let file = world.file("a.webm");
    let order = handed_over(&world, &file).await;
    (world, file, order)
}

/// Uploads a film and has it accepted; returns the order about it.
pub(crate) async fn handed_over(world: &World, file: &UploadedFile) -> Letter {
    world.upload(file, &film(640, 360, 8_000.0));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(file, "1")])).await;
    let [order] = world.videos.take().try_into().unwrap();
    Letter {
        id: "2".to_owned(),
        body: order.body,
        attempts: 1,
    }
}

#[tokio::test]
async fn finish_transcode_calls_what_it_declares() {
    let mut world = World::new(1);
    world.has_service = true;
    let faults = Faults::none();
    let app = world.finish_transcode(&faults);
    let letter = |body: String| Letter {
        id: "3".to_owned(),
        body,
        attempts: 1,
    };
    for file in [world.file("a.webm"), private_file(&world, "b.webm")] {
        let order = handed_over(&world, &file).await;
        let stage = world.transcode_media(&Faults::none());
        transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
        let (id, _) = world.jobs.all().pop().unwrap();
        // A look at a job under way is followed by another.
        let [look] = world.transcoded.take().try_into().unwrap();
        let batch = Letter::batch(&[letter(look.body.clone())]);
        finish_transcode::handle(&app, batch, world::far()).await;
        assert_eq!(world.transcoded.take().len(), 1);
        let master = Item::Hls(dozo::vocabulary::keys::hls::Hls::Master);
        let record = world.record(&file).unwrap();
        for item in [master, Item::Film] {
            world
                .store
                .upload(&record.delivered(item).location(), b"of an earlier run");
        }
        // WORK's lifecycle removes the claim in the end.
        let claim = format!("{}/{}/1/transcode.json", file.app, file.media);
        world
            .store
            .expire(&ObjectLocation::anywhere(Bucket::Work, &claim));
        world.jobs.complete(&id, &world.store);
        let event = world.jobs.event(&id, "COMPLETE");
        let answer =
            finish_transcode::handle(&app, Letter::batch(&[letter(event)]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
        // A look at a job that nobody wants any more ends it.
        finish_transcode::handle(&app, Letter::batch(&[letter(look.body)]), world::far()).await;
    }
    // The bytes of this one are blocked while the job is under way.
    let blocked = world.file("blocked.webm");
    let order = handed_over(&world, &blocked).await;
    let stage = world.transcode_media(&Faults::none());
    transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
    let (id, _) = world.jobs.all().pop().unwrap();
    world.jobs.complete(&id, &world.store);
    block(&world);
    let event = letter(world.jobs.event(&id, "COMPLETE"));
    finish_transcode::handle(&app, Letter::batch(&[event]), world::far()).await;
    assert_eq!(world.record(&blocked).unwrap().state, State::Rejected);
    let junk = Letter::batch(&[letter("junk".to_owned())]);
    finish_transcode::handle(&app, junk, world::far()).await;
    assert_exact("finish-transcode", &faults.log());
}
