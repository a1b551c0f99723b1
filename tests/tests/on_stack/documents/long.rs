//! Tests a manual of eighty pages, which several functions process at the same time.

use std::collections::BTreeSet;
use std::sync::Mutex;

use dozo_tests::pdfs::{dense, document, japanese, scans};
use dozo_tests::stack::{DEMO, Stack};
use serde_json::json;

use crate::documents::{manifest, ready, uploaded};

#[tokio::test]
async fn eighty_pages_are_ready_and_each_is_an_image() {
    let stack = Stack::running();
    let pages: Vec<_> = (1..=80).map(dense).collect();
    let media = uploaded(&stack, "manual.pdf", document(&pages, "")).await;
    let seen = Mutex::new(BTreeSet::new());
    let answer = stack
        .until_shown(DEMO, &media, "eighty pages", |shown| {
            let progress = &shown["progress"];
            if progress["total"] == 80 {
                seen.lock()
                    .unwrap()
                    .insert(progress["done"].as_u64().unwrap());
            }
            shown["state"] == "ready"
        })
        .await;
    let seen = seen.into_inner().unwrap();
    assert!(!seen.is_empty(), "no progress was seen");
    assert_eq!(
        (&answer["kind"], &answer["pages"]),
        (&json!("pdf"), &json!(80))
    );
    let manifest = manifest(&stack, &answer).await;
    let canvases = manifest["items"].as_array().unwrap();
    assert_eq!(canvases.len(), 80);
    for (place, canvas) in canvases.iter().enumerate().step_by(13) {
        let image = canvas["items"][0]["items"][0]["body"]["id"]
            .as_str()
            .unwrap();
        let reply = stack.fetch(image).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page = image::load_from_memory(&reply.body).unwrap();
        assert_eq!((page.width(), page.height()), (1_131, 1_600));
        let text = stack
            .fetch(canvas["seeAlso"][0]["id"].as_str().unwrap())
            .await;
        assert!(
            text.text()
                .starts_with(&format!("Page {}, line 1:", place + 1))
        );
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    }
    let keys = stack
        .keys("delivery", &format!("public/{DEMO}/{media}/"))
        .await;
    assert_eq!(keys.len(), 2 + 2 * 80);
    let thumb = answer["urls"]["thumbs"]["card"].as_str().unwrap();
    assert_eq!(stack.fetch(thumb).await.status, 200);
    // More than one invocation worked on it.
    let spans = stack
        .log_of("split-pdf")
        .matches(&media.to_string())
        .count();
    assert!(spans > 1, "{spans}");
}

/// The fonts come with the function; nothing else in the stack could draw these characters.
#[tokio::test]
async fn japanese_without_its_font_is_drawn() {
    let stack = Stack::running();
    let words = ["日本語の資料", "ひらがなカナ"];
    let pages: Vec<_> = words.iter().map(|text| japanese(text)).collect();
    let (_, answer) = ready(&stack, "資料.pdf", document(&pages, "")).await;
    let manifest = manifest(&stack, &answer).await;
    assert_eq!(manifest["label"]["none"][0], "資料.pdf");
    for (canvas, word) in manifest["items"].as_array().unwrap().iter().zip(words) {
        let text = stack
            .fetch(canvas["seeAlso"][0]["id"].as_str().unwrap())
            .await;
        assert_eq!(text.text().trim(), word);
        let image = canvas["items"][0]["items"][0]["body"]["id"]
            .as_str()
            .unwrap();
        let page = image::load_from_memory(&stack.fetch(image).await.body)
            .unwrap()
            .to_luma8();
        let ink = page.pixels().filter(|pixel| pixel.0[0] < 128).count();
        assert!((5_000..60_000).contains(&ink), "{word}: {ink}");
    }
}

/// Processes two hundred pages, and twenty megabytes. The peak memory of each invocation is compared with the
/// function's memory at the end of `make test`.
#[tokio::test]
async fn long_and_heavy_ones_fit_into_the_function() {
    let stack = Stack::running();
    let pages: Vec<_> = (1..=200).map(dense).collect();
    let long = uploaded(&stack, "long.pdf", document(&pages, "")).await;
    let heavy = uploaded(&stack, "heavy.pdf", scans(20_000_000)).await;
    let heavy = stack.until_state(DEMO, &heavy, "ready").await;
    assert!(heavy["bytes"].as_u64().unwrap() > 20_000_000);
    let long = stack.until_state(DEMO, &long, "ready").await;
    assert_eq!(
        (&long["pages"], &long["broken_pages"]),
        (&json!(200), &json!(null))
    );
}
