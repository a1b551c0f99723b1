//! Tests that documents share the queue: none waits for the whole of another.

use std::time::Duration;

use dozo::memory::faults::Faults;
use dozo::stages::split::{Task, Times};
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::world::World;

use crate::pdfs::scene::*;
use crate::pdfs::toy::{Lines, Page, Toy};

const LONG: &[u8] = include_bytes!("../../../cases/pdf/a-thousand-short-pages.pdf");

fn is_ready(world: &World, file: &UploadedFile) -> bool {
    state(world, file) == State::Ready
}

/// Counts the waiting messages about this document.
fn waiting(lines: &Lines<'_>, file: &UploadedFile) -> usize {
    let of = |body: &str| serde_json::from_str::<Task>(body).unwrap().order.media == file.media;
    lines.main.iter().filter(|letter| of(&letter.body)).count()
}

/// There are two slots, and turns have one piece, the shortest possible.
#[tokio::test(start_paused = true)]
async fn ten_documents_of_one_page_come_to_their_end_before_one_of_a_thousand_that_was_first() {
    let world = World::with_limits(1, Limits::STANDARD);
    let mut lines = Lines::new(&world, None);
    let long = lines.put("long.pdf", LONG).await;
    // It is at work before the others come.
    for _ in 0..3 {
        lines.serve_two().await;
    }
    let mut short = Vec::new();
    for number in 0..10 {
        short.push(lines.put_plain(&format!("{number}.pdf"), 1).await);
    }
    let (mut rounds, mut order, mut all_short) = (0, Vec::new(), None);
    while order.len() < 11 {
        assert!(lines.serve_two().await, "it is lost");
        rounds += 1;
        assert!(waiting(&lines, &long) <= 2, "it fills the queue");
        let all = short.iter().chain([&long]);
        let ready = all.filter(|file| is_ready(&world, file)).cloned();
        let new: Vec<_> = ready.filter(|file| !order.contains(file)).collect();
        order.extend(new);
        if order.len() == 10 && all_short.is_none() {
            all_short = Some(rounds);
        }
    }
    // The short ones take two slots at a time, and the long one takes a turn.
    assert!(all_short.is_some_and(|rounds| rounds <= 6), "{all_short:?}");
    assert_eq!(order[..10], short);
    assert_eq!(order[10], long);
    assert_eq!(record(&world, &long).content.unwrap().pages, Some(1_000));
    // A document is read whole however short its turn is, or nobody could block its bytes.
    for file in short.iter().chain([&long]) {
        assert!(record(&world, file).content.unwrap().sha256.is_some());
    }
    // There is one message for each piece, one that hands out the whole, and one for each short document.
    assert!(lines.sent <= 250 + 1 + 10, "{}", lines.sent);
}

#[tokio::test(start_paused = true)]
async fn long_documents_take_turns_with_each_other() {
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::default()));
    let longer = lines.put_plain("longer.pdf", 150).await;
    lines.serve_two().await;
    let shorter = lines.put_plain("shorter.pdf", 60).await;
    while !is_ready(&world, &shorter) {
        assert!(lines.serve_two().await, "it is lost");
    }
    assert_eq!(state(&world, &longer), State::Processing);
    lines.finish().await;
    assert!(is_ready(&world, &longer));
}

/// The limit decides how many functions work on a document, not its length.
#[tokio::test(start_paused = true)]
async fn a_document_is_dealt_out_to_as_many_as_work_at_once_if_it_is_worth_it() {
    for (pages, at_once, expected) in [(8, 50, 0), (9, 50, 2), (150, 2, 2), (150, 50, 19)] {
        let world = World::new(1);
        let mut lines = Lines::new(&world, Some(Toy::default()));
        lines.spans_at_once = at_once;
        let file = lines.put_plain("a.pdf", pages).await;
        lines.times.turn = Duration::from_secs(1_000);
        lines.serve_two().await;
        assert_eq!(lines.main.len(), expected, "{pages} pages to {at_once}");
        lines.finish().await;
        assert!(is_ready(&world, &file));
    }
}

/// While others wait, each bad document is tried once, for as long as a quick page may take. The rest of it goes to the
/// slow queue.
#[tokio::test(start_paused = true)]
async fn documents_with_pages_that_never_end_hold_nobody_up() {
    use Page::{Endless, Good};
    let pages = [Good, Endless, Endless, Endless, Good];
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
    let mut bad = Vec::new();
    for number in 0..3 {
        bad.push(lines.put_plain(&format!("bad {number}.pdf"), 5).await);
    }
    let long = lines.put_plain("long.pdf", 100).await;
    let short = lines.put_plain("short.pdf", 1).await;
    let begun = tokio::time::Instant::now();
    let mut rounds = 0;
    while !is_ready(&world, &short) {
        assert!(lines.serve_two().await, "it is lost");
        rounds += 1;
    }
    assert_eq!(rounds, 3);
    while lines.serve_two().await {}
    assert!(is_ready(&world, &long));
    // Each of the three has taken the time of one quick page, and then holds up nobody.
    let took = begun.elapsed();
    assert!(
        took <= 3 * Times::STANDARD.quick + Duration::from_secs(1),
        "{took:?}"
    );
    assert_eq!(lines.slow.len(), 3);
    while lines.serve_slow().await {}
    assert!(lines.main.is_empty());
    for file in &bad {
        let content = record(&world, file).content.unwrap();
        assert!(is_ready(&world, file));
        assert_eq!(content.broken_pages, [page(2), page(3), page(4)]);
    }
}

/// A page that needs more time than a quick one is still made, and the following pages take turns with all others
/// again.
#[tokio::test(start_paused = true)]
async fn a_slow_page_is_made_and_nothing_is_given_up() {
    let mut pages = [Page::Good; 10];
    pages[1] = Page::Slow;
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::new(&[&pages])));
    lines.times.turn = Times::STANDARD.turn;
    let file = lines.put_plain("a.pdf", 10).await;
    while lines.serve_two().await {}
    assert_eq!(lines.slow.len(), 1);
    assert_eq!(state(&world, &file), State::Processing);
    lines.finish().await;
    assert!(is_ready(&world, &file));
    assert!(
        record(&world, &file)
            .content
            .unwrap()
            .broken_pages
            .is_empty()
    );
    let noted = objects(&world, Bucket::Work).into_keys();
    assert_eq!(noted.filter(|key| key.contains("given-up")).count(), 0);
}

/// A document is suspended in the middle of its turns: its two waiting messages are delivered and send no more.
#[tokio::test(start_paused = true)]
async fn what_is_overtaken_in_the_middle_of_its_turns_sends_no_more_messages() {
    let world = World::new(1);
    let mut lines = Lines::new(&world, Some(Toy::default()));
    let file = lines.put("a.pdf", &plain(60)).await;
    for _ in 0..3 {
        lines.serve_two().await;
    }
    let orders = world.suspend_media(&Faults::none());
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "POST /admin/apps/{app}/media/{media}/suspend";
    let body = Some(r#"{"reason": "abuse"}"#);
    let event = dozo_tests::world::call(route, &path, &[], body);
    let answer = suspend_media::handle(&orders, event).await;
    assert_eq!(answer.status_code, 202);
    let (before, waiting) = (lines.sent, lines.main.len());
    assert_eq!(waiting, 2);
    let delivered = lines.finish().await;
    assert_eq!((lines.sent, delivered), (before, 2));
}
