//! Suspended before each call of the stages that documents and films are handed to: whatever the stage does from there on,
//! what is suspended is gone, and after a restore the work is finished.

use std::collections::BTreeSet;

use dozo::clock::Clock;
use dozo::keys::{Bucket, Key};
use dozo::memory::faults::Faults;
use dozo::notification::UploadedFile;
use dozo::operation::{Order, SuspendReason, Suspension, Withdrawal};
use dozo::queue::Outbox;
use dozo::record::MediaRecord;
use dozo::state::State;
use dozo_tests::clips::film;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::scene::*;

/// A file, found good and handed to its stage, and the order that says so.
async fn ordered(name: &str, body: &[u8]) -> (World, UploadedFile, Letter) {
    let world = World::new(6);
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
    (world, file, order)
}

/// As an order to suspend changes it.
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

/// Lets the stage work, and suspends the media before its call number `moment`; `false` when it makes fewer.
async fn suspended_before(
    moment: usize,
    world: &World,
    file: &UploadedFile,
    order: &Letter,
) -> bool {
    let place = Key::Media(file.app.clone(), file.media.clone()).place();
    let (store, clock, mut made) = (world.store.clone(), world.clock.clone(), 0);
    let faults = Faults::planned(move |_| {
        if made == moment {
            let object = store.find(&place).unwrap();
            let mut record = serde_json::from_slice(&object.body).unwrap();
            withdrawn(&mut record, clock.now());
            store.upload(&place, json!(record).to_string().as_bytes());
        }
        made += 1;
        None
    });
    let batch = Letter::batch(std::slice::from_ref(order));
    // Acknowledged or not: another delivery finds another generation.
    let _response = if file.name.as_str().ends_with(".pdf") {
        split_pdf::handle(&world.split_pdf(&faults), batch, far()).await
    } else {
        transcode_media::handle(&world.transcode_media(&faults), batch, far()).await
    };
    faults.calls() > moment
}

fn keys(world: &World) -> BTreeSet<String> {
    world.store.contents(Bucket::Delivery).into_keys().collect()
}

async fn at_every_call(name: &str, body: &[u8], least: usize) {
    let (undisturbed, file, order) = ordered(name, body).await;
    assert!(!suspended_before(usize::MAX, &undisturbed, &file, &order).await);
    assert_eq!(state(&undisturbed, &file), State::Ready);
    let expected = keys(&undisturbed);
    for moment in 0.. {
        let (world, file, order) = ordered(name, body).await;
        if !suspended_before(moment, &world, &file, &order).await {
            assert!(moment >= least, "{name}: only {moment} moments");
            return;
        }
        let carry_on = json!(Order::carry_on(&record(&world, &file))).to_string();
        world.operations.send(&carry_on, 0).await.unwrap();
        Post::new(&world).finish().await;
        assert_eq!(
            state(&world, &file),
            State::Suspended,
            "{name} before {moment}"
        );
        assert_eq!(keys(&world), BTreeSet::new(), "{name} before {moment}");
        done(&world, &file, RESTORE, None).await;
        assert_eq!(state(&world, &file), State::Ready, "{name} before {moment}");
        assert_eq!(keys(&world), expected, "{name} before {moment}");
        assert_eq!(
            objects(&world, Bucket::Backup),
            Objects::new(),
            "{name} before {moment}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_pages() {
    at_every_call("a.pdf", &plain(5), 15).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_film() {
    at_every_call("a.webm", &film(640, 360, 4_000.0), 15).await;
}
