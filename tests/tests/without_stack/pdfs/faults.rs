//! Tests documents delivered twice, in any order, with a fault at any call: the result is always the same pages and one
//! manifest, and never a ready media with a page missing.

use std::collections::BTreeSet;

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Bucket, Item};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::stage::MAX_DELIVERIES;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};
use futures_util::future::join_all;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::pdfs::scene::*;

/// Three pieces in two spans.
const PAGES: usize = 10;

type End = (State, Objects, BTreeSet<u16>);

fn end(world: &World, file: &UploadedFile) -> End {
    let delivered = objects(world, Bucket::Delivery);
    (state(world, file), delivered, made(world))
}

/// Asserts that a media that is ready is complete.
fn assert_whole(world: &World, file: &UploadedFile) {
    if world
        .record(file)
        .is_none_or(|record| record.state != State::Ready)
    {
        return;
    }
    let canvases = manifest(world, file)["items"].as_array().unwrap().len();
    assert_eq!(canvases, PAGES);
    for number in 1..=u16::try_from(PAGES).unwrap() {
        assert_eq!(picture(world, file, number).width(), 133);
        assert!(delivered(world, file, Item::Text(page(number))).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let (world, file) = settled(3, &plain(PAGES)).await;
    let expected = end(&world, &file);
    assert_eq!(expected.0, State::Ready);
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = uploaded(3, &plain(PAGES));
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "s3"));
            let faults = Faults::at(number, fault);
            while faults.calls() <= number && post.deliver(&faults).await {
                assert_whole(&world, &file);
            }
            let reached = faults.calls() > number;
            post.finish().await;
            assert_eq!(end(&world, &file), expected, "{fault:?} at call {number}");
            assert_eq!(
                times(&world, &file, What::Ready),
                1,
                "{fault:?} at call {number}"
            );
            if !reached {
                break;
            }
            struck += 1;
        }
    }
    assert!(struck > 250, "only {struck} faults struck");
}

/// Runs everything up to the plan; returns all messages, including those that the plan has sent.
async fn handed_out(seed: u64) -> (World, UploadedFile, Vec<Letter>) {
    let (world, file) = uploaded(seed, &plain(PAGES));
    let upload = [Letter::about(&file, "s3")];
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&upload)).await;
    let mut letters = taken(&world);
    let plan = letters.clone();
    split_pdf::handle(
        &world.split_pdf(&Faults::none()),
        Letter::batch(&plan),
        far(),
    )
    .await;
    letters.extend(taken(&world));
    assert_eq!(letters.len(), 3, "the whole and two spans");
    (world, file, letters)
}

fn taken(world: &World) -> Vec<Letter> {
    let sent = world.pdfs.take().into_iter().enumerate();
    sent.map(|(place, sent)| Letter {
        id: format!("{place} {}", sent.body.len()),
        body: sent.body,
        attempts: 1,
    })
    .collect()
}

async fn deliver(world: &World, letter: &Letter) {
    let app = world.split_pdf(&Faults::none());
    let batch = Letter::batch(std::slice::from_ref(letter));
    let response = split_pdf::handle(&app, batch, far()).await;
    assert!(response.batch_item_failures.is_empty(), "{}", letter.body);
}

#[tokio::test(start_paused = true)]
async fn ten_times_in_any_order_is_once() {
    let (world, file) = settled(3, &plain(PAGES)).await;
    let expected = end(&world, &file);
    for seed in 0..10 {
        let (world, file, letters) = handed_out(3).await;
        let mut all: Vec<_> = std::iter::repeat_n(letters, 10).flatten().collect();
        all.shuffle(&mut StdRng::seed_from_u64(seed));
        for letter in &all {
            deliver(&world, letter).await;
            assert_whole(&world, &file);
        }
        assert_eq!(end(&world, &file), expected);
        assert_eq!(times(&world, &file, What::Ready), 1);
    }
}

/// Spans end at the same instant, with their calls interleaved at random.
#[tokio::test(start_paused = true)]
async fn two_that_finish_at_once_commit_once() {
    let (world, file) = settled(3, &plain(PAGES)).await;
    let expected = end(&world, &file);
    for seed in 0..20 {
        let (mut world, file, letters) = handed_out(3).await;
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        join_all(
            letters
                .iter()
                .chain(&letters)
                .map(|letter| deliver(&world, letter)),
        )
        .await;
        assert_eq!(end(&world, &file), expected);
        assert_eq!(times(&world, &file, What::Ready), 1);
        assert_eq!(world.metrics.of(Metric::MediaReady), 1);
    }
}

/// The span's process dies each time: the record says so, and a retry makes everything again in another generation.
#[tokio::test(start_paused = true)]
async fn a_span_that_kills_its_process_fails_the_media_until_it_is_retried() {
    let (world, file, letters) = handed_out(3).await;
    deliver(&world, &letters[1]).await;
    let dead = [Letter {
        attempts: 4,
        ..letters[2].clone()
    }];
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&dead)).await;
    let failed = record(&world, &file);
    let failure = failed.last_error.unwrap();
    assert_eq!(failed.state, State::Failed);
    assert_eq!(
        (failure.stage.as_str(), failure.code.as_str()),
        ("split-pdf", "stage_crashed")
    );
    assert_eq!(failure.attempts, MAX_DELIVERIES);
    // A span that comes late finds that the media was given up.
    deliver(&world, &letters[2]).await;
    assert_eq!(state(&world, &file), State::Failed);

    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "POST /admin/apps/{app}/media/{media}/retry";
    let event = dozo_tests::world::call(route, &path, &[], None);
    let answer = retry_media::handle(&world.retry_media(&Faults::none()), event).await;
    assert_eq!(answer.status_code, 202);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_whole(&world, &file);
    // No work of the generation before, in which a span was made, is reused.
    let generations = objects(&world, Bucket::Work).into_keys();
    let second = generations.filter(|key| key.contains("/2/pages/")).count();
    assert_eq!(second, 3);
    for letter in &letters {
        deliver(&world, letter).await;
    }
    assert_eq!(times(&world, &file, What::Ready), 1);
}

/// The upload is replaced after it was bound and before it was published, so the version that was judged is gone.
#[tokio::test(start_paused = true)]
async fn what_is_overwritten_before_it_is_published_is_judged_anew() {
    let (world, file) = uploaded(3, &plain(2));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "s3")])).await;
    assert_eq!(state(&world, &file), State::Processing);
    world.upload(&file, &plain(3));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "again"));
    post.finish().await;
    // Another process might be copying the version before: what it publishes is taken away first.
    sweep(&world).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(record(&world, &file).content.unwrap().pages, Some(3));
    assert_eq!(
        delivered(&world, &file, Item::Original(Format::Pdf)).unwrap(),
        plain(3)
    );
}

/// Lets the sweeper run until everything is at rest.
async fn sweep(world: &World) {
    for _ in 0..3 {
        world.clock.advance(GRACE.stage_seconds * 2);
        let swept = sweep_lost::handle(&world.sweep_lost(&Faults::none()), far()).await;
        swept.unwrap();
        Post::new(world).finish().await;
    }
}

/// The upload is replaced while a process copies it, and the copy is completed after the record was written.
#[tokio::test(start_paused = true)]
async fn a_copy_that_is_completed_too_late_is_taken_away() {
    let bad = b"nothing that is known".to_vec();
    for next in [bad.clone(), plain(3)] {
        let (world, file) = uploaded(4, &plain(2));
        let validate = async |id: &str| {
            let stage = world.validate_upload(&Faults::none());
            validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, id)])).await
        };
        validate("s3").await;
        let original = Item::Original(Format::Pdf);
        let place = record(&world, &file).delivered(original).location();
        world.clock.advance(600);
        world.upload(&file, &next);
        validate("again").await;
        assert_eq!(state(&world, &file), State::Rejected);
        world.store.upload(&place, &plain(2));
        sweep(&world).await;
        let left = delivered(&world, &file, original);
        if next == bad {
            assert_eq!((state(&world, &file), left), (State::Rejected, None));
        } else {
            assert_eq!(
                (state(&world, &file), left),
                (State::Ready, Some(next.into()))
            );
        }
    }
}
