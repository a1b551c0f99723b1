//! Tests `dozo blocked` against the real routes.

use dozo::vocabulary::digest::FileDigest;
use dozo_tests::pictures::unlike_any;
use dozo_tests::stack::{DEMO, Stack};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::local;

/// Whoever deletes what is suspended cannot upload it again, until an admin lifts the block.
#[tokio::test]
async fn a_block_is_listed_and_lifted() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = unlike_any(ImageFormat::Png, 30, 20).unwrap();
    let digest = FileDigest::of(&bytes).to_string();
    stack.put(&grant, "a.png", bytes.clone()).await;
    let media = grant.media("a.png");
    stack.until_state(DEMO, &media, "ready").await;
    let suspend = format!("/admin/apps/{DEMO}/media/{media}/suspend");
    let reason = json!({"reason": "abuse"});
    let reply = stack.admin().send(Method::POST, &suspend, &reason).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let path = format!("/apps/{DEMO}/media/{media}");
    let erased = stack.app().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(erased.status, 202, "{erased:?}");
    stack.until_state(DEMO, &media, "deleted").await;
    stack.put(&grant, "b.png", bytes.clone()).await;
    let again = grant.media("b.png");
    stack.until_state(DEMO, &again, "rejected").await;

    let list = local(&stack).arg("blocked").run().await.succeeded();
    let row = list.lines().find(|line| line.contains(&digest)).unwrap();
    assert!(row.contains(media.as_str()), "{row}");
    let lift = ["blocked", "lift", &digest, "--json"];
    let lifted = local(&stack).args(lift).run().await.succeeded();
    let lifted: Value = serde_json::from_str(&lifted).unwrap();
    assert_eq!(lifted["holders"][0]["media"], media.as_str(), "{lifted}");
    let twice = local(&stack).args(lift).run().await;
    assert_eq!(twice.code, 1, "{twice:#?}");
    assert!(twice.stderr.contains("unknown_block"), "{twice:#?}");
    stack.put(&grant, "b.png", bytes).await;
    stack.until_state(DEMO, &again, "ready").await;
}
