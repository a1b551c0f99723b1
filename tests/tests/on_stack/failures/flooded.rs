//! Tests an app that floods, on a stack of its own whose share of a minute is small: a picture of another app is let past.

use dozo::vocabulary::record::{MediaRecord, What};
use dozo_tests::crowd::Crowd;
use dozo_tests::own_stack::{OwnStack, Ports, Signal};
use dozo_tests::stack::{Keys, PATIENCE, Stack, fresh_app, until};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::failures::configure::configure;

const FLOOD: usize = 60;

/// Longer than a message waits before it is handed over.
const WAITED: SignedDuration = SignedDuration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn holds_up_nobody_else() {
    let mut own = OwnStack::new("flood");
    let stack = own.start(Ports::default()).await;
    configure(&stack, "validate-upload", |variables| {
        let share = variables.insert("BULK_AFTER_FILES_PER_MINUTE".to_owned(), json!("2"));
        assert_eq!(share, Some(json!("60")));
    })
    .await;
    receive(&stack, false).await;
    let sent = |app: String, files: usize| {
        let stack = &stack;
        async move {
            stack.register(&app, &json!({})).await;
            let grant = stack.grant_for(&app, &json!({})).await;
            let crowd = Crowd::of(&[grant], files);
            crowd.send(8, |grant| stack.s3(&grant.keys)).await
        }
    };
    let flood = sent(fresh_app("flood"), FLOOD).await;
    let single = sent(fresh_app("single"), 1).await;
    let last = Timestamp::now();
    until("the uploads to have waited", PATIENCE, || async {
        (Timestamp::now().duration_since(last) > WAITED).then_some(())
    })
    .await;
    receive(&stack, true).await;

    let records = flood.all_ready(&stack).await;
    flood.assert_published_once(&stack, &records).await;
    let single = single.all_ready(&stack).await;
    let then = single.iter().filter_map(ready_at).next().unwrap();
    let before = records.iter().filter_map(ready_at).filter(|at| *at < then);
    let before = before.count();
    // It is behind the flood in the queue, so that without the other queue at most the two last files come after it. How
    // many do depends on the machine: a hand-over takes the emulator not much less time than a small picture.
    let after = FLOOD - before;
    assert!(after > FLOOD / 10, "{after} of {FLOOD} came after it");
    let log = stack.log_of("validate-upload");
    let moved = log.matches("moved to the queue for bulk uploads").count();
    assert!(moved > 0, "{log}");
    assert!(records.iter().all(|record| record.last_error.is_none()));
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}

fn ready_at(record: &MediaRecord) -> Option<Timestamp> {
    let mut events = record.history.iter();
    let ready = events.find(|event| event.what == What::Ready)?;
    Some(ready.at)
}

/// Switches the event source of the queue of uploads on or off.
async fn receive(stack: &Stack, is_on: bool) {
    let lambda = stack.service(&Keys::root(), "lambda");
    let path = "/2015-03-31/event-source-mappings";
    let all = lambda.get(&format!("{path}/")).await.json();
    let of_uploads = |source: &&Value| {
        let arn = source["EventSourceArn"].as_str().unwrap_or_default();
        arn.ends_with("-uploads") && !arn.ends_with("-bulk-uploads")
    };
    let sources = all["EventSourceMappings"].as_array().unwrap();
    let id = sources.iter().find(of_uploads).unwrap()["UUID"].clone();
    let path = format!("{path}/{}", id.as_str().unwrap());
    let reply = lambda
        .send(Method::PUT, &path, &json!({"Enabled": is_on}))
        .await;
    assert!([200, 202].contains(&reply.status), "{reply:?}");
}
