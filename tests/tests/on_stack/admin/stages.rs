//! Tests suspending while a stage is at work: nothing of its output is public, and a restore finishes the work.

use dozo::vocabulary::names::MediaId;
use dozo_tests::clips;
use dozo_tests::pdfs::{dense, document};
use dozo_tests::stack::{DEMO, Grant, PATIENCE, Stack, until};
use serde_json::{Value, json};

use crate::admin::{ask, assert_gone, suspend};

/// Uploads a file and waits until its stage has put something: pages into delivery, or segments of a film into the work
/// bucket.
async fn at_work(stack: &Stack, grant: &Grant, name: &str, body: Vec<u8>, part: &str) -> MediaId {
    stack.put(grant, name, body).await;
    let media = grant.media(name);
    let places = [
        ("delivery", format!("public/{DEMO}/{media}/")),
        ("work", format!("{DEMO}/{media}/")),
    ];
    until("the first part of it", PATIENCE, || async {
        for (bucket, prefix) in &places {
            let keys = stack.keys(bucket, prefix).await;
            if keys.iter().any(|key| key.contains(part)) {
                return Some(());
            }
        }
        None
    })
    .await;
    let shown = stack.show(DEMO, &media).await.unwrap();
    assert_eq!(shown["state"], "processing", "it was ready too soon");
    media
}

/// Suspends the media, finds none of it, restores it, and returns show-media's answer once it is ready.
async fn there_and_back(stack: &Stack, media: &MediaId, parts: &[&str]) -> Value {
    suspend(stack, media).await;
    let shown = stack.until_state(DEMO, media, "suspended").await;
    assert!(shown.get("urls").is_none(), "{shown}");
    let base = format!("{}/public/{DEMO}/{media}", stack.file.cdn);
    let urls: Vec<_> = parts.iter().map(|part| format!("{base}/{part}")).collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    assert_gone(stack, media, &urls).await;
    ask(stack, media, "restore", &json!({})).await;
    stack.until_state(DEMO, media, "ready").await
}

#[tokio::test]
async fn while_ranges_of_its_pages_are_in_flight() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let pages: Vec<_> = (1..=400).map(dense).collect();
    let media = at_work(&stack, &grant, "manual.pdf", document(&pages, ""), "pages/").await;
    let parts = [
        "original.pdf",
        "pages/0001.jpg",
        "text/0001.txt",
        "manifest.json",
        "thumb/card/0001.jpg",
    ];
    let shown = there_and_back(&stack, &media, &parts).await;
    assert_eq!(
        (&shown["pages"], &shown["broken_pages"]),
        (&json!(400), &json!(null))
    );
    let prefix = format!("public/{DEMO}/{media}/");
    assert_eq!(stack.all_keys("delivery", &prefix).await.len(), 2 + 2 * 400);
    assert_eq!(
        stack
            .fetch(shown["urls"]["manifest"].as_str().unwrap())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn while_it_is_being_transcoded() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let source = "-f lavfi -i testsrc=size=640x360:rate=25:duration=60 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    let film = clips::make("film.mp4", source);
    let media = at_work(&stack, &grant, "film.mp4", film, "hls/").await;
    let parts = [
        "hls/master.m3u8",
        "video.mp4",
        "poster.jpg",
        "thumb/card.jpg",
    ];
    let shown = there_and_back(&stack, &media, &parts).await;
    for part in ["hls", "mp4", "poster"] {
        let url = shown["urls"][part].as_str().unwrap();
        assert_eq!(stack.fetch(url).await.status, 200, "{url}");
    }
}
