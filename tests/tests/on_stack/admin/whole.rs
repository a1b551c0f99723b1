//! Tests each operation from beginning to end.

use std::collections::BTreeMap;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::uncompressed_png;
use dozo_tests::stack::{DEMO, Keys, Stack};
use reqwest::Method;
use serde_json::json;

use crate::admin::{ask, assert_gone, held, photo, published, suspend};

#[tokio::test]
async fn what_is_suspended_is_gone_and_comes_back_byte_for_byte() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "猫.png").await;
    let before = held(&stack, "delivery", &media).await;
    let first = stack.fetch(&url).await;
    assert_eq!(
        stack.fetch(&url).await.header("x-cache"),
        "Hit from cloudfront"
    );

    let reason =
        json!({"reason": "legal", "note": "case 42", "blocked_by": "https://authority.example/42"});
    let answer = ask(&stack, &media, "suspend", &reason).await;
    assert_eq!(
        (answer["state"].as_str(), answer["generation"].as_u64()),
        (Some("suspending"), Some(2))
    );
    let shown = stack.until_state(DEMO, &media, "suspended").await;
    assert_gone(&stack, &media, &[&url]).await;
    assert_eq!(held(&stack, "backup", &media).await, before);
    assert_eq!(shown["suspension"]["reason"], "legal");
    assert_eq!(
        shown["suspension"]["blocked_by"],
        "https://authority.example/42"
    );
    assert!(shown["suspension"]["invalidated_at"].is_string(), "{shown}");
    assert!(
        shown["suspension"].get("note").is_none() && shown.get("urls").is_none(),
        "{shown}"
    );
    // Only admins can read the note.
    let path = format!("/admin/apps/{DEMO}/media/{media}");
    let to_admin = stack.admin().get(&path).await.json();
    assert_eq!(to_admin["suspension"]["note"], "case 42", "{to_admin}");
    assert_eq!(stack.app().get(&path).await.status, 403);
    let by = shown["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["what"] == "suspending");
    assert!(
        by.unwrap()["by"].as_str().unwrap().ends_with("admin"),
        "{shown}"
    );
    assert!(is_listed(&stack, &media).await);

    // A media under legal hold cannot be deleted.
    let path = format!("/apps/{DEMO}/media/{media}");
    let refused = stack.app().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (409, Some("legal_hold"))
    );

    ask(&stack, &media, "restore", &json!({})).await;
    let shown = stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(shown["urls"]["original"], url.as_str());
    assert_eq!(held(&stack, "delivery", &media).await, before);
    assert_eq!(held(&stack, "backup", &media).await, BTreeMap::new());
    let again = stack.fetch(&url).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    for header in [
        "content-type",
        "content-disposition",
        "cache-control",
        "etag",
    ] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
}

/// Returns whether the media is among the suspended ones, on any page.
async fn is_listed(stack: &Stack, media: &MediaId) -> bool {
    let mut path = "/apps/demo/media?state=suspended".to_owned();
    loop {
        let page = stack.app().get(&path).await.json();
        let items = page["items"].as_array().unwrap();
        if items.iter().any(|item| item["media"] == media.as_str()) {
            return true;
        }
        let Some(next) = page["next"].as_str() else {
            return false;
        };
        path = format!("/apps/demo/media?after={next}&state=suspended");
    }
}

#[tokio::test]
async fn a_media_moves_out_of_the_public_and_back() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    stack.fetch(&url).await;
    let path = format!("/apps/{DEMO}/media/{media}/visibility");
    for (visibility, status) in [("private", 404), ("public", 200)] {
        let wanted = json!({"visibility": visibility});
        let reply = stack.app().send(Method::POST, &path, &wanted).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        let there = |shown: &serde_json::Value| {
            shown["state"] == "ready" && shown["visibility"] == visibility
        };
        let shown = stack.until_shown(DEMO, &media, visibility, there).await;
        let now = shown["urls"]["original"].as_str().unwrap();
        assert!(now.contains(&format!("/{visibility}/")), "{now}");
        let held: Vec<_> = held(&stack, "delivery", &media).await.into_keys().collect();
        assert_eq!(held.len(), 1, "{held:?}");
        assert!(now.ends_with(&held[0]), "{now} {held:?}");
        assert_eq!(stack.fetch(&url).await.status, status, "its public address");
    }
}

#[tokio::test]
async fn what_is_deleted_leaves_a_tombstone_without_a_name() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "secret name.png").await;
    stack.fetch(&url).await;
    let path = format!("/apps/{DEMO}/media/{media}");
    let reply = stack.app().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(
        (reply.status, reply.json()["state"].as_str()),
        (202, Some("deleting"))
    );
    let shown = stack.until_state(DEMO, &media, "deleted").await;
    assert_gone(&stack, &media, &[&url]).await;
    assert!(!shown.to_string().contains("secret"), "{shown}");
    for bucket in ["backup", "delivery"] {
        assert_eq!(
            held(&stack, bucket, &media).await,
            BTreeMap::new(),
            "{bucket}"
        );
    }
    assert!(
        stack
            .object("upload", &grant.key("secret name.png"))
            .await
            .is_none()
    );
    // It stays deleted after a second deletion, and after a late upload of the same name.
    let reply = stack.app().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    stack.put(&grant, "secret name.png", photo()).await;
    let (other, _) = published(&stack, &grant, "other.png").await;
    assert_ne!(other, media);
    assert_eq!(stack.show(DEMO, &media).await.unwrap(), shown);
    assert_gone(&stack, &media, &[&url]).await;
}

/// Uses a file larger than a part (8 MB here; on AWS 256 MB, where single copies end at 5 GB).
#[tokio::test]
async fn what_is_copied_in_parts_comes_back_byte_for_byte() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let body = uncompressed_png(2_000).unwrap();
    assert!(body.len() > 8 << 20);
    stack.put(&grant, "large.png", body.clone()).await;
    let media = grant.media("large.png");
    let shown = stack.until_state(DEMO, &media, "ready").await;
    let url = shown["urls"]["original"].as_str().unwrap();
    let before = stack.fetch(url).await;
    assert!(before.status == 200 && before.body == body);

    suspend(&stack, &media).await;
    stack.until_state(DEMO, &media, "suspended").await;
    assert_gone(&stack, &media, &[url]).await;
    let key = format!("public/{DEMO}/{media}/original.png");
    let (backup, s3) = (stack.bucket("backup"), stack.s3(&Keys::root()));
    let head = s3
        .head_object()
        .bucket(backup)
        .key(&key)
        .send()
        .await
        .unwrap();
    let etag = head.e_tag().unwrap();
    assert!(etag.ends_with("-2\""), "{etag}: in two parts");
    assert_eq!(
        held(&stack, "backup", &media).await,
        BTreeMap::from([(key, body.clone())])
    );

    ask(&stack, &media, "restore", &json!({})).await;
    stack.until_state(DEMO, &media, "ready").await;
    let after = stack.fetch(url).await;
    assert!(after.status == 200 && after.body == body);
    for name in ["content-type", "content-disposition", "cache-control"] {
        assert_eq!(after.header(name), before.header(name), "{name}");
    }
}
