//! Tests what admins do to webhooks.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::web_address::{Reach, WebAddress};
use dozo_tests::world::{World, call};
use serde_json::json;

use super::{HOOK, Mail, URL, announced, api, api_of, is_signed, more, register, stored};

#[tokio::test(start_paused = true)]
async fn the_same_body_twice_makes_one_webhook_and_shows_the_secret_once() {
    let world = World::new(1);
    let secret = register(&world).await;
    let before = stored(&world, "webhooks/demo.json");
    let (status, again) = api(&world, &format!("PUT {HOOK}"), Some(URL)).await;
    assert_eq!((status, again.get("secret")), (200, None));
    assert_eq!(stored(&world, "webhooks/demo.json"), before);
    let (status, shown) = api(&world, &format!("GET {HOOK}"), None).await;
    assert_eq!((status, &shown), (200, &again));
    assert_eq!(
        (&shown["state"], &shown["secret_version"]),
        (&json!("active"), &json!(1))
    );
    let list = "GET /admin/apps/{app}/webhooks";
    let (_, listed) = api(&world, list, None).await;
    assert_eq!(listed["items"], json!([shown]));
    assert!(secret.starts_with("whsec_"));
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_registered_anew_has_another_secret() {
    let world = World::new(2);
    let first = register(&world).await;
    let (status, _) = api(&world, &format!("DELETE {HOOK}"), None).await;
    assert_eq!(status, 200);
    for route in ["GET", "DELETE"] {
        let (status, answer) = api(&world, &format!("{route} {HOOK}"), None).await;
        assert_eq!((status, &answer["code"]), (404, &json!("unknown_webhook")));
    }
    assert_ne!(register(&world).await, first);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_webhook_is_refused_by_its_field() {
    let world = World::new(3);
    for (body, field) in [
        (json!({}), "url"),
        (json!({"url": "http://shop.example/"}), "url"),
        (json!({"url": "https://127.0.0.1/"}), "url"),
        (json!({"url": "https://localhost/"}), "url"),
        (json!({"url": "https://169.254.169.254/latest"}), "url"),
        (json!({"url": "https://[::ffff:10.0.0.1]/"}), "url"),
        (json!({"url": "https://0x7f.1/"}), "url"),
        (json!({"url": "https://user@shop.example/"}), "url"),
        (
            json!({"url": format!("https://shop.example/{}", "a".repeat(2048))}),
            "url",
        ),
        (
            json!({"url": "https://shop.example/", "events": []}),
            "events",
        ),
        (
            json!({"url": "https://shop.example/", "events": ["media.lost"]}),
            "events[0]",
        ),
        (
            json!({"url": "https://shop.example/", "secret": "mine"}),
            "secret",
        ),
    ] {
        let (status, answer) = api(&world, &format!("PUT {HOOK}"), Some(&body.to_string())).await;
        assert_eq!(
            (status, &answer["field"]),
            (400, &json!(field)),
            "{body} {answer}"
        );
    }
    let put = format!("PUT {HOOK}");
    let (status, answer) = api_of(&world, &put, ("demo", "Shop"), &[], Some(URL)).await;
    assert_eq!((status, &answer["field"]), (400, &json!("webhook")));
    let (status, answer) = api_of(&world, &put, ("nobody", "shop"), &[], Some(URL)).await;
    assert_eq!((status, &answer["code"]), (404, &json!("unknown_app")));
}

#[tokio::test(start_paused = true)]
async fn an_app_has_ten_at_most() {
    let world = World::new(4);
    for number in 0..11 {
        let name = format!("hook-{number}");
        let put = format!("PUT {HOOK}");
        let (status, answer) = api_of(&world, &put, ("demo", &name), &[], Some(URL)).await;
        let expected = if number < 10 { 201 } else { 409 };
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let (world, file, old) = announced(5).await;
    let (status, rotated) = api(&world, &format!("POST {HOOK}/rotate"), None).await;
    let new = rotated["secret"].as_str().unwrap();
    assert_eq!((status, &rotated["secret_version"]), (200, &json!(2)));
    assert!(rotated.get("old_secret_until").is_some() && new != old);
    Mail::default().run(&world, 0).await;
    let both = world.web.received().pop().unwrap();
    assert!(is_signed(&both, &old) && is_signed(&both, new));
    world.clock.advance(86_400);
    more(&world, &file, 1).await;
    Mail::default().run(&world, 0).await;
    let one = world.web.received().pop().unwrap();
    assert!(!is_signed(&one, &old) && is_signed(&one, new));
}

/// The answer of a rotation may be lost, and whoever asks again must not make the secret of the receiver useless.
#[tokio::test(start_paused = true)]
async fn several_rotations_in_a_day_leave_the_first_secret_and_too_many_are_refused() {
    let (world, _, first) = announced(6).await;
    for _ in 0..3 {
        let (status, _) = api(&world, &format!("POST {HOOK}/rotate"), None).await;
        assert_eq!(status, 200);
    }
    let (status, answer) = api(&world, &format!("POST {HOOK}/rotate"), None).await;
    assert_eq!(
        (status, &answer["code"]),
        (409, &json!("rotated_too_often"))
    );
    Mail::default().run(&world, 0).await;
    assert!(is_signed(&world.web.received()[0], &first));
    world.clock.advance(86_400);
    let (status, _) = api(&world, &format!("POST {HOOK}/rotate"), None).await;
    assert_eq!(status, 200);
}

#[tokio::test(start_paused = true)]
async fn webhooks_go_with_their_app() {
    let world = World::new(7);
    register(&world).await;
    for number in 0..12 {
        for fault in Fault::ALL {
            register_other(&world).await;
            let faults = Faults::at(number, fault);
            let remove = || call("DELETE /admin/apps/{app}", &[("app", "other")], &[], None);
            let first = register_app::handle(&world.register_app(&faults), remove()).await;
            if first.status_code != 200 || faults.died() {
                let function = world.register_app(&Faults::none());
                register_app::handle(&function, remove()).await;
            }
            assert_eq!(
                stored(&world, "webhooks/other.json"),
                None,
                "{fault:?} at {number}"
            );
            assert_eq!(
                stored(&world, "apps/other.json"),
                None,
                "{fault:?} at {number}"
            );
        }
    }
    assert!(stored(&world, "webhooks/demo.json").is_some());
}

async fn register_other(world: &World) {
    let function = world.register_app(&Faults::none());
    let app = call("PUT /admin/apps/{app}", &[("app", "other")], &[], None);
    register_app::handle(&function, app).await;
    let put = format!("PUT {HOOK}");
    let (status, _) = api_of(world, &put, ("other", "shop"), &[], Some(URL)).await;
    assert_eq!(status, 201);
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_a_registration_leaves_one_that_works() {
    for number in 0..8 {
        for fault in Fault::ALL {
            let world = World::new(8);
            let path = [("app", "demo"), ("webhook", "shop")];
            let put = || call(&format!("PUT {HOOK}"), &path, &[], Some(URL));
            let faults = Faults::at(number, fault);
            register_app::handle(&world.register_app(&faults), put()).await;
            let (status, _) = api(&world, &format!("PUT {HOOK}"), Some(URL)).await;
            assert!([200, 201].contains(&status), "{fault:?} at {number}");
            // Who has not seen the secret asks for another one.
            let (status, rotated) = api(&world, &format!("POST {HOOK}/rotate"), None).await;
            assert_eq!(status, 200);
            assert!(rotated["secret"].is_string(), "{fault:?} at {number}");
        }
    }
}

/// An app that is registered later under the same name would send its events to a stranger.
#[tokio::test(start_paused = true)]
async fn no_webhook_outlives_an_app_that_is_removed_at_the_same_time() {
    let mut removed_between = 0;
    for seed in 0..200 {
        let mut world = World::new(seed);
        register_other(&world).await;
        world.store = world.store.paced_by(&world.clock);
        let remove = async {
            let function = world.register_app(&Faults::none());
            let remove = call("DELETE /admin/apps/{app}", &[("app", "other")], &[], None);
            register_app::handle(&function, remove).await
        };
        let put = format!("PUT {HOOK}");
        let add = api_of(&world, &put, ("other", "second"), &[], Some(URL));
        let (_, (added, _)) = tokio::join!(remove, add);
        removed_between += u32::from(added == 404);
        let is_there = stored(&world, "apps/other.json").is_some();
        let hooks = stored(&world, "webhooks/other.json");
        assert!(is_there || hooks.is_none(), "{seed} {hooks:?}");
    }
    assert!(removed_between > 0);
}

/// An address with letters outside of ASCII is longer in the form that is kept, which has to be read again for each event.
#[tokio::test(start_paused = true)]
async fn an_address_is_refused_if_it_is_too_long_when_it_is_kept() {
    let world = World::new(9);
    for (letters, expected) in [(200, 201), (400, 400)] {
        let url = format!("https://shop.example/{}", "é".repeat(letters));
        let body = json!({"url": url}).to_string();
        let (status, answer) = api(&world, &format!("PUT {HOOK}"), Some(&body)).await;
        assert_eq!(status, expected, "{answer}");
    }
    let hooks = stored(&world, "webhooks/demo.json").unwrap();
    let kept = hooks["hooks"]["shop"]["url"].as_str().unwrap();
    assert!(WebAddress::parse(kept, Reach::Public).is_ok(), "{kept}");
}
