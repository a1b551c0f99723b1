//! Tests that what was not announced is found by the sweeper, and by it alone if no hint ever comes.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};

use super::{ABUSE, DELETE, PRIVATE, SUSPEND, VISIBILITY, good, hint, kinds, order, put, ready};

async fn sweep(world: &World, faults: &Faults) -> Option<dozo::stages::sweep::Found> {
    world.clock.advance(GRACE.stage_seconds * 2);
    let found = sweep_lost::handle(&world.sweep_lost(faults), far()).await;
    found.ok()
}

fn marks(world: &World) -> usize {
    let keys = world.store.contents(Bucket::Records).into_keys();
    keys.filter(|key| key.starts_with("begun/")).count()
}

/// Delivers what the sweeper has sent, and nothing else.
async fn deliver(world: &World) {
    Post::new(world).announcing_nothing().finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_media_whose_hint_was_lost_is_announced_by_the_sweeper() {
    let (world, file) = ready(1).await;
    let found = sweep(&world, &Faults::none()).await.unwrap();
    assert_eq!((found.announced, found.ended), (1, 0));
    assert_eq!(marks(&world), 1);
    deliver(&world).await;
    assert_eq!(kinds(&world, &file), ["media.ready"]);
    let found = sweep(&world, &Faults::none()).await.unwrap();
    assert_eq!((found.announced, found.ended), (0, 1));
    assert_eq!(marks(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_announced_has_no_mark_left() {
    let (world, file) = ready(2).await;
    assert!(hint(&world, &file, &Faults::none()).await);
    let found = sweep(&world, &Faults::none()).await.unwrap();
    assert_eq!((found.announced, found.ended), (0, 1));
    assert_eq!((marks(&world), world.announcements.take()), (0, vec![]));
}

/// Every kind of change is found, also the ones whose record was written once only.
#[tokio::test(start_paused = true)]
async fn the_sweeper_finds_every_change_without_any_hint() {
    let world = World::new(3);
    let (bad, good_one, failed) = (world.file("a"), world.file("b.png"), world.file("c.png"));
    put(&world, &bad, b"no picture", "1").await;
    put(&world, &good_one, &good(1), "2").await;
    let dead = Letter::batch(&[Letter::about(&failed, "3")]);
    record_failure::handle(&world.record_failure(&Faults::none()), dead).await;
    sweep(&world, &Faults::none()).await.unwrap();
    deliver(&world).await;
    assert_eq!(kinds(&world, &bad), ["media.rejected"]);
    assert_eq!(kinds(&world, &good_one), ["media.ready"]);
    assert_eq!(kinds(&world, &failed), ["media.failed"]);
    let mut expected = vec!["media.ready"];
    for (route, body, kind) in [
        (VISIBILITY, Some(PRIVATE), "media.visibility_changed"),
        (SUSPEND, Some(ABUSE), "media.suspended"),
        (DELETE, None, "media.deleted"),
    ] {
        order(&world, &good_one, route, body).await;
        sweep(&world, &Faults::none()).await.unwrap();
        deliver(&world).await;
        expected.push(kind);
        assert_eq!(kinds(&world, &good_one), expected);
    }
}

/// A media that the sweeper itself gives up is one, too.
#[tokio::test(start_paused = true)]
async fn a_media_that_was_lost_is_told_to_have_failed() {
    let world = World::new(4);
    let file = world.file("a.pdf");
    world.upload(&file, &dozo_tests::pdfs::plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    for _ in 0..16 {
        let _lost = (world.pdfs.take(), world.uploads.take());
        world.clock.advance(GRACE.stage_seconds * 33);
        sweep(&world, &Faults::none()).await.unwrap();
    }
    deliver(&world).await;
    assert_eq!(kinds(&world, &file), ["media.failed"]);
}

/// The bus takes nothing for a day: the hint comes again and again, later each time.
#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_while_the_bus_is_down() {
    let (world, file) = ready(5).await;
    let mut hints = 0;
    for _ in 0..100 {
        sweep(&world, &Faults::none()).await.unwrap();
        hints += world.announcements.take().len();
    }
    assert!((4..=40).contains(&hints), "{hints}");
    assert_eq!(marks(&world), 1);
    world.clock.advance(GRACE.stage_seconds * 33);
    sweep(&world, &Faults::none()).await.unwrap();
    deliver(&world).await;
    assert_eq!(kinds(&world, &file), ["media.ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_sweeper_that_dies_at_any_call_loses_nothing() {
    for number in 0..14 {
        for fault in Fault::ALL {
            let (world, file) = ready(6).await;
            sweep(&world, &Faults::at(number, fault)).await;
            for _ in 0..3 {
                sweep(&world, &Faults::none()).await.unwrap();
                deliver(&world).await;
            }
            assert_eq!(kinds(&world, &file), ["media.ready"], "{fault:?} {number}");
            sweep(&world, &Faults::none()).await.unwrap();
            assert_eq!(marks(&world), 0, "{fault:?} at {number}");
        }
    }
}
