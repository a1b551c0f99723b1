//! Tests what endpoints receive.

use std::time::Duration;

use dozo::memory::faults::Faults;
use dozo_tests::world::World;
use serde_json::{Value, json};

use super::{
    HOOK, Mail, announced, answer_with, api, deliveries, hint, is_signed, more, received, register,
    states, stored,
};
use crate::announcing::ready;

#[tokio::test(start_paused = true)]
async fn an_endpoint_receives_the_bytes_that_the_bus_got_signed() {
    let (world, file, secret) = announced(1).await;
    Mail::default().run(&world, 0).await;
    let requests = world.web.received();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    let published = world.bus.published();
    assert_eq!(request.body, published[0].body);
    assert!(is_signed(request, &secret));
    assert_eq!(world.web.waits(), [Duration::from_secs(15)]);
    let id = format!("{}-1", file.media);
    assert_eq!(request.headers["webhook-id"], id.as_str());
    assert_eq!(request.address.as_str(), "https://shop.example/hook");
    let event: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(event["id"], id.as_str());
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(
        (
            &delivery["state"],
            &delivery["type"],
            &delivery["tries"][0]["status"]
        ),
        (&json!("delivered"), &json!("media.ready"), &json!(200))
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_without_webhooks_costs_no_message() {
    let (world, file) = ready(2).await;
    assert!(hint(&world, &file, &Faults::none()).await);
    assert_eq!(world.deliveries.take(), []);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_wanted_is_sent() {
    let (world, file) = ready(3).await;
    let body = json!({"url": "https://shop.example/hook", "events": ["media.visibility_changed"]});
    let (status, _) = api(&world, &format!("PUT {HOOK}"), Some(&body.to_string())).await;
    assert_eq!(status, 201);
    assert!(hint(&world, &file, &Faults::none()).await);
    more(&world, &file, 2).await;
    Mail::default().run(&world, 0).await;
    let expected = [2, 3].map(|seq| format!("{}-{seq}", file.media));
    let mut received = received(&world);
    received.sort();
    assert_eq!(received, expected);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_is_sent_once() {
    let (world, _, _) = announced(4).await;
    let mut mail = Mail::default();
    mail.collect(&world);
    let twice = mail.waiting[0].clone();
    mail.run(&world, 0).await;
    mail.waiting.push(twice);
    mail.run(&world, 0).await;
    assert_eq!(received(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_removed_meanwhile_receives_nothing_and_neither_does_its_successor() {
    let (world, _, _) = announced(5).await;
    api(&world, &format!("DELETE {HOOK}"), None).await;
    let mut mail = Mail::default();
    mail.collect(&world);
    let kept = mail.waiting.clone();
    mail.run(&world, 0).await;
    register(&world).await;
    mail.waiting = kept;
    mail.run(&world, 100_000).await;
    assert_eq!(received(&world), [""; 0]);
    assert!(deliveries(&world).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_webhook_lists_and_sends_nothing_of_an_earlier_one_of_its_name() {
    let (world, _, _) = announced(10).await;
    let mut mail = Mail::default();
    mail.run(&world, 10).await;
    let [earlier] = deliveries(&world).await.try_into().unwrap();
    api(&world, &format!("DELETE {HOOK}"), None).await;
    register(&world).await;
    assert!(deliveries(&world).await.is_empty());
    let id = earlier["delivery"].as_str().unwrap();
    let route = format!("POST {HOOK}/deliveries/{{delivery}}/resend of {id}");
    let (status, _) = api(&world, &route, None).await;
    assert_eq!(status, 404);
    let since = json!({"since": "2026-01-01T00:00:00Z"}).to_string();
    api(&world, &format!("POST {HOOK}/resend"), Some(&since)).await;
    mail.run(&world, 10).await;
    assert_eq!(received(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_tried_nine_times_over_more_than_a_day() {
    let (world, _, _) = announced(6).await;
    answer_with(&world, 500);
    let mut mail = Mail::default();
    mail.run(&world, 86_400).await;
    assert_eq!(states(&world).await, ["waiting"]);
    assert!(received(&world).len() >= 8, "{}", received(&world).len());
    mail.run(&world, 20_000).await;
    assert_eq!(received(&world).len(), 9);
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(
        (&delivery["state"], &delivery["attempts"]),
        (&json!("failed"), &json!(9))
    );
    assert!(mail.waiting.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_made_good() {
    let (world, _, _) = announced(7).await;
    answer_with(&world, 503);
    let mut mail = Mail::default();
    mail.run(&world, 10).await;
    assert_eq!(states(&world).await, ["waiting"]);
    let (_, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!(shown["state"], "failing");
    answer_with(&world, 204);
    mail.run(&world, 100).await;
    assert_eq!(states(&world).await, ["delivered"]);
    let (_, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!(
        (&shown["state"], shown.get("failing_since")),
        (&json!("active"), None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_sent_once_and_says_nothing_of_the_endpoint() {
    let world = World::new(8);
    let secret = register(&world).await;
    answer_with(&world, 500);
    let (status, ping) = api(&world, &format!("POST {HOOK}/ping"), None).await;
    assert_eq!(status, 202);
    Mail::default().run(&world, 100_000).await;
    let requests = world.web.received();
    let [request] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert!(is_signed(request, &secret));
    let event: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        (&event["type"], &event["id"], &event["data"]),
        (
            &json!("webhook.ping"),
            &ping["event"],
            &json!({"app": "demo", "webhook": "shop"})
        )
    );
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(
        (&delivery["state"], &delivery["delivery"]),
        (&json!("failed"), &ping["delivery"])
    );
    assert_eq!(stored(&world, "standing/demo/shop.json"), None);
}

/// A message of another queue cannot be read, so nothing is sent for it.
#[tokio::test(start_paused = true)]
async fn a_message_of_others_becomes_a_dead_letter() {
    let world = World::new(9);
    let letter = dozo_tests::world::Letter {
        id: "1".to_owned(),
        body: r#"{"app": "demo"}"#.to_owned(),
        attempts: 1,
    };
    let function = world.deliver_webhook(&Faults::none());
    let batch = dozo_tests::world::Letter::batch(&[letter]);
    let answer = deliver_webhook::handle(&function, batch).await;
    assert_eq!(answer.batch_item_failures.len(), 1);
}
