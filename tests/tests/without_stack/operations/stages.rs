//! Tests suspending before each call of the stages for documents and films: whatever the stage does from then on, the
//! media is gone, and after a restore the work is finished.

use std::collections::BTreeSet;

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::ports::queue::Outbox;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::order::Order;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::operation::{SuspendReason, Suspension, Withdrawal};
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::operations::scene::*;

/// The function that is at work when a media is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// split-pdf.
    Pages,
    /// transcode-media with our own engine.
    Film,
    /// transcode-media with a service.
    Begun,
    /// finish-transcode, once the service is done.
    Ended,
}

/// Uploads a file and has it accepted; returns the message that hands it to its stage.
async fn ordered(at: At, body: &[u8]) -> (Box<World>, UploadedFile, Letter) {
    let name = if at == At::Pages { "a.pdf" } else { "a.webm" };
    let mut world = Box::new(World::new(6));
    world.has_service = matches!(at, At::Begun | At::Ended);
    let file = world.file(name);
    world.upload(&file, body);
    let app = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&file, "s3")]);
    let settled = validate_upload::handle(&app, batch).await;
    assert!(settled.batch_item_failures.is_empty());
    let sent = [world.pdfs.take(), world.videos.take()].concat();
    let [sent] = sent.try_into().unwrap();
    let order = Letter {
        id: "order".to_owned(),
        body: sent.body,
        attempts: 1,
    };
    if at == At::Ended {
        let event = completed(&world, order).await;
        return (world, file, event);
    }
    (world, file, order)
}

/// Lets the service complete the job of an order; returns its event.
async fn completed(world: &World, order: Letter) -> Letter {
    let app = world.transcode_media(&Faults::none());
    transcode_media::handle(&app, Letter::batch(std::slice::from_ref(&order)), far()).await;
    let [(id, _)] = world.jobs.all().try_into().unwrap();
    world.jobs.complete(&id, &world.store);
    Letter {
        body: world.jobs.event(&id, "COMPLETE"),
        ..order
    }
}

/// Changes a record as an order to suspend does.
fn withdrawn(record: &mut MediaRecord, now: Timestamp) {
    let quiet_at = now.checked_add(SignedDuration::from_secs(700)).unwrap();
    record.resume_state = Some(record.state);
    record.state = State::Suspending;
    record.state_since = now;
    record.generation += 1;
    record.withdrawal = Some(Withdrawal::new(quiet_at));
    record.suspension = Some(Suspension {
        reason: SuspendReason::Abuse,
        note: None,
        blocked_by: None,
    });
}

/// Lets the stage work, and suspends the media before call number `moment`. Returns `false` if the stage makes fewer
/// calls.
async fn suspended_before(
    at: At,
    moment: usize,
    world: &World,
    file: &UploadedFile,
    order: &Letter,
) -> bool {
    let location = Key::Media(file.app.clone(), file.media.clone()).location();
    let (store, clock, mut made) = (world.store.clone(), world.clock.clone(), 0);
    let faults = Faults::planned(move |_| {
        if made == moment {
            let object = store.find(&location).unwrap();
            let mut record = serde_json::from_slice(&object.body).unwrap();
            withdrawn(&mut record, clock.now());
            store.upload(&location, json!(record).to_string().as_bytes());
        }
        made += 1;
        None
    });
    let batch = Letter::batch(std::slice::from_ref(order));
    // It makes no difference whether the message was acknowledged: another delivery finds a newer generation.
    let _response = match at {
        At::Pages => split_pdf::handle(&world.split_pdf(&faults), batch, far()).await,
        At::Film | At::Begun => {
            transcode_media::handle(&world.transcode_media(&faults), batch, far()).await
        }
        At::Ended => finish_transcode::handle(&world.finish_transcode(&faults), batch, far()).await,
    };
    faults.calls() > moment
}

fn keys(world: &World) -> BTreeSet<String> {
    world.store.contents(Bucket::Delivery).into_keys().collect()
}

async fn at_every_call(at: At, body: &[u8], least: usize) {
    let (undisturbed, file, order) = ordered(at, body).await;
    assert!(!suspended_before(at, usize::MAX, &undisturbed, &file, &order).await);
    Post::new(&undisturbed).finish().await;
    assert_eq!(state(&undisturbed, &file), State::Ready);
    let expected = keys(&undisturbed);
    for moment in 0.. {
        let (world, file, order) = ordered(at, body).await;
        if !suspended_before(at, moment, &world, &file, &order).await {
            assert!(moment >= least, "{at:?}: only {moment} moments");
            return;
        }
        let carry_on = json!(Order::carry_on(&record(&world, &file))).to_string();
        world
            .operations
            .send(&file.app, &carry_on, 0)
            .await
            .unwrap();
        Post::new(&world).finish().await;
        assert_eq!(
            state(&world, &file),
            State::Suspended,
            "{at:?} before {moment}"
        );
        assert_eq!(keys(&world), BTreeSet::new(), "{at:?} before {moment}");
        done(&world, &file, RESTORE, None).await;
        assert_eq!(state(&world, &file), State::Ready, "{at:?} before {moment}");
        assert_eq!(keys(&world), expected, "{at:?} before {moment}");
        assert_eq!(
            objects(&world, Bucket::Backup),
            Objects::new(),
            "{at:?} before {moment}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_pages() {
    at_every_call(At::Pages, &plain(5), 15).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_film() {
    at_every_call(At::Film, &film(640, 360, 4_000.0), 15).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_job_that_is_begun() {
    at_every_call(At::Begun, &film(640, 360, 4_000.0), 10).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_job_that_is_ended() {
    at_every_call(At::Ended, &film(640, 360, 4_000.0), 15).await;
}
