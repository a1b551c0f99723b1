//! Tests the calls of the function that sends events to webhooks, and of the one that registers them.

use dozo::memory::faults::Faults;
use dozo::memory::web::Answer;
use dozo::ports::clock::Clock;
use dozo_tests::world::{Letter, World, call};

use crate::announcing::{PRIVATE, VISIBILITY, hint, order, ready};
use crate::roles::assert_exact;

const HOOK: &str = "/admin/apps/{app}/webhooks/{webhook}";

/// Calls `register-app` for the webhook `shop`, and returns the answer's body.
pub(super) async fn ask(
    world: &World,
    faults: &Faults,
    route: &str,
    body: Option<&str>,
) -> serde_json::Value {
    let (route, delivery) = route.split_once(" of ").unwrap_or((route, ""));
    let path = [("app", "demo"), ("webhook", "shop"), ("delivery", delivery)];
    let asked = call(&route.replace("HOOK", HOOK), &path, &[], body);
    let answer = register_app::handle(&world.register_app(faults), asked).await;
    assert!(answer.status_code < 300, "{route}: {answer:?}");
    let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
        panic!("no text")
    };
    serde_json::from_str(&text).unwrap()
}

async fn deliver(world: &World, faults: &Faults) {
    let letters: Vec<_> = world
        .deliveries
        .take()
        .into_iter()
        .enumerate()
        .map(|(number, sent)| Letter {
            id: number.to_string(),
            body: sent.body,
            attempts: 1,
        })
        .collect();
    let function = world.deliver_webhook(faults);
    deliver_webhook::handle(&function, Letter::batch(&letters)).await;
}

#[tokio::test(start_paused = true)]
async fn deliver_webhook_calls_what_it_declares() {
    let (world, file) = ready(10).await;
    let (none, faults) = (Faults::none(), Faults::none());
    let body = Some(r#"{"url": "https://shop.example/"}"#);
    ask(&world, &none, "PUT HOOK", body).await;
    assert!(hint(&world, &file, &none).await);
    // The endpoint fails, then is well; the second event is put off and then sent.
    world.web.answer_with(|_| Ok(Answer::with_status(500)));
    deliver(&world, &faults).await;
    for number in 0..4 {
        let private = r#"{"visibility": "public"}"#;
        let body = if number % 2 == 0 { PRIVATE } else { private };
        order(&world, &file, VISIBILITY, Some(body)).await;
        assert!(hint(&world, &file, &none).await);
        deliver(&world, &faults).await;
    }
    world.web.answer_with(|_| Ok(Answer::with_status(200)));
    world.clock.advance(60);
    deliver(&world, &faults).await;
    let since = format!(
        r#"{{"since": "2026-01-01T00:00:00Z", "undelivered": {}}}"#,
        false
    );
    assert!(world.clock.now() > "2026-01-01T00:00:00Z".parse().unwrap());
    ask(&world, &none, "POST HOOK/resend", Some(&since)).await;
    deliver(&world, &faults).await;
    deliver(&world, &faults).await;
    assert_exact("deliver-webhook", &faults.log());
}

/// Makes all calls about webhooks.
pub(super) async fn all_calls(world: &World, faults: &Faults) {
    let none = Faults::none();
    let url = Some(r#"{"url": "https://shop.example/"}"#);
    ask(world, faults, "PUT HOOK", url).await;
    ask(world, faults, "POST HOOK/rotate", None).await;
    ask(world, faults, "POST HOOK/ping", None).await;
    deliver(world, &none).await;
    let page = ask(world, faults, "GET HOOK/deliveries", None).await;
    let id = page["items"][0]["delivery"].as_str().unwrap();
    let again = format!("POST HOOK/deliveries/{{delivery}}/resend of {id}");
    ask(world, faults, &again, None).await;
    // The endpoint is gone, and an admin resumes.
    let standing = dozo::vocabulary::webhook::HookName::parse("shop").unwrap();
    let standing = dozo::vocabulary::keys::Key::Standing(world.app.clone(), standing).location();
    let hooks = dozo::vocabulary::keys::Key::Webhooks(world.app.clone()).location();
    let hooks = world.store.find(&hooks).unwrap();
    let hooks: serde_json::Value = serde_json::from_slice(&hooks.body).unwrap();
    let gone = serde_json::json!({
        "id": hooks["hooks"]["shop"]["id"],
        "paused": {"at": "2026-01-01T00:00:00Z", "because": "gone"},
    });
    world.store.upload(&standing, gone.to_string().as_bytes());
    ask(world, faults, "POST HOOK/resume", None).await;
    ask(world, faults, "DELETE HOOK", None).await;
    // The app that is removed has one, too.
    let of_other = [("app", "other"), ("webhook", "shop")];
    let put = call(&format!("PUT {HOOK}"), &of_other, &[], url);
    register_app::handle(&world.register_app(faults), put).await;
}
