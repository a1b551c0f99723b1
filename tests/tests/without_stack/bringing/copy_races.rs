//! Tests copies with a fault, a suspension or a deletion at any call, twice and at the same time.

use dozo::memory::faults::Fault;
use dozo::vocabulary::digest::FileDigest;

use super::*;
use crate::operations::scene::{ABUSE, DELETE, PRIVATE, RESTORE, SUSPEND, VISIBILITY, done};

/// More calls than copying makes.
const CALLS: usize = 20;

/// A world with a media, of which a copy was asked for.
async fn asked(seed: u64) -> (World, UploadedFile, UploadedFile) {
    let world = World::new(seed);
    let file = publish(&world, "a.png", &with_text()).await;
    let new = expected(&copy(&world, &file, COPY, &json!({})).await, "a.png");
    (world, file, new)
}

/// Takes the one order to copy.
fn order(world: &World) -> Letter {
    let mut sent = world.operations.take();
    assert_eq!(sent.len(), 1);
    Letter {
        id: "order".to_owned(),
        body: sent.remove(0).body,
        attempts: 1,
    }
}

/// Hands an order to run-operation; returns whether it was handled.
async fn carry_out(world: &World, letter: &Letter, faults: &Faults) -> bool {
    let batch = Letter::batch(std::slice::from_ref(letter));
    let answer = run_operation::handle(&world.run_operation(faults), batch).await;
    answer.batch_item_failures.is_empty()
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_one_copy() {
    let (world, _, new) = asked(1).await;
    let all = Faults::none();
    assert!(carry_out(&world, &order(&world), &all).await);
    assert!(all.calls() < CALLS, "{}", all.calls());
    assert_eq!(uploads(&world).len(), 2);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    let whole = world.store.contents(Bucket::Delivery).len();
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let (world, _, new) = asked(1).await;
            let letter = order(&world);
            let context = format!("{fault:?} at {number}");
            if !carry_out(&world, &letter, &Faults::at(number, fault)).await {
                let again = Letter {
                    attempts: 2,
                    ..letter
                };
                assert!(
                    carry_out(&world, &again, &Faults::none()).await,
                    "{context}"
                );
            }
            Post::new(&world).finish().await;
            assert_eq!(state(&world, &new), State::Ready, "{context}");
            assert_eq!(
                world.store.contents(Bucket::Delivery).len(),
                whole,
                "{context}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_twice_or_late_copies_once() {
    let (world, _, new) = asked(2).await;
    let letter = order(&world);
    for _ in 0..2 {
        assert!(carry_out(&world, &letter, &Faults::none()).await);
    }
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    let before = world.record(&new);
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(world.record(&new), before);
    assert_eq!(uploads(&world).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_withdrawn_before_is_not_copied() {
    for (route, body) in [(SUSPEND, Some(ABUSE)), (DELETE, None)] {
        let (world, file, new) = asked(3).await;
        let letter = order(&world);
        done(&world, &file, route, body).await;
        let before = uploads(&world);
        assert!(carry_out(&world, &letter, &Faults::none()).await);
        Post::new(&world).finish().await;
        assert_eq!(
            rejection(&world, &new).as_deref(),
            Some("source_withdrawn"),
            "{route}"
        );
        assert_eq!(uploads(&world), before, "{route}");
        assert_eq!(delivered(&world, &new), BTreeSet::new(), "{route}");
    }
}

/// A media that is moved is copied from where it lies then.
#[tokio::test(start_paused = true)]
async fn what_moves_is_copied_afterwards() {
    let (world, file, new) = asked(4).await;
    let letter = order(&world);
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let event = call(VISIBILITY, &path, &[], Some(PRIVATE));
    suspend_media::handle(&world.suspend_media(&Faults::none()), event).await;
    assert_eq!(state(&world, &file), State::Moving);
    assert!(!carry_out(&world, &letter, &Faults::none()).await);
    assert_eq!(world.operations.waits().last().unwrap().1, 60);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &file), State::Ready);
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    // It was asked for when the media was public.
    assert_eq!(world.record(&new).unwrap().visibility.as_str(), "public");
}

/// A file that was copied before the media was suspended is an upload of blocked bytes, although metadata was taken out
/// of it.
#[tokio::test(start_paused = true)]
async fn what_is_suspended_after_it_was_copied_is_refused() {
    let (world, file, new) = asked(5).await;
    assert!(carry_out(&world, &order(&world), &Faults::none()).await);
    let copied = world.store.find(&new.key().location()).unwrap();
    assert_ne!(FileDigest::of(&copied.body), FileDigest::of(&with_text()));
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    assert_eq!(rejection(&world, &new).as_deref(), Some("source_withdrawn"));
    assert_eq!(delivered(&world, &new), BTreeSet::new());
    // Another media with the first file's bytes may be the one that is suspended.
    let (world, _, new) = asked(6).await;
    assert!(carry_out(&world, &order(&world), &Faults::none()).await);
    let block = Key::Blocked(FileDigest::of(&with_text())).location();
    world
        .store
        .upload(&block, br#"{"holders": [], "and_more": true}"#);
    Post::new(&world).finish().await;
    assert_eq!(rejection(&world, &new).as_deref(), Some("blocked_content"));
    assert_eq!(delivered(&world, &new), BTreeSet::new());
}

/// Suspends the media when run-operation makes this call; afterwards all messages are delivered.
async fn suspended_before(moment: usize, dies: bool) -> (World, UploadedFile, UploadedFile, usize) {
    let (world, file, new) = asked(7).await;
    let letter = order(&world);
    let suspending = {
        let (other, _, _) = asked(7).await;
        let letter = order(&other);
        done(&other, &file, SUSPEND, Some(ABUSE)).await;
        drop(letter);
        let key = Key::Media(file.app.clone(), file.media.clone()).location();
        other.store.find(&key).unwrap()
    };
    let (store, key) = (
        world.store.clone(),
        Key::Media(file.app.clone(), file.media.clone()),
    );
    let faults = Faults::planned(move |number| {
        if number == moment {
            // The record of a media that is suspended; its objects are still there.
            store.upload(&key.location(), &suspending.body);
        }
        (number == moment && dies).then_some(Fault::DiesAfter)
    });
    if !carry_out(&world, &letter, &faults).await {
        let again = Letter {
            attempts: 2,
            ..letter
        };
        carry_out(&world, &again, &Faults::none()).await;
    }
    Post::new(&world).finish().await;
    (world, file, new, faults.calls())
}

#[tokio::test(start_paused = true)]
async fn a_suspension_at_any_call_leaves_nothing_public() {
    for dies in [false, true] {
        let mut moments = 0;
        for moment in 0..CALLS {
            let (world, _, new, calls) = suspended_before(moment, dies).await;
            if moment >= calls {
                break;
            }
            moments += 1;
            let context = format!("before {moment}, dies: {dies}");
            assert_eq!(
                rejection(&world, &new).as_deref(),
                Some("source_withdrawn"),
                "{context}"
            );
            assert_eq!(delivered(&world, &new), BTreeSet::new(), "{context}");
        }
        assert!(moments > 6, "{moments}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_suspended_or_deleted_before_it_is_there_ends_so() {
    let (world, _, new) = asked(8).await;
    let letter = order(&world);
    done(&world, &new, SUSPEND, Some(ABUSE)).await;
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Suspended);
    // Who restores it gets the copy.
    done(&world, &new, RESTORE, None).await;
    assert_eq!(state(&world, &new), State::Ready);

    let (world, _, new) = asked(9).await;
    let letter = order(&world);
    done(&world, &new, DELETE, None).await;
    assert!(carry_out(&world, &letter, &Faults::none()).await);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Deleted);
    let grant = Key::Grant(new.app.clone(), new.upload.clone()).location();
    let grant = world.store.find(&grant).unwrap();
    let grant: Value = serde_json::from_slice(&grant.body).unwrap();
    assert_eq!(
        grant.get("origin"),
        None,
        "it says where the file came from"
    );
}
