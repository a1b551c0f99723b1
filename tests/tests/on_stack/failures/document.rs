//! Tests a document whose functions are killed while they draw it: in the end every page exists, once.

use std::collections::BTreeSet;

use dozo_tests::own_stack::{OwnStack, Signal, send};
use dozo_tests::pdfs::{dense, document};
use dozo_tests::stack::{DEMO, PATIENCE, Stack, until};

const FUNCTION: &str = "split-pdf";

/// Enough pages that the work can be interrupted in the middle.
const PAGES: usize = 160;

pub(crate) async fn is_killed_and_ends(own: &OwnStack, stack: &Stack) {
    let sheets: Vec<_> = (1..=PAGES).map(dense).collect();
    let grant = stack.grant().await;
    stack.put(&grant, "manual.pdf", document(&sheets, "")).await;
    let media = grant.media("manual.pdf");
    let prefix = format!("public/{DEMO}/{media}/");
    let function = &stack.file.functions[FUNCTION];
    until("the middle of the document", PATIENCE, || async {
        let made = stack.all_keys("delivery", &prefix).await.len();
        let workers = own.workers(function);
        if made < 10 || workers.is_empty() {
            return None;
        }
        for id in workers {
            send(id, Signal::KILL);
        }
        Some(())
    })
    .await;
    let made = stack.all_keys("delivery", &prefix).await;
    let manifest = format!("{prefix}manifest.json");
    assert!(!made.contains(&manifest), "it was over before it was met");

    let shown = stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(shown["pages"], PAGES, "{shown}");
    let history = shown["history"].as_array().unwrap();
    let ready = history.iter().filter(|event| event["what"] == "ready");
    assert_eq!(ready.count(), 1, "{shown}");
    let made: BTreeSet<_> = stack
        .all_keys("delivery", &prefix)
        .await
        .into_iter()
        .collect();
    let pages = (1..=PAGES).flat_map(|page| {
        ["pages/{}.jpg", "text/{}.txt"].map(|name| name.replace("{}", &format!("{page:04}")))
    });
    let others = ["original.pdf", "manifest.json"].map(str::to_owned);
    let expected: BTreeSet<_> = pages
        .chain(others)
        .map(|name| prefix.clone() + &name)
        .collect();
    assert_eq!(made, expected);
}
