//! Tests events as a receiver outside sees them: by a rule on the stack's bus, and a queue behind it.

use std::collections::BTreeMap;

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Program, Stack, fresh_app, until};
use dozo_tests::template::workspace;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

/// A receiver of all events of one app.
struct Receiver<'a> {
    stack: &'a Stack,
    queue: String,
    rule: String,
}

impl<'a> Receiver<'a> {
    /// Has the events of an app come into a queue, whose name is that of the rule, too.
    async fn of(stack: &'a Stack, app: &str, name: &str) -> Self {
        let sqs = stack.sqs(&Keys::root());
        let made = sqs.create_queue().queue_name(name).send().await.unwrap();
        let queue = made.queue_url.unwrap();
        let pattern = json!({"source": ["dozo"], "detail": {"source": [format!("/apps/{app}")]}});
        let arn = format!(
            "arn:aws:sqs:{}:{}:{name}",
            stack.file.region, stack.file.account
        );
        let receiver = Self {
            stack,
            queue,
            rule: name.to_owned(),
        };
        let rule = ["put-rule", "--name", name, "--event-pattern"];
        receiver.events(&rule, &[&pattern.to_string()]).await;
        let target = format!("Id=queue,Arn={arn}");
        let targets = ["put-targets", "--rule", name, "--targets"];
        receiver.events(&targets, &[&target]).await;
        receiver
    }

    /// Calls EventBridge as an operator does, by the AWS CLI.
    async fn events(&self, call: &[&str], with: &[&str]) {
        let stack = self.stack;
        let _said = Program::aws_cli()
            .envs(Keys::root().environment())
            .env("AWS_DEFAULT_REGION", &stack.file.region)
            .env("AWS_ENDPOINT_URL", &stack.file.aws_endpoint)
            .arg("events")
            .args(call)
            .args(with)
            .args(["--event-bus-name", &stack.file.stack])
            .run()
            .await
            .succeeded();
    }

    /// Receives until there are as many different events of a media beyond this sequence; returns them by their own.
    async fn receive(
        &self,
        media: &MediaId,
        beyond: &str,
        count: usize,
    ) -> BTreeMap<String, Value> {
        let sqs = self.stack.sqs(&Keys::root());
        let received = std::sync::Mutex::new(BTreeMap::new());
        let probe = || async {
            let call = sqs.receive_message().queue_url(&self.queue);
            let answer = call.max_number_of_messages(10).wait_time_seconds(1);
            for message in answer.send().await.unwrap().messages.unwrap_or_default() {
                let done = sqs.delete_message().queue_url(&self.queue);
                let done = done.receipt_handle(message.receipt_handle.unwrap());
                done.send().await.unwrap();
                let envelope: Value = serde_json::from_str(&message.body.unwrap()).unwrap();
                let event = envelope["detail"].clone();
                assert_eq!(envelope["source"], "dozo");
                assert_eq!(envelope["detail-type"], event["type"]);
                let sequence = event["sequence"].as_str().unwrap().to_owned();
                if event["subject"] == media.as_str() && sequence.as_str() > beyond {
                    let mut received = received.lock().unwrap();
                    let before = received.insert(sequence, event.clone());
                    assert!(before.is_none_or(|before| before == event));
                }
            }
            let received = received.lock().unwrap();
            (received.len() == count).then(|| received.clone())
        };
        until("the events", PATIENCE, probe).await
    }

    async fn end(self) {
        let rule = ["--rule", self.rule.as_str(), "--ids", "queue"];
        self.events(&["remove-targets"], &rule).await;
        self.events(&["delete-rule", "--name", &self.rule], &[])
            .await;
        let sqs = self.stack.sqs(&Keys::root());
        let call = sqs.delete_queue().queue_url(&self.queue);
        call.send().await.unwrap();
    }
}

fn kinds(events: &BTreeMap<String, Value>) -> Vec<&str> {
    let events = events.values();
    events
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_life_is_announced_to_whoever_has_a_rule() {
    let stack = Stack::running();
    let app = DEMO;
    let receiver = Receiver::of(&stack, app, &fresh_app("told")).await;
    let grant = stack.grant_for(app, &json!({})).await;

    let good = picture(ImageFormat::Png, 310, 210, 98).unwrap();
    stack.put(&grant, "a.png", good).await;
    stack.put(&grant, "b.png", "no picture").await;
    let (media, other) = (grant.media("a.png"), grant.media("b.png"));
    let shown = stack.until_state(app, &media, "ready").await;
    let first = receiver.receive(&media, "", 1).await;
    assert_eq!(kinds(&first), ["media.ready"]);
    let event = &first["0000000001"];
    assert_eq!(event["id"], format!("{media}-1"));
    assert_eq!(
        event["data"], shown,
        "the media is not as the API answers it"
    );

    let suspend = format!("/admin/apps/{app}/media/{media}/suspend");
    let body = json!({"reason": "abuse"});
    stack.admin().send(Method::POST, &suspend, &body).await;
    stack.until_state(app, &media, "suspended").await;
    let delete = format!("/apps/{app}/media/{media}");
    let asked = stack.app().send(Method::DELETE, &delete, &json!({})).await;
    assert_eq!(asked.status, 202);
    stack.until_state(app, &media, "deleted").await;
    let rest = receiver.receive(&media, "0000000001", 2).await;
    assert_eq!(kinds(&rest), ["media.suspended", "media.deleted"]);
    assert!(rest.keys().eq(["0000000002", "0000000003"]));
    assert!(rest["0000000003"]["data"]["file_name"].is_null());

    // What was sent is kept, by the byte.
    let kept = stack
        .object("records", &format!("events/{app}/{media}/0000000001"))
        .await
        .unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(&kept, event);
    // The cursor is advanced after an event was sent.
    let key = format!("announced/{app}/{media}");
    let advanced = async || {
        let cursor = stack.object("records", &key).await?;
        (cursor == br#"{"seq":3,"upload_seen":true}"#.as_slice()).then_some(())
    };
    until("the cursor", PATIENCE, advanced).await;

    let key = format!("events/{app}/{other}/0000000001");
    let refused = until("the refusal", PATIENCE, || stack.object("records", &key)).await;
    let refused: Value = serde_json::from_slice(&refused).unwrap();
    assert_eq!(refused["type"], "media.rejected");
    let all: Vec<_> = first.into_values().chain(rest.into_values()).collect();
    assert_conform(&[all, vec![refused]].concat()).await;
    receiver.end().await;
}

/// Asserts that events conform to `docs/events.json`, by a validator that is not ours.
async fn assert_conform(events: &[Value]) {
    const CHECK: &str = "import json, jsonschema, sys\n\
         schema = json.load(open(sys.argv[1]))\n\
         jsonschema.Draft202012Validator.check_schema(schema)\n\
         check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())\n\
         for event in json.load(sys.stdin):\n    check.validate(event)\n";
    let _said = Program::new(workspace().join(".local/venv/bin/python"))
        .args(["-c", CHECK])
        .arg(workspace().join("docs/events.json"))
        .input(json!(events).to_string())
        .run()
        .await
        .succeeded();
}
