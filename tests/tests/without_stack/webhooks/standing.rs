//! Tests endpoints that are dead, slow or gone, beside others that are well.

use std::time::Duration;

use dozo::memory::faults::{Fault, Faults};
use dozo::memory::web::Answer;
use dozo::ports::clock::Clock;
use dozo::ports::metrics::Metric;
use dozo::ports::web::WebError;
use dozo::vocabulary::keys::Key;
use dozo_tests::world::{World, call};
use serde_json::json;

use super::{
    ABUSE, HOOK, Mail, RESTORE, SUSPEND, announced, answer_with, api, api_of, deliveries, hint,
    later, more, order, received, states, stored,
};

/// Makes an event about a picture every so many seconds, while messages are delivered.
async fn go_on(world: &World, file: &super::UploadedFile, mail: &mut Mail, hours: u32) {
    for number in 0..hours {
        let (route, body) = [(SUSPEND, Some(ABUSE)), (RESTORE, None)][usize::from(number % 2 == 1)];
        order(world, file, route, body).await;
        assert!(hint(world, file, &Faults::none()).await);
        mail.run(world, 3_600).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_does_nothing_but_fail_is_paused_after_a_day_and_its_events_are_kept() {
    let (world, file, _) = announced(1).await;
    world.web.answer_with(|_| Err(WebError::TooSlow));
    let mut mail = Mail::default();
    go_on(&world, &file, &mut mail, 22).await;
    assert_eq!(world.metrics.of(Metric::WebhookPaused), 0);
    go_on(&world, &file, &mut mail, 4).await;
    assert_eq!(world.metrics.of(Metric::WebhookPaused), 1);
    let (_, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!(
        (&shown["state"], &shown["paused_because"]),
        (&json!("paused"), &json!("failing"))
    );
    // What is on its way ends, and nothing is sent any more.
    let calls = received(&world).len();
    mail.run(&world, 50_000).await;
    assert!(mail.waiting.is_empty());
    assert_eq!(received(&world).len(), calls);
    let all = states(&world).await;
    assert_eq!(all.len(), 27);
    assert!(all.iter().all(|state| state == "not_sent"), "{all:?}");
    // An admin mends the endpoint, and has it all sent.
    answer_with(&world, 200);
    let again = format!("POST {HOOK}/resend");
    let since = json!({"since": "2026-01-01T00:00:00Z"}).to_string();
    let (status, answer) = api(&world, &again, Some(&since)).await;
    assert_eq!((status, &answer["code"]), (409, &json!("webhook_paused")));
    let (status, shown) = api(&world, &format!("POST {HOOK}/resume"), None).await;
    assert_eq!((status, &shown["state"]), (200, &json!("active")));
    let (status, _) = api(&world, &again, Some(&since)).await;
    assert_eq!(status, 202);
    mail.run(&world, 60).await;
    assert_eq!(states(&world).await, ["delivered"; 27]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_down_is_called_by_one_at_a_time() {
    let (world, file, _) = announced(2).await;
    world.web.answer_with(|_| Err(WebError::TooSlow));
    let mut mail = Mail::default();
    more(&world, &file, 40).await;
    mail.run(&world, 0).await;
    let at_first = received(&world).len();
    assert!(at_first <= 12, "a batch, and whoever follows: {at_first}");
    mail.run(&world, 3_600).await;
    let of_an_hour = received(&world).len() - at_first;
    assert!((4..=20).contains(&of_an_hour), "{of_an_hour}");
    answer_with(&world, 200);
    mail.run(&world, 1_800).await;
    assert_eq!(states(&world).await, ["delivered"; 41]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_says_that_it_is_gone_is_paused_at_once_until_its_address_changes() {
    let (world, file, _) = announced(3).await;
    answer_with(&world, 410);
    let mut mail = Mail::default();
    mail.run(&world, 100).await;
    assert_eq!(states(&world).await, ["not_sent"]);
    assert_eq!(received(&world).len(), 1);
    let (_, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!(shown["paused_because"], "gone");
    answer_with(&world, 200);
    let (status, shown) = api(&world, &format!("PUT {HOOK}"), Some(MOVED)).await;
    assert_eq!((status, &shown["state"]), (200, &json!("active")));
    more(&world, &file, 1).await;
    mail.run(&world, 10).await;
    let request = world.web.received().pop().unwrap();
    assert_eq!(request.address.as_str(), "https://shop.example/new");
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_holds_up_no_other() {
    let (world, file, _) = announced(4).await;
    let put = format!("PUT {HOOK}");
    let body = r#"{"url": "https://quick.example/"}"#;
    let (status, _) = api_of(&world, &put, ("demo", "quick"), &[], Some(body)).await;
    assert_eq!(status, 201);
    world.web.answer_with(|request| {
        if request.address.as_str() == "https://quick.example/" {
            Ok(Answer::with_status(200))
        } else {
            Err(WebError::TooSlow)
        }
    });
    // What a process keeps of webhooks is old enough.
    world.clock.advance(10);
    more(&world, &file, 30).await;
    let mut mail = Mail::default();
    mail.run(&world, 0).await;
    let list = format!("GET {HOOK}/deliveries");
    let (_, page) = api_of(&world, &list, ("demo", "quick"), &[], None).await;
    let quick = page["items"].as_array().unwrap();
    assert_eq!(quick.len(), 30);
    assert!(quick.iter().all(|one| one["state"] == "delivered"));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_allowed_any_more_is_not_called() {
    let (world, _, _) = announced(5).await;
    let mut hooks = stored(&world, "webhooks/demo.json").unwrap();
    hooks["hooks"]["shop"]["url"] = json!("http://169.254.169.254/");
    let app = world.app.clone();
    let place = Key::Webhooks(app).location();
    world.store.upload(&place, hooks.to_string().as_bytes());
    Mail::default().run(&world, 10).await;
    assert_eq!(received(&world), [""; 0]);
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(
        (&delivery["state"], &delivery["reason"]),
        (&json!("not_sent"), &json!("address"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_gets_one_event_after_the_other() {
    let (world, file, _) = announced(6).await;
    world.web.answer_with(|_| {
        Ok(Answer {
            after: Duration::from_secs(6),
            ..Answer::with_status(200)
        })
    });
    more(&world, &file, 4).await;
    let mut mail = Mail::default();
    mail.collect(&world);
    let start = world.clock.now();
    for (place, (due, _)) in (0..).zip(&mut mail.waiting) {
        *due = later(start, place * 10);
    }
    mail.run(&world, 45).await;
    assert_eq!(states(&world).await, ["delivered"; 5]);
}

/// The webhook with another address.
const MOVED: &str = r#"{"url": "https://shop.example/new"}"#;

#[tokio::test(start_paused = true)]
async fn a_changed_address_starts_afresh_wherever_the_change_died() {
    for number in 0..8 {
        for fault in Fault::ALL {
            let (world, _, _) = announced(7).await;
            answer_with(&world, 410);
            Mail::default().run(&world, 10).await;
            let path = [("app", "demo"), ("webhook", "shop")];
            let put = call(&format!("PUT {HOOK}"), &path, &[], Some(MOVED));
            let function = world.register_app(&Faults::at(number, fault));
            register_app::handle(&function, put).await;
            let (status, shown) = api(&world, &format!("PUT {HOOK}"), Some(MOVED)).await;
            assert_eq!(
                (status, &shown["state"]),
                (200, &json!("active")),
                "{fault:?} at {number}"
            );
        }
    }
}

/// The answer of the server before comes after the address was changed.
#[tokio::test(start_paused = true)]
async fn the_old_address_cannot_pause_the_new_one() {
    let (world, _, _) = announced(8).await;
    let place = Key::Webhooks(world.app.clone()).location();
    let before = stored(&world, "webhooks/demo.json").unwrap();
    api(&world, &format!("PUT {HOOK}"), Some(MOVED)).await;
    let after = stored(&world, "webhooks/demo.json").unwrap();
    world.store.upload(&place, before.to_string().as_bytes());
    let store = world.store.clone();
    world.web.answer_with(move |_| {
        store.upload(&place, after.to_string().as_bytes());
        Ok(Answer::with_status(410))
    });
    let mut mail = Mail::default();
    mail.deliver(&world, &Faults::none()).await;
    assert_eq!(received(&world).len(), 1);
    let (_, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!(
        (&shown["state"], &shown["url"]),
        (&json!("active"), &json!("https://shop.example/new"))
    );
    answer_with(&world, 200);
    mail.run(&world, 60).await;
    assert_eq!(states(&world).await, ["delivered"]);
}
