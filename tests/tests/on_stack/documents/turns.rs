//! Tests that documents share the queue and two functions: short ones wait neither for long ones nor for those made to
//! take forever.

use std::time::Duration;

use dozo_tests::pdfs::plain;
use dozo_tests::stack::{DEMO, Stack, until};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::documents::uploaded;

const LONG: &[u8] = include_bytes!("../../../cases/pdf/a-thousand-short-pages.pdf");

const ENDLESS: &[u8] = include_bytes!("../../../cases/pdf/three-pages-that-never-end.pdf");

/// The longest wait: nine pages of twenty seconds each on two functions, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(400);

/// Returns when a media became ready, according to its record.
fn ready_at(shown: &Value) -> Timestamp {
    let mut events = shown["history"].as_array().unwrap().iter();
    let ready = events.find(|event| event["what"] == "ready").unwrap();
    ready["at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn ten_documents_of_one_page_are_ready_before_one_of_a_thousand_that_was_first() {
    let stack = Stack::running();
    let long = uploaded(&stack, "long.pdf", LONG.to_vec()).await;
    let at_work = |shown: &Value| shown["progress"]["total"] == 1_000;
    stack.until_shown(DEMO, &long, "at work", at_work).await;
    let names: Vec<_> = (0..10)
        .map(|number| format!("short {number}.pdf"))
        .collect();
    let short = names.iter().map(|name| async {
        let media = uploaded(&stack, name, plain(1)).await;
        stack.until_state(DEMO, &media, "ready").await
    });
    let short = join_all(short).await;
    let long = stack.until_state(DEMO, &long, "ready").await;
    assert_eq!(
        (&long["pages"], &long["broken_pages"]),
        (&json!(1_000), &Value::Null)
    );
    let last = short.iter().map(ready_at).max().unwrap();
    assert!(last < ready_at(&long), "{last} {long}");
}

#[tokio::test]
async fn pages_that_never_end_are_left_out_and_hold_nobody_up() {
    let stack = Stack::running();
    let mut endless = Vec::new();
    for number in 0..3 {
        let name = format!("endless {number}.pdf");
        endless.push(uploaded(&stack, &name, ENDLESS.to_vec()).await);
    }
    let short = uploaded(&stack, "short.pdf", plain(1)).await;
    let short = stack.until_state(DEMO, &short, "ready").await;
    for media in &endless {
        let shown = until("a document whose pages never end", PATIENCE, || async {
            let shown = stack.show(DEMO, media).await;
            shown.filter(|shown| shown["state"] != "processing" && shown["state"] != "validating")
        });
        let shown = shown.await;
        assert_eq!(shown["state"], "ready", "{shown}");
        assert_eq!(shown["broken_pages"], json!([2, 3, 4]), "{shown}");
        assert!(ready_at(&short) < ready_at(&shown), "{short} {shown}");
        for (page, status) in [(1, 200), (2, 404), (3, 404), (4, 404), (5, 200)] {
            let original = shown["urls"]["original"].as_str().unwrap();
            let url = original.replace("original.pdf", &format!("pages/{page:04}.jpg"));
            assert_eq!(stack.fetch(&url).await.status, status, "{url}");
        }
    }
}
