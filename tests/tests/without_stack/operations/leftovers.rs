//! Tests that what was published of a file is taken away when the file is refused after all: a film fails while it is
//! copied into delivery, its upload is replaced without an event, and an admin retries it.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::rejection::OVERWRITTEN;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};

use super::late::OnTheirWay;
use crate::operations::scene::*;
use crate::transcoding::in_memory::{deliver, ordered};

/// The sweeper's rounds after which everything must be at rest.
const ROUNDS: u32 = 8;

/// Longer than the longest wait for a message, in seconds.
const LONG: u32 = GRACE.stage_seconds * 33;

const BAD: &[u8] = b"nothing that is known";

fn another() -> Vec<u8> {
    film(640, 360, 8_000.0)
}

/// Returns the calls of transcode-media at which objects become public: the first copy, and the master playlist.
async fn publishing() -> [usize; 2] {
    let (world, _, order) = ordered(51).await;
    let counted = Faults::none();
    assert!(deliver(&world, &order, &counted).await);
    let log = counted.log();
    let on = |end: &str| {
        let is_it = |on: &String| on.starts_with("Delivery ") && on.ends_with(end);
        log.iter().rposition(|(_, on)| is_it(on)).unwrap()
    };
    [on("video.mp4"), on("master.m3u8")]
}

/// Makes a world with a film that has failed while it was published, after the call of this number; viewers have fetched
/// what is there. Its upload was replaced.
async fn failed_in_part(call: usize, next: &[u8]) -> (Box<World>, UploadedFile) {
    let (world, file, order) = ordered(51).await;
    let world = Box::new(world);
    assert!(!deliver(&world, &order, &Faults::at(call, Fault::DiesAfter)).await);
    assert!(!served(&world).is_empty());
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[order])).await;
    assert_eq!(state(&world, &file), State::Failed);
    world.upload(&file, next);
    (world, file)
}

/// The same, and it was refused because of that when it was retried.
async fn refused(call: usize, next: &[u8]) -> (Box<World>, UploadedFile) {
    let (world, file) = failed_in_part(call, next).await;
    world.clock.advance(10_000);
    done(&world, &file, RETRY, None).await;
    let after = record(&world, &file);
    let code = after
        .rejection
        .as_ref()
        .map(|refused| refused.code.as_str());
    assert_eq!((after.state, code), (State::Rejected, Some(OVERWRITTEN)));
    assert!(after.has_leftovers() && !after.is_at_rest());
    assert!(!served(&world).is_empty());
    (world, file)
}

/// Returns what viewers get who know all that was ever delivered of the first film.
fn served(world: &World) -> Vec<String> {
    let known = world.store.contents(Bucket::Delivery).into_keys();
    let cached = world.cdn.cached();
    let all = known.chain(cached);
    all.filter(|key| {
        let location = ObjectLocation::anywhere(Bucket::Delivery, key);
        world.cdn.fetch(&world.store, &location).is_some()
    })
    .collect()
}

async fn sweep(world: &World, faults: &Faults) {
    let _found = sweep_lost::handle(&world.sweep_lost(faults), far()).await;
}

/// Lets the sweeper run, and delivers everything, until the media is at rest and no work is marked.
async fn settle(world: &World, file: &UploadedFile, when: &str) {
    for _ in 0..ROUNDS {
        Post::new(world).finish().await;
        if record(world, file).is_at_rest() && marks(world).is_empty() {
            return;
        }
        world.clock.advance(LONG);
        sweep(world, &Faults::none()).await;
    }
    panic!(
        "{when}: stuck: {:#?} {:?}",
        record(world, file),
        marks(world)
    );
}

fn marks(world: &World) -> Vec<String> {
    let folders = ["begun/", "stuck/", "failed/"];
    let keys = world.store.contents(Bucket::Records).into_keys();
    keys.filter(|key| folders.iter().any(|folder| key.starts_with(folder)))
        .collect()
}

fn assert_gone(world: &World, file: &UploadedFile, end: State, when: &str) {
    assert_eq!(state(world, file), end, "{when}");
    assert_eq!(served(world), Vec::<String>::new(), "{when}");
    assert_eq!(objects(world, Bucket::Delivery), Objects::new(), "{when}");
    assert_eq!(objects(world, Bucket::Backup), Objects::new(), "{when}");
    assert_eq!(
        record(world, file)
            .withdrawal
            .filter(|_| end == State::Rejected),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_taken_away_and_the_next_version_judged() {
    for call in publishing().await {
        let (world, file) = refused(call, BAD).await;
        settle(&world, &file, "bad").await;
        assert_gone(&world, &file, State::Rejected, "bad");
        assert_eq!(world.cdn.asked_for().len(), 1, "paid for once");
        assert_ne!(record(&world, &file).rejection.unwrap().code, OVERWRITTEN);

        let (world, file) = refused(call, &another()).await;
        settle(&world, &file, "good").await;
        assert_eq!(state(&world, &file), State::Ready);
        assert_eq!(times(&world, &file, What::Accepted), 2);
        let delivered = objects(&world, Bucket::Delivery).into_keys();
        let is_of_first = |key: &String| key.contains("/720p/");
        assert_eq!(
            delivered.filter(is_of_first).count(),
            0,
            "of the first film"
        );
    }
}

/// The bytes that were accepted lie there again.
#[tokio::test(start_paused = true)]
async fn the_same_version_is_judged_too() {
    let [call, _] = publishing().await;
    let (world, file) = refused(call, BAD).await;
    world.upload(&file, &film(1280, 720, 8_000.0));
    settle(&world, &file, "the same").await;
    crate::transcoding::scene::assert_whole(&world, &file, "the same");
}

#[tokio::test(start_paused = true)]
async fn no_version_is_judged_before() {
    let [call, _] = publishing().await;
    let (world, file) = refused(call, BAD).await;
    world.upload(&file, &another());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "again"));
    post.finish().await;
    assert!(record(&world, &file).has_leftovers());
    settle(&world, &file, "again").await;
    assert_eq!(state(&world, &file), State::Ready);
}

/// A fault at any call of the sweeper that gives the order, of the first run that carries it out, or of a later one.
#[tokio::test(start_paused = true)]
async fn so_it_is_with_a_fault_at_any_call() {
    let [_, call] = publishing().await;
    for fault in Fault::ALL {
        for disturbed in 0..8 {
            for number in 0.. {
                let (world, file) = refused(call, BAD).await;
                world.clock.advance(GRACE.stage_seconds + 1);
                let (faults, none) = (Faults::at(number, fault), Faults::none());
                let at = |step| if step == disturbed { &faults } else { &none };
                sweep(&world, at(0)).await;
                let viewers = OnTheirWay::begin(&world);
                let mut post = Post::new(&world);
                for step in 1.. {
                    if !post.deliver(at(step)).await {
                        break;
                    }
                    viewers.arrive(&world);
                }
                let when = format!("{fault:?} at call {number} of step {disturbed}");
                settle(&world, &file, &when).await;
                assert_gone(&world, &file, State::Rejected, &when);
                if faults.calls() <= number {
                    break;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_it_is_when_two_runs_are_at_work() {
    let [_, call] = publishing().await;
    for number in 0.. {
        let (world, file) = refused(call, BAD).await;
        world.clock.advance(10_000);
        sweep(&world, &Faults::none()).await;
        let viewers = OnTheirWay::begin(&world);
        let mut post = Post::new(&world);
        post.collect();
        post.repeat(0, 0);
        let faults = Faults::at(number, Fault::AnswerLost);
        post.deliver_two([&faults, &Faults::none()]).await;
        viewers.arrive(&world);
        while post.deliver(&Faults::none()).await {
            viewers.arrive(&world);
        }
        let when = format!("twice, the answer of call {number} lost");
        settle(&world, &file, &when).await;
        assert_gone(&world, &file, State::Rejected, &when);
        if faults.calls() <= number {
            break;
        }
    }
}

/// An order that comes when something may still be put is carried out again when nothing can.
#[tokio::test(start_paused = true)]
async fn an_early_order_waits_for_late_stages() {
    let [_, call] = publishing().await;
    let (world, file) = refused(call, BAD).await;
    let begun = world.clock.now();
    let order = dozo::vocabulary::message::order::Order::carry_on(&record(&world, &file));
    let body = dozo::vocabulary::message::write(&order).unwrap();
    dozo::ports::queue::Outbox::send(&world.operations, &file.app, &body, 0)
        .await
        .unwrap();
    let late = world.store.contents(Bucket::Delivery);
    let mut post = Post::new(&world);
    assert!(post.deliver(&Faults::none()).await);
    assert_eq!(objects(&world, Bucket::Delivery), Objects::new());
    for (key, object) in late {
        let location = ObjectLocation::anywhere(Bucket::Delivery, &key);
        world.store.upload(&location, &object.body);
    }
    post.finish().await;
    let seconds = world.clock.now().duration_since(begun).as_secs();
    assert!(seconds >= 900, "{seconds}");
    settle(&world, &file, "early").await;
    assert_gone(&world, &file, State::Rejected, "early");
}

/// Any operation that is possible overtakes the removal, after any of its steps.
#[tokio::test(start_paused = true)]
async fn an_operation_may_overtake_it() {
    let [call, _] = publishing().await;
    for steps in 0.. {
        let mut is_done = false;
        for route in [DELETE, SUSPEND] {
            let (world, file) = refused(call, BAD).await;
            world.clock.advance(GRACE.stage_seconds + 1);
            sweep(&world, &Faults::none()).await;
            let viewers = OnTheirWay::begin(&world);
            let mut post = Post::new(&world);
            for _ in 0..steps {
                is_done |= !post.deliver(&Faults::none()).await;
            }
            let body = (route == SUSPEND).then_some(ABUSE);
            let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
            assert_eq!(status, 202, "{answer}");
            while post.deliver(&Faults::none()).await {
                viewers.arrive(&world);
            }
            let when = format!("{route} after {steps} steps");
            settle(&world, &file, &when).await;
            if route == DELETE {
                assert_gone(&world, &file, State::Deleted, &when);
                continue;
            }
            assert_eq!(state(&world, &file), State::Suspended, "{when}");
            assert_eq!(served(&world), Vec::<String>::new(), "{when}");
            done(&world, &file, RESTORE, None).await;
            settle(&world, &file, &when).await;
            assert_gone(&world, &file, State::Rejected, &when);
        }
        if is_done {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_order_is_given_again() {
    let [call, _] = publishing().await;
    let (world, file) = refused(call, BAD).await;
    let stuck = || marks(&world).iter().any(|key| key.starts_with("stuck/"));
    world.clock.advance(GRACE.stage_seconds + 1);
    sweep(&world, &Faults::none()).await;
    assert_eq!(world.operations.take().len(), 1, "lost");
    assert!(!stuck(), "the first order is not late");
    world.clock.advance(GRACE.stage_seconds * 2);
    sweep(&world, &Faults::none()).await;
    assert!(stuck());
    settle(&world, &file, "lost").await;
    assert_gone(&world, &file, State::Rejected, "lost");
}

/// The same, by an admin who does not wait for the sweeper.
#[tokio::test(start_paused = true)]
async fn a_retry_gives_the_order_when_it_is_overdue() {
    let [call, _] = publishing().await;
    let (world, file) = refused(call, BAD).await;
    let (status, _) = ask(&world, &file, RETRY, None, &Faults::none()).await;
    assert_eq!(status, 409, "not overdue");
    world.clock.advance(GRACE.stage_seconds + 1);
    done(&world, &file, RETRY, None).await;
    settle(&world, &file, "retried").await;
    assert_gone(&world, &file, State::Rejected, "retried");
}

/// A file that was restored and then refused goes, too.
#[tokio::test(start_paused = true)]
async fn so_it_is_after_a_restore() {
    let [call, _] = publishing().await;
    let (world, file) = failed_in_part(call, BAD).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    done(&world, &file, RESTORE, None).await;
    assert_eq!(state(&world, &file), State::Failed);
    done(&world, &file, RETRY, None).await;
    settle(&world, &file, "restored").await;
    assert_gone(&world, &file, State::Rejected, "restored");
}

/// A document of which no page can be shown has its original in delivery by then.
#[tokio::test(start_paused = true)]
async fn a_document_without_a_page_leaves_no_original() {
    let body = crate::pdfs::scene::without_pages(1);
    let (world, file) = crate::pdfs::scene::uploaded(1, &body);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    while post.deliver(&Faults::none()).await {
        let _seen = served(&world);
    }
    assert!(record(&world, &file).has_leftovers());
    settle(&world, &file, "no page").await;
    assert_gone(&world, &file, State::Rejected, "no page");
}

/// It failed before anything was copied: nobody knows that before somebody looks, and the CDN has nothing to forget.
#[tokio::test(start_paused = true)]
async fn where_nothing_is_found_the_cdn_is_not_asked() {
    let (world, file, order) = ordered(52).await;
    let world = Box::new(world);
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[order])).await;
    world.upload(&file, &another());
    world.clock.advance(10_000);
    done(&world, &file, RETRY, None).await;
    assert!(record(&world, &file).has_leftovers());
    settle(&world, &file, "nothing there").await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_eq!(world.cdn.asked_for().len(), 0);
}

/// A refusal at the first try costs nothing: nothing was published.
#[tokio::test(start_paused = true)]
async fn what_was_never_published_is_refused_at_once() {
    let world = World::new(1);
    let file = world.file("a.pdf");
    world.upload(&file, &dozo_tests::pdfs::plain(0));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    let refused = record(&world, &file);
    assert!(
        refused.was_accepted() && refused.is_at_rest(),
        "{refused:#?}"
    );
    assert_eq!(refused.state, State::Rejected);
}
