//! Tests that what was delivered is listed, and sent again when it is asked for.

use dozo::memory::faults::{Fault, Faults};
use dozo_tests::world::{Letter, World};
use serde_json::json;

use super::{HOOK, Mail, announced, answer_with, api, api_of, deliveries, more, received, states};

#[tokio::test(start_paused = true)]
async fn one_is_sent_again_with_the_same_id_and_bytes() {
    let (world, _, _) = announced(1).await;
    let mut mail = Mail::default();
    mail.run(&world, 60).await;
    let [delivery] = deliveries(&world).await.try_into().unwrap();
    let id = delivery["delivery"].as_str().unwrap();
    let route = format!("POST {HOOK}/deliveries/{{delivery}}/resend of {id}");
    let (status, answer) = api(&world, &route, None).await;
    assert_eq!(status, 202, "{answer}");
    mail.run(&world, 0).await;
    let [first, second] = world.web.received().try_into().unwrap();
    assert_eq!(first.body, second.body);
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    let [again] = deliveries(&world).await.try_into().unwrap();
    assert_eq!(again["tries"].as_array().unwrap().len(), 2);
    assert_eq!(again["asked_at"], answer["asked_at"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_delivered_is_unknown_and_what_is_no_id_is_refused() {
    let (world, _, _) = announced(2).await;
    for (id, expected) in [
        (
            "8204028800-01jd8f5w2v9k3m4n5p6q7r8s9t-1",
            (404, "unknown_delivery"),
        ),
        ("x", (400, "invalid_request")),
        ("", (400, "invalid_request")),
    ] {
        let route = format!("POST {HOOK}/deliveries/{{delivery}}/resend of {id}");
        let (status, answer) = api(&world, &route, None).await;
        assert_eq!((status, answer["code"].as_str().unwrap()), expected, "{id}");
    }
    let list = format!("GET {HOOK}/deliveries");
    let (status, _) = api_of(&world, &list, ("demo", "shop"), &[("after", "x")], None).await;
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn all_since_a_time_are_sent_again_or_only_those_that_were_not_delivered() {
    let (world, file, _) = announced(3).await;
    let mut mail = Mail::default();
    mail.run(&world, 60).await;
    let since = dozo::ports::clock::Clock::now(&world.clock);
    more(&world, &file, 3).await;
    mail.run(&world, 60).await;
    assert_eq!(received(&world).len(), 4);
    let again = async |body: serde_json::Value| {
        let route = format!("POST {HOOK}/resend");
        let (status, answer) = api(&world, &route, Some(&body.to_string())).await;
        assert_eq!(status, 202, "{answer}");
    };
    again(json!({"since": since})).await;
    mail.run(&world, 60).await;
    assert_eq!(received(&world).len(), 7);
    again(json!({"since": since, "undelivered": true})).await;
    mail.run(&world, 60).await;
    assert_eq!(received(&world).len(), 7);
    let (status, _) = api(&world, &format!("POST {HOOK}/resend"), Some("{}")).await;
    assert_eq!(status, 400);
}

/// Makes a world with more deliveries than one message looks at.
async fn many() -> (World, Mail) {
    let (world, file, _) = announced(4).await;
    answer_with(&world, 200);
    let mut mail = Mail::default();
    mail.run(&world, 0).await;
    more(&world, &file, 250).await;
    mail.run(&world, 0).await;
    (world, mail)
}

#[tokio::test(start_paused = true)]
async fn many_are_listed_by_page_latest_first_and_sent_again_by_several_messages() {
    let (world, mut mail) = many().await;
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    loop {
        let query: Vec<_> = after.iter().map(|id| ("after", id.as_str())).collect();
        let list = format!("GET {HOOK}/deliveries");
        let (_, page) = api_of(&world, &list, ("demo", "shop"), &query, None).await;
        let ids = page["items"].as_array().unwrap().iter();
        listed.extend(ids.map(|one| one["delivery"].as_str().unwrap().to_owned()));
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), 251);
    assert!(listed.is_sorted());
    let body = json!({"since": "2026-01-01T00:00:00Z"}).to_string();
    world.clock.advance(1);
    api(&world, &format!("POST {HOOK}/resend"), Some(&body)).await;
    mail.run(&world, 0).await;
    assert_eq!(received(&world).len(), 502);
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_while_events_are_asked_for_again_leaves_none_out() {
    for number in (0..14).chain([200, 300, 401, 402, 403]) {
        for fault in Fault::ALL {
            let (world, file, _) = announced(5).await;
            more(&world, &file, 3).await;
            let mut mail = Mail::default();
            mail.run(&world, 60).await;
            let body = json!({"since": "2026-01-01T00:00:00Z"}).to_string();
            api(&world, &format!("POST {HOOK}/resend"), Some(&body)).await;
            mail.deliver(&world, &Faults::at(number, fault)).await;
            mail.run(&world, 2_000).await;
            let mut again = received(&world).split_off(4);
            again.sort();
            again.dedup();
            assert_eq!(again.len(), 4, "{fault:?} at {number}");
            assert_eq!(states(&world).await, ["delivered"; 4]);
        }
    }
}

/// A put-off delivery is listed as one that waits, for the latest request.
#[tokio::test(start_paused = true)]
async fn one_that_is_asked_for_again_and_put_off_is_listed_as_waiting() {
    let (world, file, _) = announced(7).await;
    let mut mail = Mail::default();
    mail.run(&world, 60).await;
    answer_with(&world, 500);
    more(&world, &file, 3).await;
    mail.run(&world, 1).await;
    let earlier = deliveries(&world).await.pop().unwrap();
    assert_eq!(earlier["state"], "delivered");
    let id = earlier["delivery"].as_str().unwrap();
    let route = format!("POST {HOOK}/deliveries/{{delivery}}/resend of {id}");
    let (_, asked) = api(&world, &route, None).await;
    let calls = received(&world).len();
    mail.run(&world, 0).await;
    assert_eq!(received(&world).len(), calls, "the endpoint is not well");
    let again = deliveries(&world).await.pop().unwrap();
    assert_eq!(
        (&again["state"], &again["asked_at"]),
        (&json!("waiting"), &asked["asked_at"])
    );
}

/// This side failed for hours before anything was written of the delivery: nobody could ask for it.
#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_delivered_later_as_long_as_its_event_is_kept() {
    let (world, _, _) = announced(6).await;
    let letter = Letter {
        id: "1".to_owned(),
        body: world.deliveries.take()[0].body.clone(),
        attempts: 1,
    };
    let bury = async |faults: &Faults| {
        let function = world.record_failure(faults);
        let batch = Letter::batch(std::slice::from_ref(&letter));
        let answer = record_failure::handle(&function, batch).await;
        answer.batch_item_failures.is_empty()
    };
    for fault in Fault::ALL {
        let faults = Faults::at(0, fault);
        assert!(!bury(&faults).await || faults.died(), "{fault:?}");
        drop(world.deliveries.take());
    }
    assert!(bury(&Faults::none()).await);
    let mut mail = Mail::default();
    mail.run(&world, 60).await;
    assert_eq!(received(&world).len(), 0, "not at once");
    mail.run(&world, 900).await;
    assert_eq!(states(&world).await, ["delivered"]);
    assert!(mail.waiting.is_empty());
    world.clock.advance(15 * 86_400);
    assert!(bury(&Faults::none()).await);
    assert_eq!(world.deliveries.take(), []);
}
