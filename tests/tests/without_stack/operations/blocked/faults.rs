//! Tests any fault at any call of a suspension and of a restore: in the end the bytes are blocked while the media is
//! suspended, and not when it is restored.

use dozo::memory::faults::Fault;
use dozo::vocabulary::state::State;

use crate::operations::blocked::*;

/// Makes two media of the same bytes, of which the second is suspended if `held`.
async fn two(held: bool) -> (World, UploadedFile, UploadedFile) {
    let kind = Kind::Picture;
    let (world, bytes) = (kind.world(), kind.bytes(1));
    let (first, second) = (kind.file(&world, "first"), kind.file(&world, "second"));
    for file in [&first, &second] {
        publish(&world, file, &bytes).await;
    }
    if held {
        done(&world, &second, SUSPEND, Some(ABUSE)).await;
    }
    (world, first, second)
}

/// Suspends the first media and restores it, with a fault at this call of either; returns whether it was reached.
async fn struck(fault: Fault, number: usize, held: bool) -> bool {
    let (world, first, second) = two(held).await;
    let bytes = Kind::Picture.bytes(1);
    let others: &[&UploadedFile] = if held { &[&second] } else { &[] };
    let alone = || {
        if held {
            block_of(&bytes, others)
        } else {
            BTreeMap::new()
        }
    };
    let context = format!("{fault:?} at call {number}, held by another: {held}");
    let faults = Faults::at(number, fault);
    for (route, body, end) in [
        (SUSPEND, Some(ABUSE), State::Suspended),
        (RESTORE, None, State::Ready),
    ] {
        ask(&world, &first, route, body, &faults).await;
        let mut post = Post::new(&world);
        while faults.calls() <= number && post.deliver(&faults).await {}
        post.finish().await;
        if state(&world, &first) != end {
            ask(&world, &first, route, body, &Faults::none()).await;
            Post::new(&world).finish().await;
        }
        assert_eq!(state(&world, &first), end, "{context}");
        let expected = match end {
            State::Suspended => block_of(&bytes, &[others, &[&first]].concat()),
            _ => alone(),
        };
        assert_eq!(blocks(&world), expected, "{context}");
    }
    faults.calls() > number
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_the_block_as_the_media_is() {
    let mut count = 0;
    for held in [false, true] {
        for fault in Fault::ALL {
            let mut number = 0;
            while struck(fault, number, held).await {
                number += 1;
            }
            count += number;
        }
    }
    assert!(count > 300, "only {count} faults struck");
}

/// The block is put before anything is moved, so a death after any call leaves the bytes blocked.
#[tokio::test(start_paused = true)]
async fn bytes_are_blocked_before_anything_is_moved() {
    let (world, first, _) = two(false).await;
    order(&world, &first, SUSPEND, Some(ABUSE)).await;
    let faults = Faults::none();
    assert!(Post::new(&world).deliver(&faults).await);
    let log = faults.log();
    let at = |what: &str| {
        log.iter()
            .position(|(call, on)| call.name.contains("put") && on.contains(what))
    };
    let moved = log
        .iter()
        .position(|(_, on)| on.starts_with("Backup public/"));
    assert!(
        at("Records blocked/").is_some() && at("Records blocked/") < moved,
        "{log:?}"
    );
}

/// A block that cannot be written keeps nothing public, but the suspension does not end without it.
#[tokio::test(start_paused = true)]
async fn what_is_public_goes_even_if_the_block_cannot_be_written() {
    let (world, first, _) = two(false).await;
    let location = Key::Blocked(FileDigest::of(&Kind::Picture.bytes(1))).location();
    world.store.upload(&location, b"no block");
    order(&world, &first, SUSPEND, Some(ABUSE)).await;
    let mut post = Post::new(&world);
    for _ in 0..10 {
        post.deliver(&Faults::none()).await;
    }
    assert!(delivered(&world, &first).is_empty());
    assert_eq!(state(&world, &first), State::Suspending);
    world.store.expire(&location);
    post.finish().await;
    if state(&world, &first) == State::Suspending {
        ask(&world, &first, SUSPEND, Some(ABUSE), &Faults::none()).await;
        Post::new(&world).finish().await;
    }
    assert_eq!(state(&world, &first), State::Suspended);
    assert_eq!(blocks(&world), block_of(&Kind::Picture.bytes(1), &[&first]));
}
