//! Tests suspending at every moment of a stage at work: whatever the stage does afterwards, the media is gone, and
//! after a restore the work is finished.

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use futures_util::poll;
use std::pin::pin;

use crate::operations::scene::*;

/// Suspends after the stage has made this many calls. Returns `false` if it makes fewer.
async fn suspended_at(moment: usize, world: &World, file: &UploadedFile) -> bool {
    let faults = Faults::none();
    let stage = world.validate_upload(&faults);
    let mut work = pin!(validate_upload::handle(
        &stage,
        Letter::batch(&[Letter::about(file, "s3")])
    ));
    while faults.calls() < moment {
        if poll!(work.as_mut()).is_ready() {
            return false;
        }
    }
    let (status, answer) = ask(world, file, SUSPEND, Some(ABUSE), &Faults::none()).await;
    // Until there is a record, there is nothing to suspend.
    if status == 404 {
        work.await;
        Post::new(world).finish().await;
        return true;
    }
    assert_eq!(status, 202, "{answer}");
    let mut post = Post::new(world);
    post.collect();
    // Let run-operation look for the first time while the stage is still at work.
    post.deliver(&Faults::none()).await;
    fetch(world, file);
    work.await;
    fetch(world, file);
    watch(world, file, &mut post).await;
    assert_eq!(state(world, file), State::Suspended, "at {moment}");
    assert_eq!(fetch(world, file).len(), 0, "at {moment}");
    true
}

#[tokio::test(start_paused = true)]
async fn suspended_at_any_moment_of_validation_is_gone_and_finished_after_a_restore() {
    let (expected, file) = published(9).await;
    let expected = (objects(&expected, Bucket::Delivery), file.media);
    let mut moments = 0;
    for moment in 0.. {
        let (mut world, file) = uploaded(9);
        world.store = world.store.paced_by(&MemoryClock::new(1));
        if !Box::pin(suspended_at(moment, &world, &file)).await {
            break;
        }
        moments += 1;
        if state(&world, &file) == State::Suspended {
            done(&world, &file, RESTORE, None).await;
        }
        assert_eq!(state(&world, &file), State::Ready, "at {moment}");
        let now = (objects(&world, Bucket::Delivery), file.media.clone());
        assert_eq!(now, expected, "at {moment}");
    }
    assert!(moments > 8, "only {moments} moments");
}
