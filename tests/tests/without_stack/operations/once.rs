//! Tests what viewers get of a media that is deleted or moved, of which the CDN is made to forget once: until then, no
//! more than what a cache had, and afterwards nothing, whoever was at work before.

use std::pin::pin;

use bytes::Bytes;
use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::memory::store::MemoryStore;
use dozo::ports::clock::Clock;
use dozo::ports::store::{Condition, Headers, ObjectStore};
use dozo::stages::operate::THUMBS_AFTER_SECONDS;
use dozo::vocabulary::keys::{Bucket, CACHE_TAG, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far, request};
use futures_util::poll;

use crate::operations::scene::*;

/// The operations that take a media from its public address, and the state that each ends in.
const OPERATIONS: [(&str, Option<&str>, State); 2] = [
    (DELETE, None, State::Deleted),
    (VISIBILITY, Some(PRIVATE), State::Ready),
];

fn now(world: &World) -> i64 {
    world.clock.now().as_second()
}

/// Returns what viewers get at the public address, or have got since the CDN last forgot.
fn at_public(world: &World, file: &UploadedFile) -> Option<Bytes> {
    let seen = fetch(world, file);
    seen.into_iter()
        .find(|(key, _)| key.starts_with("public/"))
        .map(|(_, body)| body)
}

/// Whether DELIVERY holds anything at the public address.
fn is_public(world: &World) -> bool {
    let keys = world.store.contents(Bucket::Delivery).into_keys();
    keys.into_iter().any(|key| key.starts_with("public/"))
}

/// Makes an answer of render-thumbnail and lets the CDN cache it, as late as the caller wishes.
struct Rendered {
    origin: MemoryStore,
    location: ObjectLocation,
}

impl Rendered {
    async fn new(world: &World, file: &UploadedFile) -> Self {
        let path = format!(
            "public/demo/{}/iiif/image/full/9,/0/default.jpg",
            file.media
        );
        let renderer = world.render_thumbnail(&Faults::none());
        let event = request("GET", &format!("/{path}"), &[]);
        let reply = render_thumbnail::handle(&renderer, event, far()).await;
        assert_eq!(reply.status, 200);
        let tag = reply.headers.get("x-amz-meta-cache-tag").unwrap();
        let tag = tag.to_str().unwrap().to_owned();
        let headers = Headers {
            metadata: [(CACHE_TAG.to_owned(), tag)].into(),
            ..Headers::default()
        };
        let origin = MemoryStore::default();
        let location = ObjectLocation::anywhere(Bucket::Delivery, &path);
        let put = origin.put(&location, reply.body, &headers, Condition::Absent);
        put.await.unwrap();
        Self { origin, location }
    }

    fn arrives(&self, world: &World) {
        assert!(world.cdn.fetch(&self.origin, &self.location).is_some());
    }

    fn is_cached(&self, world: &World) -> bool {
        let nothing = MemoryStore::default();
        world.cdn.fetch(&nothing, &self.location).is_some()
    }
}

/// It is gone from the bucket at once. The CDN is not asked before a render that began before must have ended, and then
/// forgets all of it: the original, and what that render answered at last.
#[tokio::test(start_paused = true)]
async fn it_is_gone_from_the_bucket_at_once_and_from_the_cdn_after_a_minute() {
    for (route, body, end) in OPERATIONS {
        let (world, file) = published(1).await;
        let served = at_public(&world, &file);
        assert!(served.is_some());
        let render = Rendered::new(&world, &file).await;
        let begun = now(&world);
        let (status, _) = ask(&world, &file, route, body, &Faults::none()).await;
        assert_eq!(status, 202);
        let run = world.run_operation(&Faults::none());
        let orders: Vec<_> = world.operations.take().into_iter().map(letter).collect();
        run_operation::handle(&run, Letter::batch(&orders)).await;
        assert_eq!(world.invalidations.take(), [], "{route}: it waits");
        assert!(!is_public(&world), "{route}");
        assert_eq!(at_public(&world, &file), served, "{route}: from the cache");
        let mut post = Post::new(&world);
        post.collect();
        world.clock.advance(GRACE.render_seconds - 1);
        render.arrives(&world);
        assert_eq!(world.cdn.invalidations(), 0, "{route}");

        watch(&world, &file, &mut post).await;
        assert_eq!(state(&world, &file), end, "{route}");
        assert_eq!(at_public(&world, &file), None, "{route}");
        assert!(!render.is_cached(&world), "{route}");
        assert_eq!(world.cdn.invalidations(), 1, "{route}");
        // A look at the CDN's work comes after a second, and another one after two more. A picture that is served again is
        // then looked at for its thumbnails.
        let took = now(&world) - begun;
        let looks = 5 + u32::from(end == State::Ready) * THUMBS_AFTER_SECONDS;
        assert!(took <= i64::from(GRACE.render_seconds + looks), "{took} s");
    }
}

/// A media that became ready minutes ago may yet get an object from a second delivery of its upload. It does not wait
/// for that in the caches: what is cached when it is withdrawn is forgotten at once, and the rest when nobody can be at
/// work any more.
#[tokio::test(start_paused = true)]
async fn what_became_ready_just_now_is_forgotten_at_once_and_again() {
    for (route, body, end) in OPERATIONS {
        let (world, file) = uploaded(1);
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        post.finish().await;
        assert!(at_public(&world, &file).is_some());
        let begun = now(&world);
        ask(&world, &file, route, body, &Faults::none()).await;
        while at_public(&world, &file).is_some() {
            assert!(post.deliver(&Faults::none()).await);
        }
        assert!(now(&world) - begun <= 5, "{route}");
        watch(&world, &file, &mut post).await;
        assert_eq!(state(&world, &file), end, "{route}");
        assert_eq!(world.cdn.invalidations(), 2, "{route}");
    }
}

/// Lets one delivery of an upload make this many calls while another one publishes the media, withdraws it after
/// `rest` seconds, and lets the first one end. Returns `false` if it makes fewer calls.
async fn overtaken(
    (world, file): (&World, &UploadedFile),
    (moment, rest): (usize, u32),
    (route, body, end): (&str, Option<&str>, State),
) -> bool {
    let faults = Faults::none();
    let stage = world.validate_upload(&faults);
    let letter = Letter::about(file, "late");
    let mut late = pin!(validate_upload::handle(&stage, Letter::batch(&[letter])));
    while faults.calls() < moment {
        if poll!(late.as_mut()).is_ready() {
            return false;
        }
    }
    let mut post = Post::new(world);
    post.notify(Letter::about(file, "s3"));
    post.finish().await;
    assert_eq!(state(world, file), State::Ready);
    world.clock.advance(rest);
    fetch(world, file);
    ask(world, file, route, body, &Faults::none()).await;
    assert!(post.deliver(&Faults::none()).await);
    fetch(world, file);
    late.await;
    fetch(world, file);
    watch(world, file, &mut post).await;
    assert_eq!(state(world, file), end, "{route} at {moment}");
    assert_eq!(at_public(world, file), None, "{route} at {moment}");
    assert!(!is_public(world), "{route} at {moment}");
    true
}

#[tokio::test(start_paused = true)]
async fn a_late_delivery_of_its_upload_leaves_nothing_whenever_it_is_overtaken() {
    // At once; and so late that the CDN is asked once, because the stage's grace ends with that of a render.
    for rest in [0, GRACE.stage_seconds - GRACE.render_seconds] {
        for operation in OPERATIONS {
            let mut moments = 0;
            for moment in 0.. {
                let (mut world, file) = uploaded(9);
                world.store = world.store.paced_by(&MemoryClock::new(1));
                let case = (moment, rest);
                if !Box::pin(overtaken((&world, &file), case, operation)).await {
                    break;
                }
                moments += 1;
                let expected = if rest == 0 { 2 } else { 1 };
                assert_eq!(world.cdn.invalidations(), expected, "after {rest} s");
            }
            assert!(moments > 8, "only {moments} moments");
        }
    }
}

/// Deletes while a stage is at work on a media that is not ready yet.
async fn deleted_at(moment: usize, world: &World, file: &UploadedFile) -> bool {
    let faults = Faults::none();
    let stage = world.validate_upload(&faults);
    let letter = Letter::about(file, "s3");
    let mut work = pin!(validate_upload::handle(&stage, Letter::batch(&[letter])));
    while faults.calls() < moment {
        if poll!(work.as_mut()).is_ready() {
            return false;
        }
    }
    let (status, _) = ask(world, file, DELETE, None, &Faults::none()).await;
    // Until there is a record, there is nothing to delete.
    if status == 404 {
        work.await;
        return true;
    }
    let mut post = Post::new(world);
    assert!(post.deliver(&Faults::none()).await);
    fetch(world, file);
    work.await;
    fetch(world, file);
    watch(world, file, &mut post).await;
    assert_eq!(state(world, file), State::Deleted, "at {moment}");
    assert_eq!(fetch(world, file).len(), 0, "at {moment}");
    true
}

#[tokio::test(start_paused = true)]
async fn deleted_at_any_moment_of_validation_is_gone() {
    let (mut moments, mut paid) = (0, Vec::new());
    for moment in 0.. {
        let (mut world, file) = uploaded(9);
        world.store = world.store.paced_by(&MemoryClock::new(1));
        if !Box::pin(deleted_at(moment, &world, &file)).await {
            break;
        }
        moments += 1;
        if state(&world, &file) == State::Deleted {
            paid.push(world.cdn.invalidations());
        }
    }
    assert!(moments > 8, "only {moments} moments");
    // Before it is accepted nothing can be published, and while it is processed nobody knows its addresses.
    assert!(paid.is_sorted(), "{paid:?}");
    paid.dedup();
    assert_eq!(paid, [0, 1]);
}

/// A media that is suspended is not served, so nothing is asked of the CDN when it is deleted. A restore that was
/// accepted before, but whose change of the record was lost, brings nothing back.
#[tokio::test(start_paused = true)]
async fn deleted_while_suspended_nothing_comes_back_and_nothing_is_paid() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published(1).await;
            fetch(&world, &file);
            done(&world, &file, SUSPEND, Some(ABUSE)).await;
            let faults = Faults::at(number, fault);
            let (restore, _) = ask(&world, &file, RESTORE, None, &faults).await;
            let before = state(&world, &file);
            let paid = world.cdn.invalidations();
            let (status, _) = ask(&world, &file, DELETE, None, &Faults::none()).await;
            assert_eq!(status, 202);
            watch(&world, &file, &mut Post::new(&world)).await;
            assert_eq!(state(&world, &file), State::Deleted);
            if before == State::Suspended {
                assert_eq!(world.cdn.invalidations(), paid, "{fault:?} at {number}");
            }
            if faults.calls() <= number {
                assert_eq!((restore, before), (202, State::Restoring));
                break;
            }
        }
    }
}

/// A restore that has begun may have put objects, and viewers may have fetched them.
#[tokio::test(start_paused = true)]
async fn deleted_while_it_is_restored_it_is_forgotten() {
    let (mut world, file) = published(1).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    world.store = world.store.paced_by(&MemoryClock::new(1));
    world.clock.advance(GRACE.stage_seconds + 1);
    ask(&world, &file, RESTORE, None, &Faults::none()).await;
    let order = letter(world.operations.take().remove(0));
    let run = world.run_operation(&Faults::none());
    let mut work = pin!(run_operation::handle(&run, Letter::batch(&[order])));
    while world.store.find(&places(&file)[0]).is_none() {
        assert!(poll!(work.as_mut()).is_pending(), "it is back already");
        tokio::task::yield_now().await;
    }
    assert!(at_public(&world, &file).is_some());
    let (status, _) = ask(&world, &file, DELETE, None, &Faults::none()).await;
    assert_eq!(status, 202);
    let mut post = Post::new(&world);
    assert!(post.deliver(&Faults::none()).await);
    work.await;
    fetch(&world, &file);
    watch(&world, &file, &mut post).await;
    assert_eq!(state(&world, &file), State::Deleted);
    assert!(!is_public(&world) && at_public(&world, &file).is_none());
    assert_eq!(record(&world, &file).visibility, Visibility::Public);
}
