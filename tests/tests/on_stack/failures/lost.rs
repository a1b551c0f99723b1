//! Tests that lost messages and lost events are found again, on a stack of its own, because queues are emptied here.

use aws_sdk_sqs::types::QueueAttributeName;
use dozo::vocabulary::keys::Key;
use dozo_tests::own_stack::{OwnStack, Ports, Signal};
use dozo_tests::stack::{DEMO, Grant, Keys, PATIENCE, Stack, until};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::failures::good;

/// The pictures whose messages are deleted.
const PURGED: usize = 200;

/// The pictures that S3 sends no event about.
const UNNOTICED: usize = 50;

/// The documents whose orders are deleted.
const FEW: usize = 5;

/// A file that is rejected first. S3 sends no event about its next version, which is good.
const MENDED: &str = "mended.png";

async fn queue(stack: &Stack, name: &str) -> String {
    let name = format!("{}-{name}", stack.file.stack);
    let sqs = stack.sqs(&Keys::root());
    let found = sqs.get_queue_url().queue_name(name).send().await.unwrap();
    found.queue_url.unwrap()
}

/// Switches the event sources of a function on or off.
async fn consume(stack: &Stack, function: &str, enabled: bool) {
    let lambda = stack.service(&Keys::root(), "lambda");
    let name = &stack.file.functions[function];
    let path = format!("/2015-03-31/event-source-mappings?FunctionName={name}");
    let found = lambda.get(&path).await.json();
    let sources = found["EventSourceMappings"].as_array().unwrap();
    assert!(!sources.is_empty(), "{found}");
    for source in sources {
        let id = source["UUID"].as_str().unwrap();
        let path = format!("/2015-03-31/event-source-mappings/{id}");
        let reply = lambda
            .send(Method::PUT, &path, &json!({"Enabled": enabled}))
            .await;
        assert!(reply.status < 300, "{reply:?}");
    }
}

/// Waits until this many messages are in a queue, and deletes them.
async fn purge(stack: &Stack, name: &str, messages: usize) {
    let (sqs, url) = (stack.sqs(&Keys::root()), queue(stack, name).await);
    until("the messages to be there", PATIENCE, || async {
        let asked = sqs.get_queue_attributes().queue_url(&url);
        let asked = asked.attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
        let found = asked.send().await.unwrap().attributes.unwrap();
        let count: usize = found[&QueueAttributeName::ApproximateNumberOfMessages]
            .parse()
            .unwrap();
        (count >= messages).then_some(())
    })
    .await;
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
}

/// Puts files of these names, each with another content.
async fn put(stack: &Stack, grant: &Grant, names: &[String]) {
    let puts = (0_u8..).zip(names);
    join_all(puts.map(|(shade, name)| stack.put(grant, name, good(shade)))).await;
}

/// Puts pictures while S3 sends no events.
async fn put_unnoticed(stack: &Stack, grant: &Grant, names: &[String]) {
    let (s3, bucket) = (stack.s3(&Keys::root()), stack.bucket("upload"));
    let before = s3
        .get_bucket_notification_configuration()
        .bucket(bucket)
        .send()
        .await
        .unwrap();
    let queues = before.queue_configurations.unwrap();
    assert!(!queues.is_empty());
    let configure = async |queues| {
        let wanted = aws_sdk_s3::types::NotificationConfiguration::builder();
        let wanted = wanted.set_queue_configurations(queues).build();
        let call = s3.put_bucket_notification_configuration().bucket(bucket);
        call.notification_configuration(wanted)
            .send()
            .await
            .unwrap();
    };
    configure(None).await;
    put(stack, grant, names).await;
    configure(Some(queues)).await;
}

/// Forgets that uploads were compared within the hour.
async fn compare_again(stack: &Stack) {
    let (s3, bucket) = (stack.s3(&Keys::root()), stack.bucket("records"));
    let cursor = Key::Compared.to_string();
    let call = s3.delete_object().bucket(bucket).key(cursor);
    call.send().await.unwrap();
}

/// Runs the sweeper; returns what it found.
async fn sweep(stack: &Stack) -> Value {
    let lambda = stack.service(&Keys::root(), "lambda");
    let path = format!(
        "/2015-03-31/functions/{}/invocations",
        stack.file.functions["sweep-lost"]
    );
    let reply = lambda.send(Method::POST, &path, &json!({})).await;
    let found = reply.json();
    assert!(found.get("errorMessage").is_none(), "{found}");
    found
}

#[tokio::test]
async fn what_is_lost_is_found_again() {
    let mut own = OwnStack::new("lost");
    let stack = own.start(Ports::default()).await;
    let grant = stack.grant().await;
    let named = |what: &str, count: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{what} {number}"))
            .collect()
    };

    stack.put(&grant, MENDED, b"no picture".to_vec()).await;
    stack
        .until_state(DEMO, &grant.media(MENDED), "rejected")
        .await;

    consume(&stack, "split-pdf", false).await;
    let documents = named("document.pdf", FEW);
    for name in &documents {
        stack.put(&grant, name, dozo_tests::pdfs::plain(2)).await;
        stack
            .until_state(DEMO, &grant.media(name), "processing")
            .await;
    }
    purge(&stack, "pdfs", FEW).await;
    consume(&stack, "split-pdf", true).await;

    consume(&stack, "validate-upload", false).await;
    let pictures = named("写真.png", PURGED);
    put(&stack, &grant, &pictures).await;
    purge(&stack, "uploads", PURGED).await;
    consume(&stack, "validate-upload", true).await;

    let unnoticed = named("unnoticed.png", UNNOTICED);
    let mended = [MENDED.to_owned()];
    put_unnoticed(&stack, &grant, &[&unnoticed[..], &mended].concat()).await;

    let all: Vec<_> = documents
        .iter()
        .chain(&pictures)
        .chain(&unnoticed)
        .collect();
    let is_ready = async |name: &str| {
        let shown = stack.show(DEMO, &grant.media(name)).await;
        shown.is_some_and(|shown| shown["state"] == "ready")
    };
    // Nothing but the sweeper leads to them: pictures have no record, and the others stay as they are.
    let records = stack.all_keys("records", &format!("media/{DEMO}/")).await;
    assert_eq!(records.len(), documents.len() + mended.len(), "{records:?}");
    for name in documents.iter().chain(&mended) {
        assert!(!is_ready(name).await, "{name}");
    }
    until("uploads without records", PATIENCE, || async {
        compare_again(&stack).await;
        let found = sweep(&stack).await;
        (found["uploads"].as_u64() > Some(0)).then_some(())
    })
    .await;
    // They wait behind each other in one queue, so the test is patient as long as one after the other becomes ready.
    let mut left: Vec<_> = all;
    while !left.is_empty() {
        left = until("another file to be ready", PATIENCE, || async {
            sweep(&stack).await;
            let mut waiting = Vec::new();
            for name in &left {
                if !is_ready(name).await {
                    waiting.push(*name);
                }
            }
            (waiting.len() < left.len()).then_some(waiting)
        })
        .await;
    }
    until("the mended file to be ready", PATIENCE, || async {
        compare_again(&stack).await;
        sweep(&stack).await;
        is_ready(MENDED).await.then_some(())
    })
    .await;
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}
