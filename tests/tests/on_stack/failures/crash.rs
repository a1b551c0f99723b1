//! Tests functions that die, on a stack of its own, because all uploads go through the one function that is broken
//! here.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use dozo::stages::failure::{FailedMessage, STAGE_CRASHED};
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::names::{AppId, MediaId};
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::stage::{MAX_DELIVERIES, Stage};
use dozo_tests::own_stack::{OwnStack, Ports, Signal, send};
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Stack, until};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::failures::configure::configure;
use crate::failures::good;

/// The function that is broken here.
const FUNCTION: &str = "validate-upload";

/// Sets how soon the message of a dead process comes again: 12 minutes on AWS, which no test waits for.
pub(super) async fn redeliver_after(stack: &Stack, seconds: u32) {
    for queue in ["uploads", "bulk-uploads"] {
        stack
            .sqs(&Keys::root())
            .set_queue_attributes()
            .queue_url(stack.queue(queue))
            .attributes(QueueAttributeName::VisibilityTimeout, seconds.to_string())
            .send()
            .await
            .unwrap();
    }
}

async fn waiting(stack: &Stack, queue: &str) -> String {
    let attributes = stack
        .sqs(&Keys::root())
        .get_queue_attributes()
        .queue_url(stack.queue(queue))
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .send()
        .await
        .unwrap();
    let all = attributes.attributes.unwrap();
    all[&QueueAttributeName::ApproximateNumberOfMessages].clone()
}

async fn object<T: serde::de::DeserializeOwned>(stack: &Stack, key: Key) -> T {
    let body = stack.object("records", &key.to_string()).await;
    serde_json::from_slice(&body.unwrap_or_else(|| panic!("no {key}"))).unwrap()
}

#[tokio::test]
async fn a_stage_that_dies_loses_nothing() {
    let mut own = OwnStack::new("crash");
    let stack = own.start(Ports::default()).await;
    died_at_its_start(&stack).await;
    died_at_work(&own, &stack).await;
    tokio::join!(
        crate::failures::sweep::is_killed_and_ends(&own, &stack),
        crate::failures::document::is_killed_and_ends(&own, &stack),
    );
    assert_eq!(waiting(&stack, "last-resort").await, "0");
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}

/// Breaks the configuration, so that every process ends when it starts.
async fn died_at_its_start(stack: &Stack) {
    redeliver_after(stack, 1).await;
    let good_ones = configure(stack, FUNCTION, |variables| {
        drop(variables.remove("RECORDS_BUCKET"));
    })
    .await;
    let grant = stack.grant().await;
    stack.put(&grant, "poison.png", good(1)).await;
    let poisoned = grant.media("poison.png");
    let shown = stack.until_state(DEMO, &poisoned, "failed").await;
    assert_eq!(shown["failure"]["stage"], "validate-upload", "{shown}");
    assert_eq!(shown["failure"]["code"], STAGE_CRASHED, "{shown}");
    assert_eq!(shown["failure"]["attempts"], MAX_DELIVERIES, "{shown}");
    assert!(shown.get("urls").is_none(), "{shown}");

    // Repair it while other messages fail; none of them is lost.
    redeliver_after(stack, 5).await;
    let names = ["a.png", "b.png", "c.png"];
    join_all(names.map(|name| stack.put(&grant, name, good(2)))).await;
    configure(stack, FUNCTION, |variables| *variables = good_ones).await;
    for name in names {
        stack.until_state(DEMO, &grant.media(name), "ready").await;
    }
    assert_on_record(stack, &poisoned, &grant.key("poison.png")).await;
    tried_again(stack, &poisoned).await;
}

/// Retries twice: the media is ready once, and no longer listed as failed.
async fn tried_again(stack: &Stack, media: &MediaId) {
    let path = format!("/admin/apps/{DEMO}/media/{media}/retry");
    for _ in 0..2 {
        let reply = stack.admin().send(Method::POST, &path, &json!({})).await;
        assert!(matches!(reply.status, 202 | 409), "{reply:?}");
    }
    let shown = stack.until_state(DEMO, media, "ready").await;
    let history = shown["history"].as_array().unwrap();
    for what in ["retried", "ready"] {
        let times = history.iter().filter(|event| event["what"] == what);
        assert_eq!(times.count(), 1, "{what}: {shown}");
    }
    let listed = stack.app().get("/apps/demo/media?state=failed").await;
    assert_eq!(listed.json()["items"], json!([]));
}

async fn assert_on_record(stack: &Stack, media: &MediaId, key: &str) {
    let listed = stack
        .app()
        .get("/apps/demo/media?state=failed")
        .await
        .json();
    let items = listed["items"].as_array().unwrap();
    let [item] = items.as_slice() else {
        panic!("{listed}")
    };
    assert_eq!(item["media"], media.as_str());
    assert_eq!(item["failure"]["code"], STAGE_CRASHED);

    let app = AppId::parse(DEMO).unwrap();
    let record: MediaRecord = object(stack, Key::Media(app.clone(), media.clone())).await;
    let message: Value = serde_json::from_str(&record.failed_message.unwrap()).unwrap();
    assert_eq!(message["Records"][0]["s3"]["object"]["key"], key);
    let mark: FailedMessage = object(stack, Key::Failed(app, media.clone())).await;
    assert_eq!(serde_json::from_str::<Value>(&mark.body).unwrap(), message);
    assert_eq!(
        (mark.code.as_str(), mark.attempts),
        (STAGE_CRASHED, MAX_DELIVERIES)
    );
    let file = stack.object("upload", key).await;
    assert!(file.is_some(), "there is nothing left to try again with");
}

/// Kills the function's processes while they work, each time they are up again.
async fn died_at_work(own: &OwnStack, stack: &Stack) {
    redeliver_after(stack, 2).await;
    let grant = stack.grant().await;
    let names: Vec<_> = (0..12).map(|n| format!("{n}.png")).collect();
    let puts = async {
        for (shade, name) in (0u8..).zip(&names) {
            stack.put(&grant, name, good(shade)).await;
        }
    };
    // Kill fewer times than the stage tries, so that no message can be given up.
    let kills = async {
        for _ in 1..Stage::ValidateUpload.max_attempts() {
            kill_workers(own, stack).await;
        }
    };
    tokio::join!(puts, kills);
    for name in &names {
        let shown = stack.until_state(DEMO, &grant.media(name), "ready").await;
        let history = shown["history"].as_array().unwrap();
        let ready = history.iter().filter(|event| event["what"] == "ready");
        assert_eq!(ready.count(), 1, "{shown}");
    }
}

async fn kill_workers(own: &OwnStack, stack: &Stack) {
    let function = &stack.file.functions["validate-upload"];
    let killed = until("processes of validate-upload", PATIENCE, || async {
        Some(own.workers(function)).filter(|workers| !workers.is_empty())
    })
    .await;
    killed.iter().for_each(|id| send(*id, Signal::KILL));
    until("their end", Duration::from_secs(10), || async {
        let left = own.workers(function);
        killed.iter().all(|id| !left.contains(id)).then_some(())
    })
    .await;
}
