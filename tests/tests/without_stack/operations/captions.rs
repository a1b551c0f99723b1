//! Tests captions that apps put and take away: what is delivered is what the record lists, whatever comes in between.

use std::collections::BTreeMap;

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::captions::CaptionsId;
use dozo::vocabulary::keys::hls::Hls;
use dozo::vocabulary::keys::{Bucket, Item, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use serde_json::Value;

use crate::operations::scene::*;

/// Makes a film that is published long ago, with German captions from its file.
async fn published_film() -> (World, UploadedFile) {
    let world = World::new(3);
    let file = world.file("a film.webm");
    world.upload(&file, &film(640, 360, 4_000.0));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(state(&world, &file), State::Ready);
    world.clock.advance(10_000);
    (world, file)
}

/// Returns the texts of captions and playlists that are delivered, by the rest of their keys.
fn captions(world: &World, bucket: Bucket) -> BTreeMap<String, String> {
    let found = objects(world, bucket)
        .into_iter()
        .filter_map(|(key, (body, _))| {
            let (_, rest) = key.split_once("/hls/")?;
            let is_text = rest.starts_with("captions/") || rest == "master.m3u8";
            is_text.then(|| (rest.to_owned(), String::from_utf8(body.to_vec()).unwrap()))
        });
    found.collect()
}

fn english(world: &World) -> Option<String> {
    captions(world, Bucket::Delivery).remove("captions/en.vtt")
}

/// Asserts that exactly these captions are delivered, and that the master playlist and the answer name them.
async fn assert_delivered(world: &World, file: &UploadedFile, ids: &[&str]) {
    let found = captions(world, Bucket::Delivery);
    let mut keys: Vec<_> = ids
        .iter()
        .flat_map(|id| ["m3u8", "vtt"].map(|extension| format!("captions/{id}.{extension}")))
        .collect();
    keys.push("master.m3u8".to_owned());
    keys.sort();
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), keys);
    let master = &found["master.m3u8"];
    for id in ids {
        assert!(
            master.contains(&format!("URI=\"captions/{id}.m3u8\"")),
            "{master}"
        );
    }
    assert_eq!(
        master.matches("TYPE=SUBTITLES").count(),
        ids.len(),
        "{master}"
    );
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let show = call("GET /apps/{app}/media/{media}", &path, &[], None);
    let answer = show_media::handle(&world.show_media(&Faults::none()), show).await;
    let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
        panic!("no answer");
    };
    let shown: Value = serde_json::from_str(&text).unwrap();
    let listed = shown["captions"].as_array().cloned().unwrap_or_default();
    let listed: Vec<_> = listed.iter().filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(listed, ids, "{shown}");
    for id in ids {
        let url = shown["urls"]["captions"][id].as_str().unwrap();
        assert!(url.ends_with(&format!("/hls/captions/{id}.vtt")), "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn captions_are_put_replaced_and_taken_away() {
    let (world, file) = published_film().await;
    assert_delivered(&world, &file, &["de"]).await;
    done(&world, &file, PUT_CAPTIONS, Some(ENGLISH)).await;
    assert_delivered(&world, &file, &["de", "en"]).await;
    let written = english(&world).unwrap();
    assert!(written.starts_with("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"));
    assert!(written.ends_with("\nOne &amp; only\n"), "{written}");
    let generation = record(&world, &file).generation;

    // The same once more is nothing to do.
    let (status, _) = ask(&world, &file, PUT_CAPTIONS, Some(ENGLISH), &Faults::none()).await;
    assert_eq!(
        (status, record(&world, &file).generation),
        (200, generation)
    );
    assert_eq!(times(&world, &file, What::CaptionsPut), 1);

    done(&world, &file, PUT_CAPTIONS, Some(OTHER_ENGLISH)).await;
    assert!(english(&world).unwrap().ends_with("\n<b>Other</b>\n"));
    done(&world, &file, REMOVE_CAPTIONS, None).await;
    assert_delivered(&world, &file, &["de"]).await;
    let (status, _) = ask(&world, &file, REMOVE_CAPTIONS, None, &Faults::none()).await;
    assert_eq!(status, 200);
    assert_eq!(times(&world, &file, What::Updated), 3);
}

/// Viewers get the old captions or the new ones from a cache, and the new ones when the media is ready again.
#[tokio::test(start_paused = true)]
async fn the_cdn_forgets_and_the_media_is_served_all_the_while() {
    let (world, file) = published_film().await;
    done(&world, &file, PUT_CAPTIONS, Some(ENGLISH)).await;
    let id = CaptionsId::parse("en").unwrap();
    let places = [Hls::Master, Hls::Captions(id)]
        .map(|hls| record(&world, &file).delivered(Item::Hls(hls)).location());
    let fetch = || {
        places
            .each_ref()
            .map(|place| world.cdn.fetch(&world.store, place))
    };
    let before = fetch();
    let (status, _) = ask(
        &world,
        &file,
        PUT_CAPTIONS,
        Some(OTHER_ENGLISH),
        &Faults::none(),
    )
    .await;
    assert_eq!(status, 202);
    let mut post = Post::new(&world);
    loop {
        assert!(record(&world, &file).state.is_served());
        assert!(fetch().iter().all(Option::is_some));
        if !post.deliver(&Faults::none()).await {
            break;
        }
    }
    assert_eq!(state(&world, &file), State::Ready);
    let after = fetch();
    assert_eq!(after[0], before[0]);
    assert!(
        after[1]
            .as_ref()
            .is_some_and(|body| body.ends_with(b"<b>Other</b>\n"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_have_captions_is_told_so() {
    let (world, file) = published(3).await;
    let (status, answer) = ask(&world, &file, PUT_CAPTIONS, Some(ENGLISH), &Faults::none()).await;
    assert_eq!(
        (status, &answer["code"]),
        (409, &"not_audio_or_video".into())
    );
    let (world, file) = published_film().await;
    let (status, answer) = ask(
        &world,
        &file,
        PUT_CAPTIONS,
        Some("no captions"),
        &Faults::none(),
    )
    .await;
    assert_eq!((status, &answer["code"]), (400, &"invalid_request".into()));
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    let before = world.store.contents(Bucket::Work).len();
    for (route, body) in [(PUT_CAPTIONS, Some(ENGLISH)), (REMOVE_CAPTIONS, None)] {
        let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
        assert_eq!(
            (status, &answer["code"]),
            (409, &"not_ready".into()),
            "{route}"
        );
    }
    assert_eq!(world.store.contents(Bucket::Work).len(), before);
    done(&world, &file, RESTORE, None).await;
    let path = |language| {
        [
            ("app", "demo"),
            ("media", file.media.as_str()),
            ("language", language),
        ]
    };
    let app = world.suspend_media(&Faults::none());
    for (language, query, expected) in [
        ("deutsch", vec![], 400),
        ("../x", vec![], 400),
        ("pt-br", vec![("name", "\u{202e}")], 400),
        ("pt-br", vec![("name", "Brasil")], 202),
    ] {
        let event = call(PUT_CAPTIONS, &path(language), &query, Some(ENGLISH));
        let answer = suspend_media::handle(&app, event).await;
        assert_eq!(answer.status_code, expected, "{language} {query:?}");
    }
    let long = "x".repeat(dozo::stages::captions::MAX_BYTES + 1);
    let (status, _) = ask(&world, &file, PUT_CAPTIONS, Some(&long), &Faults::none()).await;
    assert_eq!(status, 413);
}

/// Other operations come while captions are being changed, at each message; the media ends as the last of both wants
/// it.
#[tokio::test(start_paused = true)]
async fn other_operations_overtake_a_change_at_any_message() {
    for (route, body) in [
        (SUSPEND, Some(ABUSE)),
        (DELETE, None),
        (PUT_CAPTIONS, Some(OTHER_ENGLISH)),
        (REMOVE_CAPTIONS, None),
    ] {
        for messages in 0..8 {
            let (world, file) = published_film().await;
            ask(&world, &file, PUT_CAPTIONS, Some(ENGLISH), &Faults::none()).await;
            let mut post = Post::new(&world);
            for _ in 0..messages {
                post.deliver(&Faults::none()).await;
            }
            let (status, _) = ask(&world, &file, route, body, &Faults::none()).await;
            assert_eq!(status, 202, "{route} after {messages}");
            post.collect();
            post.finish().await;
            let context = format!("{route} after {messages} messages");
            match route {
                SUSPEND => {
                    assert_eq!(state(&world, &file), State::Suspended, "{context}");
                    assert!(captions(&world, Bucket::Delivery).is_empty(), "{context}");
                    done(&world, &file, RESTORE, None).await;
                    assert_delivered(&world, &file, &["de", "en"]).await;
                    assert!(english(&world).unwrap().ends_with("only\n"), "{context}");
                }
                DELETE => {
                    assert_eq!(state(&world, &file), State::Deleted, "{context}");
                    for bucket in [Bucket::Delivery, Bucket::Backup, Bucket::Work] {
                        assert!(world.store.contents(bucket).is_empty(), "{context}");
                    }
                    continue;
                }
                PUT_CAPTIONS => {
                    assert_delivered(&world, &file, &["de", "en"]).await;
                    assert!(english(&world).unwrap().ends_with("</b>\n"), "{context}");
                }
                _ => assert_delivered(&world, &file, &["de"]).await,
            }
            assert_eq!(state(&world, &file), State::Ready, "{context}");
        }
    }
}

/// A film is suspended in the middle of a change, for longer than WORK keeps what waits there.
#[tokio::test(start_paused = true)]
async fn a_change_whose_text_is_gone_ends_with_what_is_delivered() {
    for messages in 0..8 {
        let (world, file) = published_film().await;
        ask(&world, &file, PUT_CAPTIONS, Some(ENGLISH), &Faults::none()).await;
        let mut post = Post::new(&world);
        for _ in 0..messages {
            post.deliver(&Faults::none()).await;
        }
        let was_delivered = english(&world).is_some();
        let was_finished = state(&world, &file) == State::Ready;
        done(&world, &file, SUSPEND, Some(ABUSE)).await;
        for key in world.store.contents(Bucket::Work).into_keys() {
            world
                .store
                .expire(&ObjectLocation::anywhere(Bucket::Work, &key));
        }
        world.clock.advance(8 * 86_400);
        done(&world, &file, RESTORE, None).await;
        let context = format!("after {messages} messages");
        assert_eq!(state(&world, &file), State::Ready, "{context}");
        let ids = if was_delivered {
            &["de", "en"][..]
        } else {
            &["de"]
        };
        assert_delivered(&world, &file, ids).await;
        // The same text can be put again.
        done(&world, &file, PUT_CAPTIONS, Some(ENGLISH)).await;
        assert_delivered(&world, &file, &["de", "en"]).await;
        let digests = record(&world, &file).content.unwrap().captions;
        assert!(digests[1].digest.is_some(), "{context} {was_finished}");
    }
}

/// Captions go where their media goes.
#[tokio::test(start_paused = true)]
async fn a_move_takes_captions_along() {
    let (world, file) = published_film().await;
    done(&world, &file, PUT_CAPTIONS, Some(ENGLISH)).await;
    world.clock.advance(10_000);
    done(&world, &file, VISIBILITY, Some(PRIVATE)).await;
    assert_delivered(&world, &file, &["de", "en"]).await;
    assert!(
        objects(&world, Bucket::Delivery)
            .keys()
            .all(|key| key.starts_with("private/"))
    );
    done(&world, &file, PUT_CAPTIONS, Some(OTHER_ENGLISH)).await;
    assert!(english(&world).unwrap().ends_with("</b>\n"));
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let mut struck = 0;
    for (first, route, body, ids) in [
        (None, PUT_CAPTIONS, Some(ENGLISH), &["de", "en"][..]),
        (
            Some(OTHER_ENGLISH),
            PUT_CAPTIONS,
            Some(ENGLISH),
            &["de", "en"],
        ),
        (Some(OTHER_ENGLISH), REMOVE_CAPTIONS, None, &["de"]),
    ] {
        for fault in Fault::ALL {
            for number in 0.. {
                let (world, file) = published_film().await;
                if let Some(first) = first {
                    done(&world, &file, PUT_CAPTIONS, Some(first)).await;
                    world.clock.advance(10_000);
                }
                let faults = Faults::at(number, fault);
                let (status, _) = ask(&world, &file, route, body, &faults).await;
                let mut post = Post::new(&world);
                while faults.calls() <= number && post.deliver(&faults).await {}
                let reached = faults.calls() > number;
                post.finish().await;
                if !matches!(status, 200 | 202) {
                    let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
                    assert!(matches!(status, 200 | 202), "{status} {answer}");
                    post.collect();
                    post.finish().await;
                }
                let context = format!("{route} {fault:?} at call {number}");
                assert_eq!(state(&world, &file), State::Ready, "{context}");
                assert_delivered(&world, &file, ids).await;
                if body.is_some() {
                    assert!(english(&world).unwrap().ends_with("only\n"), "{context}");
                }
                if !reached {
                    break;
                }
                struck += 1;
            }
        }
    }
    assert!(struck > 100, "only {struck} faults struck");
}
