//! Tests that events reach the webhooks of apps: signed, at least once, and whatever fails.

mod again;
mod faults;
mod registering;
mod sending;
mod standing;

use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use dozo::memory::faults::Faults;
use dozo::memory::web::Answer;
use dozo::ports::clock::Clock;
use dozo::ports::web::Request;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::{Letter, World, call};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use crate::announcing::{ABUSE, PRIVATE, PUBLIC, RESTORE, SUSPEND, VISIBILITY, hint, order, ready};

const HOOK: &str = "/admin/apps/{app}/webhooks/{webhook}";
const URL: &str = r#"{"url": "https://shop.example/hook"}"#;

/// Calls a route about the webhook `shop` of the app `demo`; returns the status and the answer.
async fn api(world: &World, route: &str, body: Option<&str>) -> (i64, Value) {
    api_of(world, route, ("demo", "shop"), &[], body).await
}

async fn api_of(
    world: &World,
    route: &str,
    (app, hook): (&str, &str),
    query: &[(&str, &str)],
    body: Option<&str>,
) -> (i64, Value) {
    let (route, delivery) = route.split_once(" of ").unwrap_or((route, ""));
    let path = [("app", app), ("webhook", hook), ("delivery", delivery)];
    let function = world.register_app(&Faults::none());
    let answer = register_app::handle(&function, call(route, &path, query, body)).await;
    let Some(Body::Text(text)) = &answer.body else {
        panic!("{answer:?}")
    };
    (answer.status_code, serde_json::from_str(text).unwrap())
}

/// Registers the webhook `shop`, and returns its secret.
async fn register(world: &World) -> String {
    let (status, answer) = api(world, &format!("PUT {HOOK}"), Some(URL)).await;
    assert_eq!(status, 201, "{answer}");
    answer["secret"].as_str().unwrap().to_owned()
}

/// Returns the deliveries to `shop`, those of the latest events first.
async fn deliveries(world: &World) -> Vec<Value> {
    let (status, page) = api(world, &format!("GET {HOOK}/deliveries"), None).await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

async fn states(world: &World) -> Vec<String> {
    let all = deliveries(world).await.into_iter();
    all.map(|one| one["state"].as_str().unwrap().to_owned())
        .collect()
}

/// A world with a webhook and one picture that was announced; nothing was sent yet.
async fn announced(seed: u64) -> (World, UploadedFile, String) {
    let (world, file) = ready(seed).await;
    let secret = register(&world).await;
    assert!(hint(&world, &file, &Faults::none()).await);
    (world, file, secret)
}

/// Makes so many more events about a file, and announces them.
async fn more(world: &World, file: &UploadedFile, events: usize) {
    for number in 0..events {
        let to = [PRIVATE, PUBLIC][number % 2];
        order(world, file, VISIBILITY, Some(to)).await;
        assert!(hint(world, file, &Faults::none()).await);
    }
}

/// The queue of deliveries, as SQS treats it: each message waits for its delay or visibility timeout.
#[derive(Default)]
struct Mail {
    waiting: Vec<(Timestamp, Letter)>,
    sent: usize,
}

impl Mail {
    fn collect(&mut self, world: &World) {
        for sent in world.deliveries.take() {
            self.sent += 1;
            let letter = Letter {
                id: format!("sent-{}", self.sent),
                body: sent.body,
                attempts: 1,
            };
            let due = later(world.clock.now(), sent.delay_seconds);
            self.waiting.push((due, letter));
        }
    }

    /// Delivers what is due now in one batch, to a process with these faults. Returns how many messages were in it.
    async fn deliver(&mut self, world: &World, faults: &Faults) -> usize {
        self.collect(world);
        let now = world.clock.now();
        self.waiting.sort_by_key(|(due, _)| *due);
        let due = self.waiting.iter().take_while(|(due, _)| *due <= now);
        let due = due.count().min(10);
        let batch: Vec<_> = self.waiting.drain(..due).map(|(_, one)| one).collect();
        if batch.is_empty() {
            return 0;
        }
        let _earlier = world.deliveries.take_waits();
        let function = world.deliver_webhook(faults);
        let answer = deliver_webhook::handle(&function, Letter::batch(&batch)).await;
        let waits = world.deliveries.take_waits();
        for letter in batch {
            let came_back = answer
                .batch_item_failures
                .iter()
                .any(|failed| failed.item_identifier == letter.id);
            if came_back || faults.died() {
                let receipt = format!("receipt of {}", letter.id);
                let asked = waits.iter().find(|(of, _)| *of == receipt);
                // The queue's own visibility timeout.
                let wait = asked.map_or(360, |(_, seconds)| *seconds);
                let attempts = letter.attempts + 1;
                self.waiting
                    .push((later(now, wait), Letter { attempts, ..letter }));
            }
        }
        due
    }

    /// Delivers for so many seconds, letting time pass.
    async fn run(&mut self, world: &World, seconds: u32) {
        let end = later(world.clock.now(), seconds);
        loop {
            while self.deliver(world, &Faults::none()).await > 0 {}
            let next = self.waiting.iter().map(|(due, _)| *due).min();
            let until = next.filter(|due| *due <= end).unwrap_or(end);
            let pass = until.as_second() - world.clock.now().as_second();
            world.clock.advance(u32::try_from(pass.max(0)).unwrap());
            if until == end {
                return;
            }
        }
    }
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now + jiff::SignedDuration::from_secs(seconds.into())
}

fn answer_with(world: &World, status: u16) {
    world
        .web
        .answer_with(move |_| Ok(Answer::with_status(status)));
}

/// Returns whether a signature of a request is by this secret, as the Standard Webhooks say.
fn is_signed(request: &Request, secret: &str) -> bool {
    let header = |name: &str| request.headers[name].to_str().unwrap();
    let key = BASE64
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    let expected = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    header("webhook-signature")
        .split(' ')
        .any(|given| given == expected)
}

/// Returns the ids of the events that endpoints received, in order.
fn received(world: &World) -> Vec<String> {
    let received = world.web.received().into_iter();
    received
        .map(|request| request.headers["webhook-id"].to_str().unwrap().to_owned())
        .collect()
}

/// Returns the object that RECORDS has under this key.
fn stored(world: &World, key: &str) -> Option<Value> {
    let records = world.store.contents(Bucket::Records);
    records
        .get(key)
        .map(|object| serde_json::from_slice(&object.body).unwrap())
}
