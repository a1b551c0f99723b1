//! Counts how often the CDN is asked to forget, which costs money each time: by each operation, from each state.

use std::collections::BTreeSet;

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};

use crate::operations::faults::failed;
use crate::operations::scene::*;

/// How a media stands when it is withdrawn. It has been so for long, unless the name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Validating,
    /// It is being validated anew, after an earlier version was accepted and rejected as overwritten.
    ValidatingAnew,
    Processing,
    Rejected,
    /// By the stage that was to publish it.
    RejectedWhenAccepted,
    Failed,
    /// At the stage that was to publish it, just now.
    JustFailedWhenAccepted,
    JustReady,
    Ready,
    JustMoved,
    Moving,
    /// The CDN is to be asked, but was not.
    MovingAndQuiet,
    /// Nobody has begun to carry out the order.
    JustSuspending,
    /// The CDN was asked for the first time.
    Suspending,
    JustSuspended,
    Suspended,
    /// A media that was never accepted is suspended.
    SuspendedUnseen,
    Restoring,
}

use Standing::*;

/// The items that are paid for, for a suspension, a deletion and a move; `None` if it is refused.
const PAID: [(Standing, [Option<usize>; 3]); 18] = [
    (Validating, [Some(0), Some(0), None]),
    (ValidatingAnew, [Some(2), Some(1), None]),
    (Processing, [Some(2), Some(1), None]),
    (Rejected, [Some(0), Some(0), None]),
    // Nobody can be at work any more, but a viewer may be waiting for what is removed.
    (RejectedWhenAccepted, [Some(2), Some(1), None]),
    (Failed, [Some(0), Some(0), None]),
    (JustFailedWhenAccepted, [Some(2), Some(1), None]),
    (JustReady, [Some(2), Some(2), Some(2)]),
    (Ready, [Some(2), Some(1), Some(1)]),
    (JustMoved, [Some(2), Some(2), Some(2)]),
    // What is asked for again goes on, and costs what it costs. What is overtaken costs nothing any more.
    (Moving, [Some(2), Some(2), Some(1)]),
    (MovingAndQuiet, [Some(2), Some(2), Some(1)]),
    (JustSuspending, [Some(2), Some(2), None]),
    (Suspending, [Some(1), Some(2), None]),
    (JustSuspended, [Some(0), Some(0), None]),
    (Suspended, [Some(0), Some(0), None]),
    (SuspendedUnseen, [Some(0), Some(0), None]),
    (Restoring, [Some(2), Some(2), None]),
];

const LONG: u32 = 10_000;

/// The number of items that the CDN was asked to forget.
fn paid(world: &World) -> usize {
    world.cdn.asked_for().iter().map(Vec::len).sum()
}

fn put(world: &World, record: &MediaRecord) {
    let key = Key::Media(record.app.clone(), record.media.clone());
    let body = serde_json::to_vec(record).unwrap();
    world.store.upload(&key.location(), &body);
}

/// A media in another state, with an object that a stage has published and a viewer has fetched.
async fn in_state(state: State) -> (World, UploadedFile) {
    let (world, file) = published(1).await;
    fetch(&world, &file);
    let mut changed = record(&world, &file);
    changed.state = state;
    changed.state_since = dozo::ports::clock::Clock::now(&world.clock);
    if matches!(state, State::Rejected | State::Validating) {
        changed.content = None;
    }
    put(&world, &changed);
    (world, file)
}

async fn world_of(standing: Standing) -> (World, UploadedFile) {
    let (world, file) = match standing {
        Validating | SuspendedUnseen => {
            let (world, file) = uploaded(1);
            let (app, name) = (file.app.clone(), file.name.clone());
            let now = dozo::ports::clock::Clock::now(&world.clock);
            let seen = MediaRecord::new(app, &file.upload, name, Visibility::Public, now);
            put(&world, &seen);
            (world, file)
        }
        ValidatingAnew => in_state(State::Validating).await,
        Processing => in_state(State::Processing).await,
        Rejected => {
            let (world, file) = uploaded(1);
            world.upload(&file, b"no picture");
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "s3"));
            post.finish().await;
            assert_eq!(state(&world, &file), State::Rejected);
            (world, file)
        }
        RejectedWhenAccepted => in_state(State::Rejected).await,
        Failed => failed(1).await,
        JustFailedWhenAccepted => return in_state(State::Failed).await,
        JustReady => {
            let (world, file) = uploaded(1);
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "s3"));
            post.finish().await;
            return (world, file);
        }
        Ready | JustMoved | Moving | MovingAndQuiet | JustSuspending | Suspending
        | JustSuspended | Suspended | Restoring => published(1).await,
    };
    world.clock.advance(LONG);
    (world, file)
}

/// Carries out the operations that come before.
async fn prepare(standing: Standing, world: &World, file: &UploadedFile, post: &mut Post<'_>) {
    let before: &[(&str, Option<&str>)] = match standing {
        JustMoved | Moving | MovingAndQuiet => &[(VISIBILITY, Some(PRIVATE))],
        JustSuspending | Suspending | JustSuspended | Suspended | SuspendedUnseen => {
            &[(SUSPEND, Some(ABUSE))]
        }
        Restoring => &[(SUSPEND, Some(ABUSE)), (RESTORE, None)],
        Validating
        | ValidatingAnew
        | Processing
        | Rejected
        | RejectedWhenAccepted
        | Failed
        | JustFailedWhenAccepted
        | JustReady
        | Ready => &[],
    };
    for (route, body) in before {
        let (status, answer) = ask(world, file, route, *body, &Faults::none()).await;
        assert_eq!(status, 202, "{answer}");
        let under_way = match standing {
            MovingAndQuiet | Suspending => 2,
            Moving => 1,
            Restoring if *route == RESTORE => 1,
            JustSuspending => 0,
            _ => usize::MAX,
        };
        for _ in 0..under_way {
            fetch(world, file);
            if !post.deliver(&Faults::none()).await {
                break;
            }
        }
    }
    if matches!(standing, Suspended | SuspendedUnseen) {
        world.clock.advance(LONG);
    }
}

/// Withdraws a media, while viewers fetch. Returns how many items were paid for, or `None` if it was refused.
async fn cost(standing: Standing, route: &str, body: Option<&str>, end: State) -> Option<usize> {
    let (world, file) = world_of(standing).await;
    fetch(&world, &file);
    let mut post = Post::new(&world);
    prepare(standing, &world, &file, &mut post).await;
    let before = paid(&world);
    let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
    if status == 409 {
        return None;
    }
    assert!(matches!(status, 200 | 202), "{standing:?}: {answer}");
    watch(&world, &file, &mut post).await;
    assert_eq!(state(&world, &file), end, "{standing:?}");
    Some(paid(&world) - before)
}

#[tokio::test(start_paused = true)]
async fn the_cdn_is_asked_to_forget_only_as_often_as_is_needed() {
    for (standing, expected) in PAID {
        let moved = if matches!(standing, JustMoved) {
            PUBLIC
        } else {
            PRIVATE
        };
        let paid = [
            cost(standing, SUSPEND, Some(ABUSE), State::Suspended).await,
            cost(standing, DELETE, None, State::Deleted).await,
            cost(standing, VISIBILITY, Some(moved), State::Ready).await,
        ];
        assert_eq!(paid, expected, "{standing:?}");
    }
}

/// The last invalidation of each media comes when its time is over. Those that come together are one call, and an
/// order that is delivered twice pays once.
#[tokio::test(start_paused = true)]
async fn what_is_deleted_together_is_one_call() {
    let world = World::new(1);
    let files: Vec<_> = (0..3)
        .map(|number| world.file(&format!("{number}.png")))
        .collect();
    let mut post = Post::new(&world);
    for file in &files {
        world.upload(file, &good());
        post.notify(Letter::about(file, "s3"));
    }
    post.finish().await;
    world.clock.advance(LONG);
    for _ in 0..2 {
        for file in &files {
            let (status, _) = ask(&world, file, DELETE, None, &Faults::none()).await;
            assert_eq!(status, 202);
        }
    }
    let run = world.run_operation(&Faults::none());
    for seconds in [0, 100] {
        world.clock.advance(seconds);
        let orders: Vec<_> = world.operations.take().into_iter().map(letter).collect();
        let response = run_operation::handle(&run, Letter::batch(&orders)).await;
        assert!(response.batch_item_failures.is_empty());
    }
    let requests: Vec<_> = world.invalidations.take().into_iter().map(letter).collect();
    assert_eq!(paid(&world), 0);
    let forget = world.invalidate_cache(&Faults::none());
    invalidate_cache::handle(&forget, Letter::batch(&requests)).await;
    let mut items: Vec<_> = files
        .iter()
        .map(|file| Key::invalidation_item(&file.media))
        .collect();
    items.sort();
    assert_eq!(world.cdn.asked_for(), [items]);
    Post::new(&world).finish().await;
    assert!(
        files
            .iter()
            .all(|file| state(&world, file) == State::Deleted)
    );
    assert_eq!(world.cdn.invalidations(), 1);
}

/// An overtaken request is left out, but not a suspension whose erasure has not asked for itself: it may take long to
/// come to that. Where the record cannot tell, the CDN forgets: another media of the batch must not be served for
/// longer because of it.
#[tokio::test(start_paused = true)]
async fn in_doubt_the_cdn_forgets() {
    let (world, file) = published(1).await;
    let (unreadable, overtaken) = (world.file("unreadable.png"), world.file("overtaken.png"));
    for other in [&unreadable, &overtaken] {
        world.upload(other, &good());
        let mut post = Post::new(&world);
        post.notify(Letter::about(other, "s3"));
        post.finish().await;
    }
    world.clock.advance(LONG);
    for of in [&file, &unreadable, &overtaken] {
        ask(&world, of, SUSPEND, Some(ABUSE), &Faults::none()).await;
    }
    let run = world.run_operation(&Faults::none());
    for order in world.operations.take() {
        run_operation::handle(&run, Letter::batch(&[letter(order)])).await;
    }
    let requests: Vec<_> = world.invalidations.take().into_iter().map(letter).collect();
    let key = Key::Media(unreadable.app.clone(), unreadable.media.clone());
    world.store.upload(&key.location(), b"no record");
    ask(&world, &overtaken, DELETE, None, &Faults::none()).await;
    let forget = world.invalidate_cache(&Faults::none());
    invalidate_cache::handle(&forget, Letter::batch(&requests)).await;
    let items = |of: &[&UploadedFile]| {
        let items = of.iter().map(|of| Key::invalidation_item(&of.media));
        items
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let all = items(&[&file, &unreadable, &overtaken]);
    assert_eq!(world.cdn.asked_for(), std::slice::from_ref(&all));
    // The deletion asks for itself, and the requests come once more.
    drop(world.invalidations.take());
    for order in world.operations.take() {
        run_operation::handle(&run, Letter::batch(&[letter(order)])).await;
    }
    for own in world.invalidations.take() {
        invalidate_cache::handle(&forget, Letter::batch(&[letter(own)])).await;
    }
    invalidate_cache::handle(&forget, Letter::batch(&requests)).await;
    let asked: BTreeSet<_> = world.cdn.asked_for().into_iter().collect();
    let later = [items(&[&overtaken]), items(&[&file, &unreadable])];
    assert_eq!(asked, BTreeSet::from_iter(later.into_iter().chain([all])));
}
