//! Tests that bytes which are suspended do not come back under another name, with the roles of the real functions.

use dozo::vocabulary::digest::FileDigest;
use dozo_tests::clips::silence;
use dozo_tests::pdfs::plain;
use dozo_tests::stack::{DEMO, Stack, fresh_app};
use futures_util::future::join_all;
use serde_json::json;

use crate::admin::{ask, photo, suspend};

/// A picture, a document and a sound that no other test uploads.
fn files() -> [(&'static str, Vec<u8>); 3] {
    let chance: [u8; 16] = rand::random();
    let comment = format!("\n% {chance:?}\n").into_bytes();
    let mut sound = silence(1);
    sound.truncate(sound.len() - chance.len());
    sound.extend(chance);
    [
        ("a.png", photo()),
        ("a.pdf", [plain(2), comment].concat()),
        ("a.wav", sound),
    ]
}

#[tokio::test]
async fn what_is_suspended_is_refused_under_another_name_until_it_is_restored() {
    let stack = Stack::running();
    let other = fresh_app("blocked");
    stack.register(&other, &json!({})).await;
    let one = |(name, bytes): (&'static str, Vec<u8>)| {
        let (stack, other) = (&stack, &other);
        async move {
            let grant = stack.grant().await;
            stack.put(&grant, name, bytes.clone()).await;
            let media = grant.media(name);
            let digest = FileDigest::of(&bytes).to_string();
            let shown = stack.until_state(DEMO, &media, "ready").await;
            assert_eq!(shown["sha256"], digest.as_str());
            suspend(stack, &media).await;
            stack.until_state(DEMO, &media, "suspended").await;

            let grant = stack.grant_for(other, &json!({})).await;
            let again = grant.media(name);
            stack.put(&grant, name, bytes.clone()).await;
            let refused = stack.until_state(other, &again, "rejected").await;
            assert_eq!(refused["rejection"]["code"], "blocked_content", "{refused}");
            assert_eq!(refused["sha256"], digest.as_str());
            let path = format!("/admin/blocked/{digest}");
            let block = stack.admin().get(&path).await.json();
            assert_eq!(block["holders"][0]["media"], media.as_str(), "{block}");
            assert_eq!(stack.app().get(&path).await.status, 403);

            ask(stack, &media, "restore", &json!({})).await;
            stack.until_state(DEMO, &media, "ready").await;
            assert_eq!(stack.admin().get(&path).await.status, 404);
            stack.put(&grant, name, bytes).await;
            stack.until_state(other, &again, "ready").await;
        }
    };
    join_all(files().map(one)).await;
}
