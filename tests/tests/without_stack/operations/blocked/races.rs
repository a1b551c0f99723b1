//! Tests uploads that race with the suspension of the same bytes: each is ready whole, or refused with nothing public.

use dozo::memory::faults::Fault;
use dozo::memory::store::MemoryStore;
use dozo::vocabulary::access::Call;
use dozo::vocabulary::state::State;

use crate::operations::blocked::*;

/// Blocks bytes, as the suspension of another media does.
fn block(store: &MemoryStore, bytes: &[u8]) {
    let block = json!({"holders": [], "and_more": true}).to_string();
    let location = Key::Blocked(FileDigest::of(bytes)).location();
    store.upload(&location, block.as_bytes());
}

/// The outcome of an upload, and the number of calls that it took.
struct Brought {
    state: State,
    keys: BTreeSet<String>,
    calls: usize,
}

/// Uploads a file. Its bytes are blocked right before this call, at which the process dies if `dies`; then all messages
/// come again.
async fn blocked_before(kind: Kind, moment: usize, dies: bool) -> Brought {
    let (world, bytes) = (kind.world(), kind.bytes(1));
    let file = kind.file(&world, "first");
    world.upload(&file, &bytes);
    let (store, blocked) = (world.store.clone(), bytes.clone());
    let faults = Faults::planned(move |call| {
        if call == moment {
            block(&store, &blocked);
        }
        (call == moment && dies).then_some(Fault::DiesBefore)
    });
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    while !faults.died() && post.deliver(&faults).await {}
    post.finish().await;
    let (state, keys) = (state(&world, &file), delivered(&world, &file));
    if state == State::Rejected {
        assert_refused(&world, &file, &format!("{kind:?}: before {moment}"));
    }
    Brought {
        state,
        keys,
        calls: faults.calls(),
    }
}

async fn at_every_call(kind: Kind) {
    let whole = blocked_before(kind, usize::MAX, false).await;
    assert_eq!(whole.state, State::Ready);
    for dies in [false, true] {
        let mut outcomes = Vec::new();
        for moment in 0..whole.calls {
            let brought = blocked_before(kind, moment, dies).await;
            outcomes.push(brought.state);
            if brought.state != State::Rejected {
                assert_eq!(brought.state, State::Ready, "{kind:?}: before {moment}");
                assert_eq!(brought.keys, whole.keys, "{kind:?}: before {moment}");
            }
        }
        // First it is refused, from some call on it is published.
        let refused = outcomes.partition_point(|state| *state == State::Rejected);
        let rest = outcomes.get(refused..).unwrap_or_default();
        assert!(
            rest.iter().all(|state| *state == State::Ready),
            "{outcomes:?}"
        );
        assert!(refused > 3 && !rest.is_empty(), "{outcomes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_picture() {
    at_every_call(Kind::Picture).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_document() {
    at_every_call(Kind::Document).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_film() {
    at_every_call(Kind::Film).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_film_by_a_service() {
    at_every_call(Kind::FilmByService).await;
}

/// Blocked bytes cost no transcoding.
#[tokio::test(start_paused = true)]
async fn nothing_is_made_of_a_blocked_film() {
    for kind in [Kind::Film, Kind::FilmByService] {
        let (world, bytes) = (kind.world(), kind.bytes(1));
        let file = kind.file(&world, "first");
        block(&world.store, &bytes);
        bring(&world, &file, &bytes).await;
        assert_refused(&world, &file, &format!("{kind:?}"));
        assert_eq!((world.transcoder.runs(), world.jobs.all().len()), (0, 0));
    }
}

/// The engine has all of a process's time, or it would refuse a film that it could make.
#[tokio::test(start_paused = true)]
async fn a_film_that_is_read_slowly_is_made_by_the_next_process() {
    let mut reading: Option<usize> = None;
    for is_slow in [false, true] {
        let world = Kind::Film.world();
        let file = Kind::Film.file(&world, "first");
        world.upload(&file, &Kind::Film.bytes(1));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        post.deliver(&Faults::none()).await;
        let clock = world.clock.clone();
        let slow = reading.filter(|_| is_slow);
        let faults = Faults::planned(move |call| {
            if Some(call) == slow {
                clock.advance(60);
            }
            None
        });
        post.deliver(&faults).await;
        let log = faults.log();
        let is_read =
            |(call, on): &(Call, String)| call.name == "s3:read" && on.starts_with("Upload ");
        reading = log.iter().position(is_read);
        assert!(reading.is_some(), "nothing is read");
        assert_eq!(world.transcoder.runs(), u32::from(!is_slow));
        post.finish().await;
        assert_eq!(
            (state(&world, &file), world.transcoder.runs()),
            (State::Ready, 1)
        );
    }
}
