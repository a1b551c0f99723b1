//! A page that the engine does not come back from, or crashes at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dozo::keys::Key;
use dozo::keys::work::Part;
use dozo::memory::faults::Faults;
use dozo::notification::UploadedFile;
use dozo::page::PageFormat;
use dozo::split::engine::{About, Document, Engine, Fallen, File, Made, Unopened, Wanted};
use dozo::state::State;
use dozo::store::{Condition, Headers, ObjectStore};
use dozo_tests::pdfs::{self, plain};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far};

use crate::scene::*;

/// The page that is never done, from 0.
const ENDLESS: u32 = 1;

/// PDFium, but for one page: that is drawn until the sender is gone. It may say that it crashed there.
struct Stuck {
    pdfium: Arc<dyn Engine>,
    held: Arc<Mutex<Receiver<()>>>,
    crashes: bool,
    is_there: Arc<AtomicBool>,
}

fn stuck(crashes: bool) -> (Arc<Stuck>, Sender<()>) {
    let (release, held) = channel();
    let stuck = Stuck {
        pdfium: pdfs::engine(),
        held: Arc::new(Mutex::new(held)),
        crashes,
        is_there: Arc::default(),
    };
    (Arc::new(stuck), release)
}

impl Engine for Stuck {
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        self.pdfium
            .open(file, &mut |document| work(&Held(document, self)))
    }

    fn fallen(&self) -> Option<Fallen> {
        let has_fallen = self.crashes && self.is_there.load(Ordering::SeqCst);
        has_fallen.then_some(Fallen {
            page: Some(ENDLESS),
        })
    }
}

struct Held<'a>(&'a dyn Document, &'a Stuck);

impl Document for Held<'_> {
    fn about(&self) -> About {
        self.0.about()
    }

    fn make(
        &self,
        indices: &[u32],
        wanted: Wanted,
        take: &mut (dyn FnMut(u32, Option<Made>) -> bool + Send),
    ) {
        let good = indices.split(|index| *index == ENDLESS).next().unwrap();
        self.0.make(good, wanted, take);
        if good.len() < indices.len() {
            // Ends with an error, when the test is over.
            self.1.is_there.store(true, Ordering::SeqCst);
            assert!(self.1.held.lock().unwrap().recv().is_err());
        }
    }
}

/// The order of a document of so many pages.
async fn ordered(pages: usize) -> (World, UploadedFile, Letter) {
    let (world, file) = uploaded(1, &plain(pages));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "s3")])).await;
    let [order] = world.pdfs.take().try_into().unwrap();
    let order = Letter {
        id: "1".to_owned(),
        body: order.body,
        attempts: 1,
    };
    (world, file, order)
}

/// By a process that meets the page, and then must end.
async fn met(world: &mut World, file: &UploadedFile, order: &Letter, crashes: bool) {
    let (engine, release) = stuck(crashes);
    world.engine = engine;
    let mut app = world.split_pdf(&Faults::none());
    if !crashes {
        app.splitter.patience = Duration::from_millis(300);
    }
    let batch = Letter::batch(std::slice::from_ref(order));
    let response = split_pdf::handle(&app, batch, far()).await;
    assert_eq!(response.batch_item_failures.len(), 1, "it must come again");
    assert!(app.splitter.is_stuck(), "its process must end");
    let error = record(world, file).last_error.unwrap();
    let expected = if crashes {
        ("engine_crashed", "the engine crashed at page 2")
    } else {
        (
            "page_stuck",
            "a page of the document takes longer than any good one",
        )
    };
    assert_eq!((error.code.as_str(), error.message.as_str()), expected);
    drop(release);
    world.engine = pdfs::engine();
}

/// Time is real here: a paused clock stands still while an engine works.
#[tokio::test]
async fn a_page_without_end_and_one_that_crashes_are_left_out_by_the_next_process() {
    for crashes in [false, true] {
        let (mut world, file, order) = ordered(5).await;
        met(&mut world, &file, &order, crashes).await;
        let again = Letter {
            attempts: 2,
            ..order
        };
        let next = world.split_pdf(&Faults::none());
        split_pdf::handle(&next, Letter::batch(&[again]), far()).await;
        Post::new(&world).finish().await;
        let record = record(&world, &file);
        assert_eq!(record.state, State::Ready);
        let content = record.content.unwrap();
        assert_eq!(
            (content.broken_pages, content.page_format),
            (vec![page(2)], Some(PageFormat::Jpeg))
        );
        for number in [1, 3, 4, 5] {
            assert_eq!(text(&world, &file, number).trim(), format!("Page {number}"));
        }
        let manifest = manifest(&world, &file);
        assert_eq!(manifest["items"].as_array().unwrap().len(), 5);
    }
}

/// That may be the engine's fault, not the document's: another version of it may do better.
#[tokio::test(start_paused = true)]
async fn a_document_whose_only_page_was_given_up_is_failed_and_not_rejected() {
    let (world, file, order) = ordered(1).await;
    let (app, media) = (file.app.clone(), file.media.clone());
    let part = Key::Part(app, media, 1, Part::GivenUp(page(1)));
    let (place, headers) = (part.place(), Headers::default());
    let put = world
        .store
        .put(&place, Bytes::new(), &headers, Condition::Absent);
    put.await.unwrap();
    let last = [Letter {
        attempts: 3,
        ..order
    }];
    let app = world.split_pdf(&Faults::none());
    let response = split_pdf::handle(&app, Letter::batch(&last), far()).await;
    assert_eq!(response.batch_item_failures.len(), 1);
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&last)).await;
    let record = record(&world, &file);
    let failure = record.last_error.unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(
        (failure.stage.as_str(), failure.code.as_str()),
        ("split-pdf", "no_page_made")
    );
}
