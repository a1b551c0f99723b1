//! Tests an order that is carried out long after it was given, while a viewer waits for what is removed: the answer to the
//! viewer fills a cache, and the CDN is made to forget it all the same.

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::ports::store::Object;
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, World};
use jiff::Timestamp;

use crate::operations::scene::*;

/// The operations that take a media from its public address, and the state that each ends in.
const OPERATIONS: [(&str, Option<&str>, State); 3] = [
    (SUSPEND, Some(ABUSE), State::Suspended),
    (DELETE, None, State::Deleted),
    (VISIBILITY, Some(PRIVATE), State::Ready),
];

/// Longer than any grace, in seconds.
const LATE: u32 = 10_000;

/// The requests of viewers for all that is public, on their way to the CDN.
struct OnTheirWay {
    since: Timestamp,
    answers: Vec<(ObjectLocation, Object)>,
}

impl OnTheirWay {
    fn begin(world: &World) -> Self {
        let public = world.store.contents(Bucket::Delivery).into_iter();
        let answers = public.filter(|(key, _)| key.starts_with("public/"));
        Self {
            since: world.clock.now(),
            answers: answers
                .map(|(key, object)| (ObjectLocation::anywhere(Bucket::Delivery, &key), object))
                .collect(),
        }
    }

    /// Lets the answers arrive now, unless the CDN would have broken off.
    fn arrive(&self, world: &World) {
        let seconds = world.clock.now().duration_since(self.since).as_secs();
        if seconds < i64::from(GRACE.render_seconds) {
            for (location, object) in &self.answers {
                world.cdn.fill(location, object.clone());
            }
        }
    }
}

async fn ordered_long_ago(route: &str, body: Option<&str>) -> (World, UploadedFile) {
    let (world, file) = published(1).await;
    let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
    assert_eq!(status, 202, "{answer}");
    (world, file)
}

/// Delivers everything, with these faults at the first delivery, while the viewers' answers arrive as late as they can.
async fn deliver(world: &World, first: &[&Faults]) {
    let mut post = Post::new(world);
    post.collect();
    world.clock.advance(LATE);
    let viewers = OnTheirWay::begin(world);
    assert!(!viewers.answers.is_empty());
    if let [one, other] = first {
        post.repeat(0, 0);
        post.deliver_two([*one, *other]).await;
    }
    if let [one] = first {
        post.deliver(one).await;
    }
    viewers.arrive(world);
    while post.deliver(&Faults::none()).await {
        viewers.arrive(world);
    }
}

fn assert_gone(world: &World, file: &UploadedFile, end: State, when: &str) {
    assert_eq!(state(world, file), end, "{when}");
    let seen: Vec<_> = fetch(world, file).into_keys().collect();
    let is_public = seen.iter().any(|key| key.starts_with("public/"));
    assert!(!is_public, "{when}: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_late_outlasts_viewers() {
    for (route, body, end) in OPERATIONS {
        for kind in Fault::ALL {
            for call in 0.. {
                let (world, file) = ordered_long_ago(route, body).await;
                let faults = Faults::at(call, kind);
                deliver(&world, &[&faults]).await;
                let when = format!("{route}, {kind:?} at call {call}");
                assert_gone(&world, &file, end, &when);
                if faults.calls() <= call {
                    break;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_do_two_runs_at_the_same_time() {
    for (route, body, end) in OPERATIONS {
        for call in 0.. {
            let (world, file) = ordered_long_ago(route, body).await;
            let faults = Faults::at(call, Fault::AnswerLost);
            deliver(&world, &[&faults, &Faults::none()]).await;
            let when = format!("{route}, twice, the answer of call {call} lost");
            assert_gone(&world, &file, end, &when);
            if faults.calls() <= call {
                break;
            }
        }
    }
}
