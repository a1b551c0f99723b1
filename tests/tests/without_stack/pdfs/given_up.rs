//! Tests pages that never end, crash the engine, or kill the process: they are left out, and the others are shown.

use std::collections::BTreeSet;

use bytes::Bytes;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::store::{Condition, Headers, ObjectStore};
use dozo::stages::split::MOST_GIVEN_UP;
use dozo::vocabulary::keys::work::Part;
use dozo::vocabulary::keys::{Bucket, Item, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::world::{Letter, World, far};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::pdfs::scene::*;
use crate::pdfs::toy::{Lines, Page, Toy};

use Page::{Crash, Deadly, Endless, Good};

/// Asserts that a document is ready, that exactly these pages are recorded as broken, and that all others are shown.
fn assert_shown_without(world: &World, file: &UploadedFile, pages: usize, broken: &[u16]) {
    let record = record(world, file);
    assert_eq!(record.state, State::Ready, "{:?}", record.last_error);
    let named: Vec<_> = broken.iter().map(|number| page(*number)).collect();
    assert_eq!(record.content.unwrap().broken_pages, named);
    assert_eq!(times(world, file, What::Ready), 1);
    let manifest = manifest(world, file);
    let canvases = manifest["items"].as_array().unwrap();
    assert_eq!(canvases.len(), pages);
    for (number, canvas) in (1..).zip(canvases) {
        let is_shown = !broken.contains(&number);
        let painted = canvas["items"].as_array().unwrap().len();
        assert_eq!(painted > 0, is_shown, "{number}");
        let text = delivered(world, file, Item::Text(page(number)));
        assert_eq!(text.is_some(), is_shown, "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn three_bad_pages_are_left_out_and_no_message_is_given_up() {
    for bad in [Endless, Crash, Deadly] {
        let pages = [Good, bad, bad, bad, Good];
        let world = World::new(1);
        let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
        let file = lines.put_plain("a.pdf", 5).await;
        let deliveries = lines.finish().await;
        assert_shown_without(&world, &file, 5, &[2, 3, 4]);
        assert_eq!(given_up(&world), BTreeSet::from([2, 3, 4]), "{bad:?}");
        // A bad page costs one delivery; one that kills the process costs three. The last delivery makes the rest, or
        // one more follows.
        let most = match bad {
            Deadly => 3 * 3 + 2,
            _ => 3 + 3,
        };
        assert!(deliveries <= most, "{bad:?}: {deliveries}");
        assert_eq!(lines.dead, 0);
    }
}

/// Bad pages of all kinds in several spans; all other pages of the pieces are good.
#[tokio::test(start_paused = true)]
async fn bad_pages_of_every_kind_in_a_long_document_cost_themselves_only() {
    let mut pages = [Good; 60];
    pages[0] = Endless;
    pages[17] = Crash;
    pages[18] = Deadly;
    pages[33] = Endless;
    pages[34] = Crash;
    pages[59] = Deadly;
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
    lines.times.turn = dozo::stages::split::TURN;
    let file = lines.put_plain("a.pdf", 60).await;
    lines.finish().await;
    assert_shown_without(&world, &file, 60, &[1, 18, 19, 34, 35, 60]);
    assert_eq!(lines.dead, 0);
}

/// The number of pages given up is limited, not the number of deliveries; pages beyond the limit are not even tried.
#[tokio::test(start_paused = true)]
async fn a_document_may_lose_some_pages_and_fails_with_more() {
    for beyond in [0, 1, 30] {
        let mut pages = vec![Endless; MOST_GIVEN_UP + beyond];
        pages.insert(0, Good);
        let count = pages.len();
        let world = World::new(1);
        let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
        let file = lines.put_plain("a.pdf", count).await;
        lines.finish().await;
        let tried = given_up(&world).len();
        if beyond == 0 {
            let broken: Vec<u16> = (2..).take(MOST_GIVEN_UP).collect();
            assert_shown_without(&world, &file, count, &broken);
            continue;
        }
        let record = record(&world, &file);
        let failure = record.last_error.unwrap();
        assert_eq!(record.state, State::Failed);
        assert_eq!(failure.stage.as_str(), "split-pdf");
        assert_eq!(failure.code, "too_many_pages_given_up");
        assert_eq!(
            failure.message,
            "more than 10 pages of the document took too long, or made PDFium crash"
        );
        // One more page may be tried, and one in each span that was at work at the same time.
        assert!(
            (MOST_GIVEN_UP + 1..=MOST_GIVEN_UP + 3).contains(&tried),
            "{tried}"
        );
    }
}

/// With a fault at any call the same pages are shown and left out, nothing is counted twice, and messages do not go on
/// forever.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_costs_no_other_page() {
    let pages = [Good, Endless, Crash, Good, Good, Endless, Good, Good, Good];
    let toy = || Some(Toy::new(&[&pages]));
    let world = World::new(3);
    let mut lines = Lines::new(&world, toy());
    lines.put_plain("a.pdf", pages.len()).await;
    let undisturbed = lines.finish().await;
    let expected = (
        made(&world),
        given_up(&world),
        objects(&world, Bucket::Delivery),
    );
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let world = World::new(3);
            let mut lines = Lines::new(&world, toy());
            let file = lines.put_plain("a.pdf", pages.len()).await;
            let faults = Faults::at(number, fault);
            while faults.calls() <= number && lines.serve_one(&faults).await {}
            let reached = faults.calls() > number;
            let deliveries = lines.finish().await;
            let what = format!("{fault:?} at call {number}");
            assert_shown_without(&world, &file, pages.len(), &[2, 3, 6]);
            let end = (
                made(&world),
                given_up(&world),
                objects(&world, Bucket::Delivery),
            );
            assert_eq!(end, expected, "{what}");
            assert!(deliveries <= 3 * undisturbed, "{what}: {deliveries}");
            if !reached {
                break;
            }
            struck += 1;
        }
    }
    assert!(struck > 250, "only {struck} faults struck");
}

/// Each message is delivered twice, at any time; the second delivery may come when everything is over.
#[tokio::test(start_paused = true)]
async fn twice_in_any_order_is_once() {
    let pages = [
        Good, Endless, Crash, Good, Good, Endless, Good, Good, Good, Good,
    ];
    for seed in 0..30 {
        let mut chance = StdRng::seed_from_u64(seed);
        let world = World::new(3);
        let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
        let file = lines.put_plain("a.pdf", pages.len()).await;
        let mut again = BTreeSet::new();
        for delivery in 0.. {
            assert!(delivery < 200, "messages without end");
            for line in [&mut lines.main, &mut lines.slow] {
                let copies: Vec<_> = line
                    .iter()
                    .filter(|letter| again.insert(letter.id.clone()))
                    .cloned()
                    .collect();
                line.extend(copies);
                if !line.is_empty() {
                    let by = chance.random_range(0..line.len());
                    line.rotate_left(by);
                }
            }
            let is_slow = chance.random_bool(0.5);
            let served = if is_slow {
                lines.serve_slow().await || lines.serve_one(&Faults::none()).await
            } else {
                lines.serve_one(&Faults::none()).await
            };
            if !served {
                break;
            }
        }
        assert_shown_without(&world, &file, pages.len(), &[2, 3, 6]);
    }
}

/// The engine may be to blame instead of the document, and another version of it may succeed.
#[tokio::test(start_paused = true)]
async fn a_document_whose_only_page_was_given_up_is_failed_and_not_rejected() {
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::new(&[&[Crash]])));
    let file = lines.put_plain("a.pdf", 1).await;
    lines.finish().await;
    let record = record(&world, &file);
    let failure = record.last_error.unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(
        (failure.stage.as_str(), failure.code.as_str()),
        ("split-pdf", "no_page_made")
    );
}

/// A delivery that failed with an error, as when S3 was unavailable, is no sign of a page that kills its process.
#[tokio::test(start_paused = true)]
async fn a_failure_with_a_word_gives_up_no_page() {
    let world = World::new(1);
    let file = world.file("a.pdf");
    world.upload(&file, &plain(5));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "s3")])).await;
    let [order] = world.pdfs.take().try_into().unwrap();
    // Note the page as tried, as an earlier, careful attempt does.
    let part = Key::Part(
        file.app.clone(),
        file.media.clone(),
        1,
        Part::Tried(page(1)),
    );
    let (location, headers) = (part.location(), Headers::default());
    let put = world
        .store
        .put(&location, Bytes::new(), &headers, Condition::Absent);
    put.await.unwrap();
    let attempt = |attempts| Letter {
        id: "1".to_owned(),
        body: order.body.clone(),
        attempts,
    };
    // The first two calls note the try.
    let refused = Faults::at(3, Fault::Refused);
    let app = world.split_pdf(&refused);
    let response = split_pdf::handle(&app, Letter::batch(&[attempt(2)]), far()).await;
    assert_eq!(response.batch_item_failures.len(), 1);
    assert!(record(&world, &file).last_error.is_some());
    let app = world.split_pdf(&Faults::none());
    split_pdf::handle(&app, Letter::batch(&[attempt(3)]), far()).await;
    assert_shown_without(&world, &file, 5, &[]);
    assert!(given_up(&world).is_empty());
}
