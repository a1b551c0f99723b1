//! Tests that changed presets and focal points make thumbnails anew, and that none is shown until then which looks as before.

use std::collections::BTreeSet;

use dozo::memory::faults::{Fault, Faults};
use dozo::stages::register::WRITTEN_WITHIN_SECONDS;
use dozo::stages::thumbs::{PAGE, PAGE_SECONDS};
use dozo::vocabulary::ahead;
use dozo::vocabulary::app::AppRecord;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message;
use dozo::vocabulary::message::thumbs::{OfApp, Thumbs};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use serde_json::json;

use super::{CARD, WIDER, changed_to, published, register, stored, viewed};
use crate::operations::scene::{ask, letter};

const FOCUS: &str = "POST /apps/{app}/media/{media}/focus";

fn width(body: &[u8]) -> u32 {
    image::load_from_memory(body).unwrap().width()
}

fn widths(world: &World) -> Vec<u32> {
    stored(world)
        .values()
        .map(|object| width(&object.body))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_changed_preset_makes_them_anew() {
    let (world, file) = published(CARD).await;
    let (status, answer) = changed_to(&world, WIDER, &Faults::none()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["presets"]["card"]["eager"], true);
    let shown = viewed(&world, &file, "thumb/card.jpg").await;
    assert_eq!((width(&shown.body), widths(&world)), (310, vec![300, 300]));
    Post::new(&world).finish().await;
    assert_eq!(widths(&world), [310, 310]);
    assert_eq!(
        viewed(&world, &file, "thumb/card.jpg").await.body,
        shown.body
    );
}

#[tokio::test(start_paused = true)]
async fn what_no_preset_asks_for_is_removed() {
    let (world, _) = published(CARD).await;
    let jpeg_only = CARD.replace(r#""webp", "#, "");
    assert_eq!(changed_to(&world, &jpeg_only, &Faults::none()).await.0, 200);
    Post::new(&world).finish().await;
    assert_eq!(stored(&world).len(), 1);
    let lazy = jpeg_only.replace("true", "false");
    assert_eq!(changed_to(&world, &lazy, &Faults::none()).await.0, 200);
    assert!(world.invalidations.take().is_empty(), "it looks the same");
    Post::new(&world).finish().await;
    assert!(stored(&world).is_empty());
}

async fn registration(world: &World) -> AppRecord {
    let key = Key::App(world.app.clone()).to_string();
    let records = world.store.contents(Bucket::Records);
    serde_json::from_slice(&records[&key].body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_written_is_never_without_its_message() {
    let mut changed = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, _) = published(CARD).await;
            let faults = Faults::at(number, fault);
            changed_to(&world, WIDER, &faults).await;
            let is_written = registration(&world)
                .await
                .presets
                .values()
                .next()
                .unwrap()
                .width
                == 310;
            let sent = world.bulk_uploads.take();
            assert!(!is_written || !sent.is_empty(), "{fault:?} at {number}");
            assert!(
                sent.iter()
                    .all(|sent| sent.delay_seconds == WRITTEN_WITHIN_SECONDS)
            );
            changed += usize::from(is_written);
            if faults.calls() <= number {
                break;
            }
        }
    }
    assert!(changed > 4, "{changed}");
}

/// Many media are asked for page by page, each once, and no longer when the registration is another one.
#[tokio::test(start_paused = true)]
async fn all_media_of_an_app_are_asked_for_in_turn() {
    let world = World::new(8);
    register(&world, CARD);
    let all: BTreeSet<_> = (0..250)
        .map(|number| world.file(&format!("{number}.png")).media)
        .collect();
    for media in &all {
        let key = Key::Media(world.app.clone(), media.clone());
        world.store.upload(&key.location(), b"{}");
    }
    let begun = Thumbs::MakeAllThumbs(OfApp {
        app: world.app.clone(),
        by: ahead::digest(&registration(&world).await),
        after: None,
    });
    let mut rest = Some(message::write(&begun).unwrap());
    let (mut found, mut pages) = (Vec::new(), Vec::new());
    let receive = async |body: String| {
        let app = world.validate_upload(&Faults::none());
        let letter = Letter {
            id: "all".to_owned(),
            body,
            attempts: 1,
        };
        let answer = validate_upload::handle(&app, Letter::bulk_batch(&[letter])).await;
        assert!(answer.batch_item_failures.is_empty());
        world.bulk_uploads.take()
    };
    while let Some(body) = rest.take() {
        let sent = receive(body).await;
        pages.push(sent.len());
        for sent in sent {
            match message::parse(&sent.body).unwrap() {
                Thumbs::MakeThumbs(of) => found.push(of.media),
                Thumbs::MakeAllThumbs(_) => {
                    assert_eq!(sent.delay_seconds, PAGE_SECONDS);
                    rest = Some(sent.body);
                }
            }
        }
    }
    let page = usize::from(PAGE);
    assert_eq!(pages, [page + 1, page + 1, 50]);
    assert!(found.iter().eq(&all));
    register(&world, WIDER);
    assert!(receive(message::write(&begun).unwrap()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_focal_point_makes_them_anew() {
    let narrow = CARD.replace("300", "30");
    let (world, file) = published(&narrow).await;
    let before = stored(&world);
    let point = Some(r#"{"x": 0.9, "y": 0.5}"#);
    let (status, _) = ask(&world, &file, FOCUS, point, &Faults::none()).await;
    assert_eq!(status, 200);
    let made_by =
        |object: &dozo::ports::store::Object| object.info.headers.metadata["made-by"].clone();
    let shown = viewed(&world, &file, "thumb/card.jpg").await;
    assert_eq!(shown.status, 200);
    Post::new(&world).finish().await;
    let after = stored(&world);
    assert_eq!((before.len(), after.len()), (2, 2));
    for (before, after) in before.values().zip(after.values()) {
        assert_ne!(made_by(before), made_by(after));
    }
    assert_eq!(
        viewed(&world, &file, "thumb/card.jpg").await.body,
        shown.body
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_be_made_ahead_is_bounded() {
    let (world, file) = published(CARD).await;
    let marked = json!({"card": {"width": 10, "height": 10, "eager": true, "watermark": {"media": file.media.to_string()}}});
    let names = |count: usize| {
        let of = |number| {
            (
                format!("card-{number}"),
                json!({"width": 10, "height": 10, "eager": true}),
            )
        };
        let without = [("card".to_owned(), serde_json::Value::Null)];
        serde_json::Value::Object((0..count).map(of).chain(without).collect())
    };
    let dense = json!({"width": 10, "height": 10, "eager": true, "dpr": 4});
    let dense = json!({"a": dense, "b": dense, "c": dense});
    for (presets, status, field) in [
        (marked, 400, "presets.card.eager"),
        (names(8), 200, ""),
        (names(9), 400, "presets.card-8.eager"),
        (dense, 400, "presets.c.eager"),
    ] {
        let (found, answer) = changed_to(&world, &presets.to_string(), &Faults::none()).await;
        assert_eq!(found, status, "{answer}");
        assert!(answer.to_string().contains(field), "{answer}");
    }
    let sent = world.bulk_uploads.take();
    assert_eq!(sent.len(), 1);
    assert!(
        letter(sent.into_iter().next().unwrap())
            .body
            .contains("make_all_thumbs")
    );
}
