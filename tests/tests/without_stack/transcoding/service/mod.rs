//! Tests transcoding by a service that works elsewhere: with a fault at any call of either function, and with events
//! that come twice, late, in any order, not at all, or for other people's jobs. There is one set of outputs of one job,
//! and one `ready`.

mod ending;
mod replaced;
mod starting;
mod withdrawing;

use std::time::{Duration, SystemTime};

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::jobs::JobState;
use dozo::stages::failure::STAGE_CRASHED;
use dozo::vocabulary::access::Call;
use dozo::vocabulary::job::JobId;
use dozo::vocabulary::keys::{Bucket, Key, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::operation::{SuspendReason, Suspension, Withdrawal};
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::clips::{film, silence};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call, far};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::transcoding::scene::*;

/// Makes a world with a service, a film that was accepted, and the order about it.
async fn ordered(seed: u64) -> (World, UploadedFile, Letter) {
    ordered_of(seed, "映画.webm", &film(1280, 720, 8_000.0)).await
}

async fn ordered_of(seed: u64, name: &str, body: &[u8]) -> (World, UploadedFile, Letter) {
    let mut world = World::new(seed);
    world.has_service = true;
    let file = world.file(name);
    world.upload(&file, body);
    let app = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&file, "s3")]);
    let response = validate_upload::handle(&app, batch).await;
    assert!(response.batch_item_failures.is_empty());
    let [sent] = world.videos.take().try_into().expect("one order");
    let order = letter("order", sent.body);
    (world, file, order)
}

fn letter(id: &str, body: String) -> Letter {
    Letter {
        id: id.to_owned(),
        body,
        attempts: 1,
    }
}

/// Delivers an order to transcode-media; returns whether it was acknowledged.
async fn begin(world: &World, order: &Letter, faults: &Faults) -> bool {
    let app = world.transcode_media(faults);
    let batch = Letter::batch(std::slice::from_ref(order));
    let response = transcode_media::handle(&app, batch, far()).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

async fn tell(world: &World, body: &str, faults: &Faults) -> bool {
    let app = world.finish_transcode(faults);
    let batch = Letter::batch(&[letter("event", body.to_owned())]);
    let response = finish_transcode::handle(&app, batch, far()).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

/// Delivers an order until it is acknowledged.
async fn see_through(world: &World, order: &Letter) {
    for _ in 0..10 {
        if begin(world, order, &Faults::none()).await {
            return;
        }
        world.clock.advance(700);
    }
    panic!("an order was never acknowledged");
}

async fn tell_until_heard(world: &World, body: &str) {
    for _ in 0..10 {
        if tell(world, body, &Faults::none()).await {
            return;
        }
        world.clock.advance(700);
    }
    panic!("an event was never acknowledged");
}

/// Makes a world with a film whose job is under way.
async fn begun(seed: u64) -> (World, UploadedFile, JobId) {
    let (world, file, order) = ordered(seed).await;
    assert!(begin(&world, &order, &Faults::none()).await);
    let [(id, _)] = world.jobs.all().try_into().expect("one job");
    (world, file, id)
}

/// Makes a world with a film whose job is complete, and the event that says so.
async fn completed(seed: u64) -> (World, UploadedFile, String) {
    let (world, file, id) = begun(seed).await;
    world.jobs.complete(&id, &world.store);
    let event = world.jobs.event(&id, "COMPLETE");
    (world, file, event)
}

async fn retry(world: &World, file: &UploadedFile) {
    let app = world.retry_media(&Faults::none());
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "POST /admin/apps/{app}/media/{media}/retry";
    let answer = retry_media::handle(&app, call(route, &path, &[], None)).await;
    assert_eq!(answer.status_code, 202);
}

async fn give_up(world: &World, dead: Letter) {
    let app = world.record_failure(&Faults::none());
    let response = record_failure::handle(&app, Letter::batch(&[dead])).await;
    assert!(response.batch_item_failures.is_empty());
}
