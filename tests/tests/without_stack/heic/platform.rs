//! Tests HEIC through the platform in memory.

use std::sync::Arc;

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo::vocabulary::upload_format::Convertible;
use dozo_codecs::convert::Hevc;
use dozo_tests::world::{Letter, World};

use super::{decoder, sample};

/// More deliveries than any message of these tests needs.
const ENOUGH: u32 = 20;

/// More than the samples have.
const MOST_PIXELS: u64 = 100_000;

/// Delivers the message; returns whether it was acknowledged.
async fn deliver(
    world: &World,
    file: &UploadedFile,
    hevc: Option<Arc<dyn Hevc>>,
    faults: &Faults,
) -> bool {
    let mut app = world.validate_upload(faults);
    app.settler.hevc = hevc;
    app.settler.limits.image_pixels = MOST_PIXELS;
    let batch = Letter::batch(&[Letter::about(file, "m")]);
    let response = validate_upload::handle(&app, batch).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

fn real() -> Option<Arc<dyn Hevc>> {
    Some(Arc::new(decoder()))
}

fn world(body: &[u8]) -> (World, UploadedFile) {
    let world = World::new(1);
    world.register(|app| app.limits.image_pixels = MOST_PIXELS);
    let file = world.file("photo.heic");
    world.upload(&file, body);
    (world, file)
}

fn code(record: &MediaRecord) -> Option<&str> {
    let rejection = record.rejection.as_ref();
    rejection.map(|rejection| rejection.code.as_str())
}

#[tokio::test(start_paused = true)]
async fn a_photo_becomes_a_jpeg() {
    let (world, file) = world(&sample("clap.heic"));
    assert!(deliver(&world, &file, real(), &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Ready, "{:?}", record.rejection);
    let content = record.content.unwrap();
    assert_eq!(content.made_from, Some(Convertible::Heic));
    assert_eq!(content.format, Format::Jpeg);
    assert_eq!((content.width, content.height), (Some(60), Some(40)));
    let delivered = world.store.contents(Bucket::Delivery);
    let key = delivered.keys().next().unwrap();
    assert!(key.ends_with("original.jpg"), "{key}");
}

/// A process dies at each of its calls; another one ends the work, and puts the same bytes.
#[tokio::test(start_paused = true)]
async fn whoever_ends_the_work_puts_the_same_original() {
    let body = sample("clap.heic");
    let mut expected = None;
    for nth in 0..30 {
        let (world, file) = world(&body);
        let faults = if nth == 0 {
            Faults::none()
        } else {
            Faults::at(nth, Fault::DiesAfter)
        };
        let mut is_done = deliver(&world, &file, real(), &faults).await;
        for _ in 0..ENOUGH {
            if is_done {
                break;
            }
            world.clock.advance(60);
            is_done = deliver(&world, &file, real(), &Faults::none()).await;
        }
        assert_eq!(world.record(&file).unwrap().state, State::Ready, "{nth}");
        let delivered: Vec<_> = world
            .store
            .contents(Bucket::Delivery)
            .into_iter()
            .map(|(key, object)| (key, object.body, object.info.headers.metadata))
            .collect();
        let expected = expected.get_or_insert_with(|| delivered.clone());
        assert_eq!(&delivered, expected, "{nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_photo_costs_one_message() {
    let mut body = sample("grid.heic");
    body.truncate(body.len() - 200);
    let (world, file) = world(&body);
    assert!(deliver(&world, &file, real(), &Faults::none()).await);
    assert_eq!(code(&world.record(&file).unwrap()), Some("damaged"));
}

/// The rejection says what to do if there is no decoder. The same file is judged anew if there is one later.
#[tokio::test(start_paused = true)]
async fn without_a_decoder_it_is_refused_by_name() {
    let (world, file) = world(&sample("clap.heic"));
    assert!(deliver(&world, &file, None, &Faults::none()).await);
    let refused = world.record(&file).unwrap();
    assert_eq!(code(&refused), Some("kind_not_accepted"));
    assert!(refused.rejection.unwrap().message.contains("iPhone"));
    assert!(deliver(&world, &file, real(), &Faults::none()).await);
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}

/// A decoder that cannot be run is our fault, so the message comes again.
#[tokio::test(start_paused = true)]
async fn a_decoder_that_cannot_be_run_is_tried_again() {
    let (world, file) = world(&sample("clap.heic"));
    let missing = dozo_hevc::Ffmpeg {
        program: "/nowhere/ffmpeg".into(),
    };
    let missing: Option<Arc<dyn Hevc>> = Some(Arc::new(missing));
    assert!(!deliver(&world, &file, missing, &Faults::none()).await);
    assert_eq!(world.record(&file).unwrap().state, State::Validating);
    assert!(deliver(&world, &file, real(), &Faults::none()).await);
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}
