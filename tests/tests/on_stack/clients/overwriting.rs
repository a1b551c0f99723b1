//! Tests that the validated version is published, whatever overwrites it in the meantime or later.

use dozo_tests::stack::Stack;
use image::ImageFormat;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::clients::{delivered, original, photo};

fn superseded(shown: &Value) -> usize {
    let history = shown["history"].as_array().unwrap();
    history
        .iter()
        .filter(|event| event["what"] == "superseded")
        .count()
}

#[tokio::test]
async fn after_ready_it_changes_nothing_but_a_note() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (first, second) = (photo(ImageFormat::Png, 51), photo(ImageFormat::Jpeg, 52));
    let media = grant.media("a");
    stack.put(&grant, "a", first.clone()).await;
    let ready = stack.until_state("demo", &media, "ready").await;
    stack.put(&grant, "a", second).await;
    let noted = stack
        .until_shown("demo", &media, "superseded", |shown| superseded(shown) > 0)
        .await;
    assert_eq!(superseded(&noted), 1);
    for field in [
        "state",
        "kind",
        "content_type",
        "bytes",
        "sha256",
        "width",
        "urls",
        "generation",
    ] {
        assert_eq!(noted[field], ready[field], "{field}");
    }
    // Nobody has fetched it before, so it comes from the bucket.
    let served = stack.fetch(&original(&noted)).await;
    assert_eq!(served.header("x-cache"), "Miss from cloudfront");
    assert_eq!((served.status, &served.body[..]), (200, &first[..]));
    let delivered = stack
        .keys("delivery", &format!("public/demo/{media}/"))
        .await;
    assert_eq!(delivered.len(), 1, "{delivered:?}");
}

#[tokio::test]
async fn a_rejected_file_put_anew_becomes_ready() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let media = grant.media("a.png");
    let good = photo(ImageFormat::Png, 53);
    stack
        .put(&grant, "a.png", good[..good.len() / 2].to_vec())
        .await;
    let refused = stack.until_state("demo", &media, "rejected").await;
    assert_eq!(refused["rejection"]["code"], "damaged", "{refused}");
    assert!(refused.get("urls").is_none(), "{refused}");
    let delivered_keys = stack
        .keys("delivery", &format!("public/demo/{media}/"))
        .await;
    assert!(delivered_keys.is_empty(), "{delivered_keys:?}");
    stack.put(&grant, "a.png", good.clone()).await;
    let (shown, served) = delivered(&stack, &grant, "a.png").await;
    assert_eq!(served.body, good);
    assert!(shown.get("rejection").is_none(), "{shown}");
}

/// Uploads several versions within a moment: one of them is published, whole, and it is the one that the record
/// describes.
#[tokio::test]
async fn overwritten_while_it_is_judged() {
    let stack = Stack::running();
    for round in 0..5_u8 {
        let grant = stack.grant().await;
        let media = grant.media("a");
        let versions: Vec<_> = (0..4)
            .map(|n| photo(ImageFormat::Png, 60 + round * 4 + n))
            .collect();
        for version in &versions {
            stack.put(&grant, "a", version.clone()).await;
        }
        let ready = stack.until_state("demo", &media, "ready").await;
        let served = stack.fetch(&original(&ready)).await;
        assert!(versions.iter().any(|version| *version == served.body));
        let digest: String = Sha256::digest(&served.body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(ready["sha256"], digest.as_str());
    }
}
