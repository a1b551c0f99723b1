//! Tests that a lost order is sent again, and a lost event of S3, too.

use dozo::memory::web::Answer;
use dozo_tests::world::{GRACE, far};

use super::*;

/// Lets a grace pass, and runs the sweeper.
pub(super) async fn sweep(world: &World) {
    world.clock.advance(GRACE.stage_seconds + 2);
    let function = world.sweep_lost(&Faults::none());
    sweep_lost::handle(&function, far()).await.unwrap();
}

async fn asked(seed: u64, is_copy: bool) -> (World, UploadedFile) {
    let world = World::new(seed);
    let answer = if is_copy {
        let file = publish(&world, "a.png", &with_text()).await;
        copy(&world, &file, COPY, &json!({})).await
    } else {
        let answer = Answer {
            body: vec![with_text().into()],
            ..Answer::with_status(200)
        };
        world.web.answer_with(move |_| Ok(answer.clone()));
        ingest(&world, &json!({"url": "https://example.com/a.png"})).await
    };
    let new = expected(&answer, "a.png");
    (world, new)
}

#[tokio::test(start_paused = true)]
async fn a_lost_order_is_sent_again() {
    for is_copy in [true, false] {
        let (world, new) = asked(1, is_copy).await;
        assert_eq!(
            world.operations.take().len() + world.fetches.take().len(),
            1
        );
        sweep(&world).await;
        Post::new(&world).finish().await;
        assert_eq!(state(&world, &new), State::Ready, "a copy: {is_copy}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_event_is_sent_again() {
    for is_copy in [true, false] {
        let (world, new) = asked(2, is_copy).await;
        let mut sent = world.operations.take();
        sent.extend(world.fetches.take());
        let letter = Letter {
            id: "order".to_owned(),
            body: sent.remove(0).body,
            attempts: 1,
        };
        let batch = Letter::batch(&[letter]);
        let none = Faults::none();
        let answer = if is_copy {
            run_operation::handle(&world.run_operation(&none), batch).await
        } else {
            fetch_remote::handle(&world.fetch_remote(&none), batch).await
        };
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.store.take_brought().len(), 1);
        assert_eq!(state(&world, &new), State::Validating, "a copy: {is_copy}");
        sweep(&world).await;
        Post::new(&world).finish().await;
        assert_eq!(state(&world, &new), State::Ready, "a copy: {is_copy}");
        assert_eq!(world.web.received().len(), usize::from(!is_copy));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_each_time_has_failed_in_the_end_and_can_be_retried() {
    for is_copy in [true, false] {
        let (world, new) = asked(3, is_copy).await;
        for _ in 0..12 {
            let _lost = (world.operations.take(), world.fetches.take());
            world.clock.advance(GRACE.stage_seconds * 33);
            sweep(&world).await;
        }
        let record = world.record(&new).unwrap();
        assert_eq!(record.state, State::Failed, "a copy: {is_copy}");
        assert_eq!(record.last_error.unwrap().code, "lost");
        let retry = crate::operations::scene::RETRY;
        crate::operations::scene::done(&world, &new, retry, None).await;
        assert_eq!(state(&world, &new), State::Ready, "a copy: {is_copy}");
    }
}

/// A message about a file that is not there yet decides nothing.
#[tokio::test(start_paused = true)]
async fn an_event_that_comes_before_the_file_does_no_harm() {
    let (world, new) = asked(4, false).await;
    let stage = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&new, "early")]);
    let answer = validate_upload::handle(&stage, batch).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(state(&world, &new), State::Validating);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
}
