//! Tests posters that apps choose: the latest choice is put in place of the poster that is there, whatever comes in between,
//! and nowhere else.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::clips::{film, silence};
use dozo_tests::engine::{Meddled, ToyEngine};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far};
use serde_json::json;

use crate::operations::scene::{
    ABUSE, DELETE, Objects, PRIVATE, RESTORE, SUSPEND, VISIBILITY, ask, done, objects, record,
    state,
};

const POSTER: &str = "POST /apps/{app}/media/{media}/poster";
const AT: &str = r#"{"at": 2.5}"#;

async fn brought(name: &str, body: &[u8]) -> (World, UploadedFile) {
    let world = World::new(12);
    let file = world.file(name);
    world.upload(&file, body);
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    world.clock.advance(10_000);
    (world, file)
}

async fn published() -> (World, UploadedFile) {
    brought("a film.webm", &film(640, 360, 4_000.0)).await
}

/// Returns the posters in a bucket, by their visibility.
fn posters(world: &World, bucket: Bucket) -> Vec<(String, String)> {
    let found = objects(world, bucket).into_iter();
    let posters = found.filter(|(key, _)| key.ends_with("/poster.jpg"));
    posters
        .map(|(key, (body, _))| {
            let (visibility, _) = key.split_once('/').unwrap();
            let text = String::from_utf8_lossy(&body).into_owned();
            (visibility.to_owned(), text)
        })
        .collect()
}

fn poster(world: &World) -> String {
    let [(_, text)] = posters(world, Bucket::Delivery).try_into().unwrap();
    text
}

/// Takes the orders that were sent.
fn orders(world: &World) -> Vec<Letter> {
    let sent = world.videos.take().into_iter().enumerate();
    sent.map(|(number, sent)| Letter {
        id: number.to_string(),
        body: sent.body,
        attempts: 1,
    })
    .collect()
}

/// Delivers an order; returns whether it was acknowledged.
async fn deliver(world: &World, order: &Letter, faults: &Faults) -> bool {
    let function = world.transcode_media(faults);
    let batch = Letter::batch(std::slice::from_ref(order));
    let answer = transcode_media::handle(&function, batch, far()).await;
    answer.batch_item_failures.is_empty() && !faults.died()
}

async fn choose(world: &World, file: &UploadedFile, body: &str) -> Letter {
    let (status, answer) = ask(world, file, POSTER, Some(body), &Faults::none()).await;
    assert_eq!(status, 202, "{answer}");
    let asked: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(answer["at"].as_f64(), asked["at"].as_f64());
    let [order] = orders(world).try_into().unwrap();
    order
}

fn is_made(world: &World, file: &UploadedFile) -> bool {
    let chosen = record(world, file).content.unwrap().poster;
    chosen.is_some_and(|chosen| chosen.is_made)
}

#[tokio::test(start_paused = true)]
async fn another_poster_is_put_in_place_of_the_one_before() {
    let (world, file) = published().await;
    let before = objects(&world, Bucket::Delivery);
    let order = choose(&world, &file, AT).await;
    assert!(deliver(&world, &order, &Faults::none()).await);
    assert!(poster(&world).starts_with("picture at 2500 of "));
    assert!(is_made(&world, &file));
    assert_eq!(state(&world, &file), State::Ready);
    // Only the poster has changed, and it has the headers of the one before.
    let after = objects(&world, Bucket::Delivery);
    let changed = before
        .iter()
        .filter(|(key, before)| after[*key] != **before);
    assert_eq!((changed.count(), before.len()), (1, after.len()));
    let headers = |all: &Objects| {
        let mut all = all.iter();
        let (_, (_, headers)) = all.find(|(key, _)| key.ends_with("poster.jpg")).unwrap();
        headers.clone()
    };
    assert_eq!(headers(&before), headers(&after));
    // The CDN forgets the film, now and when no render can be at work that began before.
    let mut post = Post::new(&world);
    post.finish().await;
    let item = format!("#media-{}", file.media);
    let asked = world.cdn.asked_for();
    assert_eq!(asked, [[item.clone()], [item]]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_twice_finds_its_work_done() {
    let (world, file) = published().await;
    let order = choose(&world, &file, AT).await;
    for _ in 0..2 {
        assert!(deliver(&world, &order, &Faults::none()).await);
    }
    assert_eq!(world.invalidations.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_latest_choice_counts_in_whatever_order_they_come() {
    let (world, file) = published().await;
    let first = choose(&world, &file, r#"{"at": 1}"#).await;
    world.clock.advance(1);
    let second = choose(&world, &file, r#"{"at": 3}"#).await;
    for order in [&second, &first, &second] {
        assert!(deliver(&world, order, &Faults::none()).await);
    }
    assert!(poster(&world).starts_with("picture at 3000 of "));
}

/// A fault at any call of the function that takes the poster: the order comes again, and in the end it is there, the CDN was
/// asked, and the record says so.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_the_chosen_poster() {
    let (world, file) = published().await;
    let order = choose(&world, &file, AT).await;
    let counted = Faults::none();
    assert!(deliver(&world, &order, &counted).await);
    assert!(counted.calls() > 7, "{}", counted.calls());
    for fault in Fault::ALL {
        for number in 0..counted.calls() {
            let (world, file) = published().await;
            let order = choose(&world, &file, AT).await;
            let faults = Faults::at(number, fault);
            if !deliver(&world, &order, &faults).await {
                assert!(deliver(&world, &order, &Faults::none()).await);
            }
            let context = format!("{fault:?} at call {number}");
            assert!(
                poster(&world).starts_with("picture at 2500 of "),
                "{context}"
            );
            assert!(is_made(&world, &file), "{context}");
            assert!(!world.invalidations.take().is_empty(), "{context}");
        }
    }
}

/// The process that takes the call dies at any moment: a choice that is on the record always has its order, and an order
/// that was sent is carried out.
#[tokio::test(start_paused = true)]
async fn a_choice_is_never_without_its_order() {
    let mut taken = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published().await;
            let faults = Faults::at(number, fault);
            let _answer = ask(&world, &file, POSTER, Some(AT), &faults).await;
            let orders = orders(&world);
            let chosen = record(&world, &file).content.unwrap().poster;
            assert!(chosen.is_none() || !orders.is_empty(), "{fault:?} {number}");
            for order in &orders {
                assert!(deliver(&world, order, &Faults::none()).await);
                assert!(is_made(&world, &file), "{fault:?} at call {number}");
                taken += 1;
            }
            if faults.calls() <= number {
                break;
            }
        }
    }
    assert!(taken > 4, "{taken}");
}

/// The film is suspended, deleted or moved before any call of the function that takes the poster: nothing is left where
/// viewers could find it.
#[tokio::test(start_paused = true)]
async fn nothing_comes_back_where_the_film_was_withdrawn() {
    for (route, body) in [
        (SUSPEND, Some(ABUSE)),
        (DELETE, None),
        (VISIBILITY, Some(PRIVATE)),
    ] {
        let (world, file) = published().await;
        let order = choose(&world, &file, AT).await;
        done(&world, &file, route, body).await;
        // An order comes again while the film is moved, and finds it elsewhere.
        assert!(deliver(&world, &order, &Faults::none()).await);
        let public = posters(&world, Bucket::Delivery);
        let public = public
            .iter()
            .filter(|(visibility, _)| visibility == "public");
        assert_eq!(public.count(), 0, "{route}");
        if route == VISIBILITY {
            assert!(poster(&world).starts_with("picture at 2500 of "));
        }
    }
    // It is suspended at any moment while the poster is taken.
    let (world, file) = published().await;
    let order = choose(&world, &file, AT).await;
    let counted = Faults::none();
    assert!(deliver(&world, &order, &counted).await);
    for moment in 0..counted.calls() {
        let (world, file) = published().await;
        let order = choose(&world, &file, AT).await;
        // The objects are gone before the call, as when an operation has run whole in between.
        let (store, mut calls) = (world.store.clone(), 0);
        let faults = Faults::planned(move |_| {
            if calls == moment {
                for (key, _) in store.contents(Bucket::Delivery) {
                    let location =
                        dozo::vocabulary::keys::ObjectLocation::anywhere(Bucket::Delivery, &key);
                    store.expire(&location);
                }
            }
            calls += 1;
            None
        });
        let _acknowledged = deliver(&world, &order, &faults).await;
        let left = objects(&world, Bucket::Delivery);
        let keys: Vec<_> = left.keys().collect();
        assert!(keys.is_empty(), "before {moment} of {file:?}: {keys:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restored_film_keeps_the_poster_that_was_chosen() {
    let (world, file) = published().await;
    let order = choose(&world, &file, AT).await;
    assert!(deliver(&world, &order, &Faults::none()).await);
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    done(&world, &file, RESTORE, None).await;
    assert!(poster(&world).starts_with("picture at 2500 of "));
}

#[tokio::test(start_paused = true)]
async fn a_poster_that_cannot_be_taken_fails_no_film() {
    let (mut world, file) = published().await;
    let order = choose(&world, &file, AT).await;
    world.transcoder = ToyEngine::meddled(|_| Meddled::Killed);
    assert!(!deliver(&world, &order, &Faults::none()).await);
    let dead = Letter {
        attempts: 21,
        ..order
    };
    let recorder = world.record_failure(&Faults::none());
    let answer = record_failure::handle(&recorder, Letter::batch(&[dead])).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(state(&world, &file), State::Ready);
    assert!(poster(&world).starts_with("poster of run "));
    let kept = objects(&world, Bucket::Records);
    assert!(kept.keys().any(|key| key.starts_with("failed/_unknown/")));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_time_of_a_film_is_refused() {
    let (world, file) = published().await;
    // The toy engine's films play for eight seconds, whatever their header says.
    for body in [
        r#"{"at": 8.001}"#,
        r#"{"at": -1}"#,
        r#"{"at": 1e300}"#,
        r#"{"at": "1"}"#,
        r#"{"at": null}"#,
        "{}",
    ] {
        let (status, answer) = ask(&world, &file, POSTER, Some(body), &Faults::none()).await;
        assert_eq!((status, &answer["field"]), (400, &json!("at")), "{body}");
    }
    assert!(orders(&world).is_empty());
    for body in [r#"{"at": 0}"#, r#"{"at": 8}"#] {
        choose(&world, &file, body).await;
    }
    let (sound, tone) = brought("tone.wav", &silence(4)).await;
    let (status, answer) = ask(&sound, &tone, POSTER, Some(AT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("not_a_film")));
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    let (status, answer) = ask(&world, &file, POSTER, Some(AT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("not_ready")));
    done(&world, &file, DELETE, None).await;
    let (status, answer) = ask(&world, &file, POSTER, Some(AT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (409, &json!("deleted")));
    let unknown = world.file("never came.webm");
    let (status, answer) = ask(&world, &unknown, POSTER, Some(AT), &Faults::none()).await;
    assert_eq!((status, &answer["code"]), (404, &json!("unknown_media")));
}
