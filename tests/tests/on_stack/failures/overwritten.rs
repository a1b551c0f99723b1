//! Tests a file that is overwritten while it is validated: one of the good versions is published, whole.

use dozo_tests::stack::{DEMO, Grant, PATIENCE, Stack, until};
use futures_util::future::join_all;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::failures::logged::events;
use crate::failures::{bad, good};

const VERSIONS: u8 = 40;
const NAME: &str = "changing.png";

/// Returns the versions: every third is broken, and the last one is good.
fn versions() -> Vec<(bool, Vec<u8>)> {
    let version = |n: u8| {
        let is_good = n % 3 != 1 || n + 1 == VERSIONS;
        (is_good, if is_good { good(n) } else { bad(n) })
    };
    (0..VERSIONS).map(version).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts the messages about the file that were handled so far.
fn looked_at(stack: &Stack, media: &str) -> usize {
    let about = |event: &Value| {
        (event["media"] == media)
            .then(|| event["message_id"].as_str().unwrap_or_default().to_owned())
    };
    let mut ids: Vec<_> = events(stack, "validate-upload")
        .iter()
        .filter_map(about)
        .collect();
    ids.sort();
    ids.dedup();
    ids.len()
}

fn assert_one_of_the_good(versions: &[(bool, Vec<u8>)], shown: &Value, delivered: &[u8]) {
    let found = versions.iter().find(|(_, body)| body == delivered);
    let (is_good, body) = found.expect("what was delivered is no version at all");
    assert!(is_good, "a broken version was delivered");
    assert_eq!(shown["sha256"], sha256(body), "{shown}");
    assert_eq!(shown["bytes"], body.len(), "{shown}");
}

async fn overwrite(stack: &Stack, grant: &Grant, versions: &[(bool, Vec<u8>)]) {
    let (last, others) = versions.split_last().unwrap();
    for some in others.chunks(4) {
        join_all(
            some.iter()
                .map(|(_, body)| stack.put(grant, NAME, body.clone())),
        )
        .await;
    }
    stack.put(grant, NAME, last.1.clone()).await;
}

#[tokio::test]
async fn what_is_published_is_what_was_validated() {
    let stack = Stack::running();
    let (grant, versions) = (stack.grant().await, versions());
    let media = grant.media(NAME);
    overwrite(&stack, &grant, &versions).await;
    let shown = stack.until_state(DEMO, &media, "ready").await;
    let url = shown["urls"]["original"].as_str().unwrap();
    let first = stack.fetch(url).await;
    assert_eq!(first.status, 200);
    assert_one_of_the_good(&versions, &shown, &first.body);

    until(
        "every event of the file to be looked at",
        PATIENCE,
        || async { (looked_at(&stack, media.as_str()) >= versions.len()).then_some(()) },
    )
    .await;
    let after = stack.show(DEMO, &media).await.unwrap();
    assert_eq!(after["state"], "ready");
    for field in ["sha256", "bytes", "urls", "generation"] {
        assert_eq!(after[field], shown[field], "{field}");
    }
    let key = url.strip_prefix(&format!("{}/", stack.file.cdn)).unwrap();
    let object = stack.object("delivery", key).await.unwrap();
    assert_eq!(object, first.body, "what was published changed");
}
