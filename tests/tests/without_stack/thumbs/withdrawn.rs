//! Tests that no thumbnail stays of a picture that is withdrawn while they are made, and that operations take them along.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::Letter;
use serde_json::json;

use super::{CARD, LAZY, WIDER, about, changed_to, make, published, register, stored};
use crate::operations::scene::{
    ABUSE, DELETE, PRIVATE, RESTORE, SUSPEND, VISIBILITY, ask, done, state,
};

/// The record says so before any call of the process that makes them.
#[tokio::test(start_paused = true)]
async fn nothing_stays_of_a_picture_that_is_withdrawn_meanwhile() {
    for withdrawn in [State::Suspending, State::Moving, State::Deleting] {
        let mut moments = 0;
        for moment in 0.. {
            let (world, file) = published(LAZY).await;
            register(&world, CARD);
            let (store, record) = (world.store.clone(), world.record(&file).unwrap());
            let key = format!("media/demo/{}.json", file.media);
            let faults = Faults::planned(move |number| {
                if number == moment {
                    let mut record = record.clone();
                    record.state = withdrawn;
                    record.generation += 1;
                    let location = ObjectLocation::anywhere(Bucket::Records, &key);
                    store.upload(&location, json!(record).to_string().as_bytes());
                }
                None
            });
            assert!(make(&world, &file, &faults).await);
            if faults.calls() <= moment {
                assert_eq!(stored(&world).len(), 2);
                break;
            }
            assert!(stored(&world).is_empty(), "{withdrawn} at {moment}");
            moments = moment;
        }
        assert!(moments > 8, "{moments}");
    }
}

/// A process dies right after each of its calls, and the picture is suspended then.
#[tokio::test(start_paused = true)]
async fn what_a_process_left_that_died_is_taken_along() {
    for number in 0.. {
        let (world, file) = published(LAZY).await;
        world.clock.advance(10_000);
        register(&world, CARD);
        let faults = Faults::at(number, Fault::DiesAfter);
        make(&world, &file, &faults).await;
        let is_reached = faults.calls() > number;
        done(&world, &file, SUSPEND, Some(ABUSE)).await;
        assert_eq!(state(&world, &file), State::Suspended);
        assert!(
            world.store.contents(Bucket::Delivery).is_empty(),
            "{number}"
        );
        // Its message comes again.
        assert!(make(&world, &file, &Faults::none()).await);
        assert!(
            world.store.contents(Bucket::Delivery).is_empty(),
            "{number}"
        );
        done(&world, &file, RESTORE, None).await;
        assert_eq!(stored(&world).len(), 2, "{number}");
        if !is_reached {
            break;
        }
    }
}

/// The message is on its way when the operation begins, and received at any time of it.
#[tokio::test(start_paused = true)]
async fn a_message_at_any_time_of_an_operation_leaves_nothing() {
    for (route, body) in [
        (SUSPEND, Some(ABUSE)),
        (VISIBILITY, Some(PRIVATE)),
        (DELETE, None),
    ] {
        for moment in 0..12 {
            let (world, file) = published(CARD).await;
            world.clock.advance(10_000);
            let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
            assert_eq!(status, 202, "{answer}");
            let mut post = Post::new(&world);
            for _ in 0..moment {
                post.deliver(&Faults::none()).await;
            }
            register(&world, WIDER);
            make(&world, &file, &Faults::none()).await;
            post.finish().await;
            let public = world.store.contents(Bucket::Delivery).into_keys();
            let public: Vec<_> = public.filter(|key| key.starts_with("public/")).collect();
            assert!(public.is_empty(), "{route}: {public:?}");
            let expected = usize::from(route == VISIBILITY) * 2;
            assert_eq!(stored(&world).len(), expected, "{route}");
        }
    }
}

/// The preset changes while the picture is suspended: it comes back with new thumbnails.
#[tokio::test(start_paused = true)]
async fn a_restored_picture_gets_what_it_missed() {
    let (world, file) = published(CARD).await;
    world.clock.advance(10_000);
    let before = stored(&world);
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    assert_eq!(changed_to(&world, WIDER, &Faults::none()).await.0, 200);
    Post::new(&world).finish().await;
    assert!(stored(&world).is_empty());
    done(&world, &file, RESTORE, None).await;
    let after = stored(&world);
    assert!(before.keys().eq(after.keys()));
    for object in after.values() {
        let size = image::load_from_memory(&object.body).unwrap();
        assert_eq!((size.width(), size.height()), (310, 8));
    }
    // A message about it that was given up is of no media.
    let app = world.record_failure(&Faults::none());
    let answer = record_failure::handle(&app, Letter::batch(&[about(&file)])).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(state(&world, &file), State::Ready);
}
