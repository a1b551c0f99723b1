//! Tests the calls of the functions that validate uploads, split documents and record failures.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::stages::flood::Flood;
use dozo::stages::split::engine::{Document, Engine, File, Unopened};
use dozo::vocabulary::ahead;
use dozo::vocabulary::app::AppRecord;
use dozo::vocabulary::day::Day;
use dozo::vocabulary::event_id::EventId;
use dozo::vocabulary::keys::used::{Ledger, Mark};
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::message;
use dozo::vocabulary::message::delivery::{self, SendEvent, To};
use dozo::vocabulary::message::thumbs::{OfApp, Thumbs};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::state::State;
use dozo::vocabulary::webhook::HookName;
use dozo_tests::clips::silence;
use dozo_tests::pdfs;
use dozo_tests::world::{self, LIMITS, Letter, World};
use jiff::SignedDuration;

use crate::roles::{assert_exact, declared_file, good, occupy, private_file};

fn too_large() -> Vec<u8> {
    vec![0; usize::try_from(LIMITS.pdf_bytes).unwrap() + 1]
}

/// Makes the app one that has used more of its quota than one listing shows, long ago.
fn has_used_much(world: &World) {
    let now = world.clock.now();
    for n in 0..=1_000 {
        let media = world.file(&format!("used {n}")).media;
        let mark = Mark::new(now - SignedDuration::from_mins(15), media, 1);
        let key = Key::Used(world.app.clone(), Ledger::Day(Day::of(now)), mark);
        world.store.upload(&key.location(), b"");
    }
}

/// Hands the second of two uploads of a minute over to the queue for bulk uploads, and receives it from there, by a
/// process that has counted nothing yet.
async fn bulk_upload(world: &World, mut app: validate_upload::Function) {
    let (bulk, clock) = (app.bulk_inbox.queue.clone(), app.settler.clock.clone());
    app.flood = Flood::new(bulk, clock, 1, 1);
    let file = world.file("f.png");
    world.upload(&file, &good(3));
    let letter = Letter::about_at(&file, "1", world.clock.now());
    world.clock.advance(10);
    for _ in 0..2 {
        validate_upload::handle(&app, Letter::batch(std::slice::from_ref(&letter))).await;
    }
    let [sent] = world.bulk_uploads.take().try_into().unwrap();
    assert_eq!(sent.body, letter.body);
    let answer = validate_upload::handle(&app, Letter::bulk_batch(&[letter])).await;
    assert!(answer.batch_item_failures.is_empty());
}

/// Makes a thumbnail ahead, then another one in its place, and then removes it, of a public and a private picture.
async fn thumbs(world: &World, app: &validate_upload::Function, files: [&UploadedFile; 2]) {
    let registrations = [
        r#"{"card": {"fit": "inside", "width": 9, "height": 9, "eager": true, "formats": ["jpg"]}}"#,
        r#"{"card": {"fit": "inside", "width": 8, "height": 8, "eager": true, "formats": ["jpg"]}}"#,
        "{}",
    ];
    for presets in registrations {
        world.register(|app| app.presets = serde_json::from_str(presets).unwrap());
        let key = Key::App(world.app.clone());
        let registration = world.store.find(&key.location()).unwrap();
        let registration: AppRecord = serde_json::from_slice(&registration.body).unwrap();
        let all = Thumbs::MakeAllThumbs(OfApp {
            app: world.app.clone(),
            by: ahead::digest(&registration),
            after: None,
        });
        let of = files.map(|file| Thumbs::of_media(&file.app, &file.media).unwrap());
        for body in of.into_iter().chain([message::write(&all).unwrap()]) {
            let letter = Letter {
                id: "thumbs".to_owned(),
                body,
                attempts: 1,
            };
            let answer = validate_upload::handle(app, Letter::bulk_batch(&[letter])).await;
            assert!(answer.batch_item_failures.is_empty());
        }
    }
    assert!(!world.bulk_uploads.take().is_empty());
}

#[tokio::test]
async fn validate_upload_calls_what_it_declares() {
    let world = World::new(1);
    let faults = Faults::none();
    let app = world.validate_upload(&faults);
    has_used_much(&world);
    let (open, closed) = (world.file("a.png"), private_file(&world, "b.png"));
    let (large, document) = (world.file("c.png"), world.file("d.pdf"));
    let sound = world.file("e.wav");
    let ends = declared_file(&world, "f.png");
    for (file, body) in [
        (&open, good(1)),
        (&closed, good(2)),
        (&large, too_large()),
        (&document, pdfs::plain(1)),
        (&sound, silence(1)),
        (&ends, good(3)),
    ] {
        world.upload(file, &body);
    }
    occupy(&world, &open, Visibility::Public);
    occupy(&world, &closed, Visibility::Private);
    for file in [&open, &closed, &large, &document, &sound, &ends] {
        let answer =
            validate_upload::handle(&app, Letter::batch(&[Letter::about(file, "1")])).await;
        assert!(answer.batch_item_failures.is_empty());
    }
    // The sound is replaced before anything is made of it.
    world.upload(&sound, &silence(2));
    validate_upload::handle(&app, Letter::batch(&[Letter::about(&sound, "3")])).await;
    let junk = Letter {
        id: "2".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    bulk_upload(&world, world.validate_upload(&faults)).await;
    thumbs(&world, &app, [&open, &closed]).await;
    for batch in [Letter::batch, Letter::bulk_batch] {
        let batch = batch(std::slice::from_ref(&junk));
        let answer = validate_upload::handle(&app, batch).await;
        assert_eq!(answer.batch_item_failures.len(), 1);
    }
    assert_exact("validate-upload", &faults.log());
}

/// Processes a public and a private document, each handed out in spans, with other objects in the places of their
/// output.
#[tokio::test]
async fn split_pdf_calls_what_it_declares() {
    let world = World::new(1);
    let faults = Faults::none();
    let app = world.split_pdf(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.pdf"), private_file(&world, "b.pdf")] {
        world.upload(&file, &pdfs::plain(9));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        let manifest = Key::Delivered {
            visibility: record.visibility,
            app: file.app.clone(),
            media: file.media.clone(),
            item: Item::Manifest,
        };
        world.store.upload(&manifest.location(), b"older");
        loop {
            let sent = world.pdfs.take();
            if sent.is_empty() {
                break;
            }
            for sent in sent {
                let letter = Letter {
                    id: "1".to_owned(),
                    body: sent.body,
                    attempts: 1,
                };
                let batch = Letter::batch(&[letter]);
                let answer = split_pdf::handle(&app, batch, world::far()).await;
                assert!(answer.batch_item_failures.is_empty());
            }
        }
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
    }
    slow_document(&world, &faults).await;
    let junk = Letter {
        id: "2".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    split_pdf::handle(&app, Letter::batch(&[junk]), world::far()).await;
    assert_exact("split-pdf", &faults.log());
}

/// An engine that does not open a document until the other end of the channel is dropped.
struct Late(Mutex<Receiver<()>>);

impl Engine for Late {
    fn open(
        &self,
        _file: Box<dyn File>,
        _work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        assert!(self.0.lock().unwrap().recv().is_err());
        Err(Unopened::Damaged)
    }
}

/// Processes a document that does not open at once, and so goes to the slow queue.
async fn slow_document(world: &World, faults: &Faults) {
    let file = world.file("c.pdf");
    world.upload(&file, &pdfs::plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    let letter = |body: String| Letter {
        id: "1".to_owned(),
        body,
        attempts: 1,
    };
    let [order] = world.pdfs.take().try_into().unwrap();
    let mut app = world.split_pdf(faults);
    let (release, held) = channel();
    app.splitter.engine = Arc::new(Late(Mutex::new(held)));
    app.splitter.times.quick = Duration::from_millis(20);
    split_pdf::handle(&app, Letter::batch(&[letter(order.body)]), world::far()).await;
    drop(release);
    let [slow] = world.slow_pdfs.take().try_into().unwrap();
    let app = world.split_pdf(faults);
    let batch = Letter::slow_batch(&[letter(slow.body)]);
    split_pdf::handle(&app, batch, world::far()).await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}

#[tokio::test]
async fn record_failure_calls_what_it_declares() {
    let world = World::new(2);
    let faults = Faults::at(0, Fault::Refused);
    let app = world.record_failure(&faults);
    let unknown = declared_file(&world, "a.png");
    let letter = [Letter::about(&unknown, "1")];
    let refused = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert_eq!(refused.batch_item_failures.len(), 1);
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());

    // This one's stage died after it had begun.
    let begun = world.file("b.png");
    world.upload(&begun, &good(1));
    let stage = world.validate_upload(&Faults::planned(|call| {
        (call == 5).then_some(Fault::DiesAfter)
    }));
    let letter = [Letter::about(&begun, "2")];
    validate_upload::handle(&stage, Letter::batch(&letter)).await;
    assert!(world.record(&begun).is_some());
    let mark = Key::Failed(begun.app.clone(), begun.media.clone());
    world
        .store
        .upload(&mark.location(), b"of an earlier failure");
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());

    // This one has gone on, and an earlier delivery has left a mark.
    let ready = world.file("c.png");
    world.upload(&ready, &good(2));
    let letter = [Letter::about(&ready, "3")];
    validate_upload::handle(
        &world.validate_upload(&Faults::none()),
        Letter::batch(&letter),
    )
    .await;
    let mark = Key::Failed(ready.app.clone(), ready.media.clone());
    world.store.upload(&mark.location(), b"stale");
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());

    // An event for a webhook.
    let body = message::write(&delivery::Send::SendEvent(SendEvent {
        to: To {
            app: world.app.clone(),
            hook: HookName::parse("shop").unwrap(),
            id: "0".repeat(32),
        },
        event: EventId::parse(&format!("{}-1", ready.media)).unwrap(),
        asked_at: world.clock.now(),
        put_off: 0,
    }));
    let letter = [Letter {
        id: "4".to_owned(),
        body: body.unwrap(),
        attempts: 1,
    }];
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());
    assert_exact("record-failure", &faults.log());
}
