//! A page that the engine does not come back from.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dozo::memory::faults::Faults;
use dozo::page::PageFormat;
use dozo::split::engine::{Document, Engine, File, Made, Unopened, Wanted};
use dozo::state::State;
use dozo_tests::pdfs::{self, plain};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, far};

use crate::scene::*;

/// The page that is never done, from 0.
const ENDLESS: u32 = 1;

/// PDFium, but for one page: that is drawn until the sender is gone.
struct Stuck(Arc<dyn Engine>, Arc<Mutex<Receiver<()>>>);

fn stuck() -> (Stuck, Sender<()>) {
    let (release, held) = channel();
    (Stuck(pdfs::engine(), Arc::new(Mutex::new(held))), release)
}

impl Engine for Stuck {
    fn open(
        &self,
        file: Box<dyn File>,
        work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        let held = self.1.clone();
        self.0
            .open(file, &mut |document| work(&Held(document, held.clone())))
    }
}

struct Held<'a>(&'a dyn Document, Arc<Mutex<Receiver<()>>>);

impl Document for Held<'_> {
    fn pages(&self) -> u32 {
        self.0.pages()
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
            assert!(self.1.lock().unwrap().recv().is_err());
        }
    }
}

/// Time is real here: a paused clock stands still while an engine works.
#[tokio::test]
async fn a_page_without_end_is_left_out_by_the_next_process() {
    let (mut world, file) = uploaded(1, &plain(5));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "s3")])).await;
    let [order] = world.pdfs.take().try_into().unwrap();
    let order = Letter {
        id: "1".to_owned(),
        body: order.body,
        attempts: 1,
    };
    let (engine, release) = stuck();
    world.engine = Arc::new(engine);
    let mut app = world.split_pdf(&Faults::none());
    app.splitter.patience = Duration::from_millis(300);
    let response =
        split_pdf::handle(&app, Letter::batch(std::slice::from_ref(&order)), far()).await;
    assert_eq!(response.batch_item_failures.len(), 1, "it must come again");
    assert!(app.splitter.is_stuck(), "its process must end");
    assert_eq!(record(&world, &file).last_error.unwrap().code, "page_stuck");
    drop(release);

    world.engine = pdfs::engine();
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
    assert_eq!(
        manifest(&world, &file)["items"].as_array().unwrap().len(),
        5
    );
}
