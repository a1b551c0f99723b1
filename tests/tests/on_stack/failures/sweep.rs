//! Tests a suspension whose processes are killed in the middle of copying and deleting: it still ends with every object
//! in its place and unchanged.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::QueueAttributeName;
use dozo::vocabulary::names::MediaId;
use dozo_tests::many::ready_with_objects;
use dozo_tests::own_stack::{OwnStack, Signal, send};
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Stack, until};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;

use crate::failures::good;

const FUNCTION: &str = "run-operation";

/// Enough objects that the work can be interrupted in the middle.
const OBJECTS: usize = 400;

/// Fewer kills than the deliveries after which the message is given up.
const KILLS: usize = 3;

const AT_ONCE: usize = 16;

/// Sets how soon the message of a dead process comes again: 12 minutes on AWS, which no test waits for.
async fn redeliver_soon(stack: &Stack) {
    let sqs = stack.sqs(&Keys::root());
    let name = format!("{}-operations", stack.file.stack);
    let found = sqs.get_queue_url().queue_name(name).send().await.unwrap();
    sqs.set_queue_attributes()
        .queue_url(found.queue_url.unwrap())
        .attributes(QueueAttributeName::VisibilityTimeout, "3")
        .send()
        .await
        .unwrap();
}

/// Returns what a viewer or a restore would find: checksum, type, disposition, cache control and metadata of each
/// object.
async fn held(stack: &Stack, bucket: &str, media: &MediaId) -> BTreeMap<String, String> {
    let prefix = format!("public/{DEMO}/{media}/");
    let keys = stack.all_keys(bucket, &prefix).await;
    let s3 = stack.s3(&Keys::root());
    let looks = keys.into_iter().map(|key| {
        let look = s3.head_object().bucket(stack.bucket(bucket)).key(&key);
        async move {
            let found = look.send().await.unwrap();
            let metadata: BTreeMap<_, _> = found.metadata.unwrap_or_default().into_iter().collect();
            let told = (
                found.e_tag,
                found.content_length,
                found.content_type,
                found.content_disposition,
                found.cache_control,
                metadata,
            );
            (key, format!("{told:?}"))
        }
    });
    stream::iter(looks)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn count(stack: &Stack, bucket: &str, media: &MediaId) -> usize {
    let prefix = format!("public/{DEMO}/{media}/");
    stack.all_keys(bucket, &prefix).await.len()
}

/// Kills the processes at work, each time at a later point between the first copy and the last deletion.
async fn kill_in_the_middle(own: &OwnStack, stack: &Stack, media: &MediaId) {
    let function = &stack.file.functions[FUNCTION];
    let mut before = 0;
    for _ in 0..KILLS {
        before = until("the middle of the sweep", PATIENCE, || async {
            let (saved, left) = (
                count(stack, "backup", media).await,
                count(stack, "delivery", media).await,
            );
            assert!(left > 0, "the sweep was over before it was met");
            (saved > before && !own.workers(function).is_empty()).then_some(saved)
        })
        .await;
        for id in own.workers(function) {
            send(id, Signal::KILL);
        }
    }
}

pub(crate) async fn is_killed_and_ends(own: &OwnStack, stack: &Stack) {
    redeliver_soon(stack).await;
    let grant = stack.grant().await;
    let media = ready_with_objects(stack, &grant, "large.png", good(7), OBJECTS).await;
    let all = held(stack, "delivery", &media).await;
    assert_eq!(all.len(), OBJECTS);

    let path = format!("/admin/apps/{DEMO}/media/{media}");
    let ask = |what: &str, body| {
        let (signer, path) = (stack.admin(), format!("{path}/{what}"));
        async move {
            let reply = signer.send(Method::POST, &path, &body).await;
            assert_eq!(reply.status, 202, "{path}: {reply:?}");
        }
    };
    ask("suspend", json!({"reason": "abuse"})).await;
    kill_in_the_middle(own, stack, &media).await;
    stack.until_state(DEMO, &media, "suspended").await;
    assert_eq!(held(stack, "delivery", &media).await, BTreeMap::new());
    assert_eq!(held(stack, "backup", &media).await, all);
    for key in all.keys() {
        let reply = stack.fetch(&format!("{}/{key}", stack.file.cdn)).await;
        assert_eq!(reply.status, 404, "{key}");
    }

    ask("restore", json!({})).await;
    stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(held(stack, "delivery", &media).await, all);
    assert_eq!(held(stack, "backup", &media).await, BTreeMap::new());
}
