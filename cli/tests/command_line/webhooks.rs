//! Tests what `webhooks` and `usage` ask of the API, and what they print.

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, OneCall, answer, each_is_one_call};

const HOOKS: &str = "/admin/apps/demo/webhooks";

fn hook(secret: Option<&str>) -> Answer {
    let mut hook = json!({"name": "orders", "url": "https://shop.example/dozo", "state": "active", "secret_version": 1,
                          "old_secret_until": "2026-11-30T10:20:30Z"});
    if let Some(secret) = secret {
        hook["secret"] = secret.into();
    }
    answer(200, hook)
}

#[tokio::test]
async fn each_command_is_one_call() {
    let url = "https://shop.example/dozo";
    let delivery = "8204028000-01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc-1";
    let table: &[OneCall<'_>] = &[
        (
            &["webhooks", "show", "orders"],
            format!("GET {HOOKS}/orders"),
            Value::Null,
        ),
        (
            &["webhooks", "register", "orders", url],
            format!("PUT {HOOKS}/orders"),
            json!({ "url": url }),
        ),
        (
            &[
                "webhooks",
                "register",
                "orders",
                url,
                "--event",
                "media.ready",
                "--event",
                "media.failed",
            ],
            format!("PUT {HOOKS}/orders"),
            json!({"url": url, "events": ["media.ready", "media.failed"]}),
        ),
        (
            &["webhooks", "rotate", "orders"],
            format!("POST {HOOKS}/orders/rotate"),
            json!({}),
        ),
        (
            &["webhooks", "resume", "orders"],
            format!("POST {HOOKS}/orders/resume"),
            json!({}),
        ),
        (
            &["webhooks", "ping", "orders"],
            format!("POST {HOOKS}/orders/ping"),
            json!({}),
        ),
        (
            &["webhooks", "resend", "orders", delivery],
            format!("POST {HOOKS}/orders/deliveries/{delivery}/resend"),
            json!({}),
        ),
        (
            &[
                "webhooks",
                "resend",
                "orders",
                "--since",
                "2026-11-29T00:00:00Z",
                "--undelivered",
            ],
            format!("POST {HOOKS}/orders/resend"),
            json!({"since": "2026-11-29T00:00:00Z", "undelivered": true}),
        ),
        (
            &["webhooks", "delete", "orders", "--yes"],
            format!("DELETE {HOOKS}/orders"),
            Value::Null,
        ),
        (
            &["webhooks", "show", "../../x", "--app", "shop"],
            "GET /admin/apps/shop/webhooks/..%2F..%2Fx".to_owned(),
            Value::Null,
        ),
    ];
    each_is_one_call(table, || hook(None)).await;
}

#[tokio::test]
async fn a_secret_is_shown_with_the_word_that_it_is_not_shown_again() {
    let fake = Fake::new([hook(Some("whsec_c2VjcmV0")), hook(None)]).await;
    let rotate = ["webhooks", "rotate", "orders"];
    let ran = fake.dozo(&rotate).await;
    assert!(
        ran.stdout.contains("secret            whsec_c2VjcmV0\n"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("2026-11-30 10:20:30 UTC"), "{ran:?}");
    assert!(ran.stderr.contains("not shown again"), "{ran:?}");
    let ran = fake.dozo(&rotate).await;
    assert_eq!(ran.stderr, "", "{ran:?}");
}

#[tokio::test]
async fn webhooks_and_deliveries_are_rows() {
    let all = json!({"items": [{"name": "orders", "url": "https://a.example/", "state": "failing", "events": ["media.ready", "media.failed"]},
                               {"name": "stock", "url": "https://b.example/", "state": "active"}]});
    let fake = Fake::new([answer(200, all)]).await;
    let ran = fake.dozo(&["webhooks"]).await;
    assert_eq!(
        ran.stdout,
        "orders  failing  https://a.example/  media.ready, media.failed\n\
         stock   active   https://b.example/  all events\n",
    );

    let delivery = |id: &str, rest: Value| {
        let mut delivery = json!({"delivery": id, "type": "media.ready", "updated_at": "2026-11-29T10:20:37.401Z"});
        let more = rest.as_object().unwrap().clone();
        delivery.as_object_mut().unwrap().extend(more);
        delivery
    };
    let tries = json!([{"error": "timed_out"}, {"status": 204}]);
    let first = delivery("c", json!({"state": "delivered", "tries": tries}));
    let second = delivery(
        "b",
        json!({"state": "waiting", "tries": [{"error": "timed_out"}]}),
    );
    let third = delivery("a", json!({"state": "not_sent", "reason": "paused"}));
    let pages = || {
        [
            answer(200, json!({"items": [first, second], "next": "b"})),
            answer(200, json!({"items": [third]})),
        ]
    };
    let fake = Fake::new(pages()).await;
    let deliveries = ["webhooks", "deliveries", "orders"];
    let ran = fake.dozo(&deliveries).await;
    assert_eq!(
        ran.stdout,
        "c  media.ready  delivered  204        2026-11-29 10:20:37 UTC\n\
         b  media.ready  waiting    timed_out  2026-11-29 10:20:37 UTC\n",
    );
    assert!(ran.stderr.contains("--after b or --all"), "{ran:?}");

    let fake = Fake::new(pages()).await;
    let all = [&deliveries[..], &["--all", "--json"]].concat();
    let told: Value = serde_json::from_str(&fake.dozo(&all).await.stdout).unwrap();
    assert_eq!(told, json!({"items": [first, second, third]}));
    let asked: Vec<_> = fake.asked().into_iter().map(|asked| asked.line).collect();
    let path = format!("GET {HOOKS}/orders/deliveries");
    assert_eq!(asked, [path.clone(), format!("{path}?after=b")]);
}

#[tokio::test]
async fn wrong_use_and_unasked_removal_call_nobody() {
    let table: &[&[&str]] = &[
        &["webhooks", "register", "orders"],
        &["webhooks", "resend", "orders"],
        &[
            "webhooks",
            "resend",
            "orders",
            "d",
            "--since",
            "2026-11-29T00:00:00Z",
        ],
        &["webhooks", "resend", "orders", "d", "--undelivered"],
        &["webhooks", "delete", "orders"],
    ];
    for arguments in table {
        let fake = Fake::new([]).await;
        let ran = fake.dozo(arguments).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(fake.asked().is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn usage_is_two_rows() {
    let usage = json!({"day": "2026-11-29", "uploaded": {"media": 310, "bytes": 912_345_678, "and_more": true},
                       "stored": {"media": 48_211, "bytes": 151_123_456_789_u64, "as_of": "2026-11-29T10:20:30Z"}});
    let fake = Fake::new([answer(200, usage)]).await;
    let ran = fake.dozo(&["usage", "--day", "2026-11-29"]).await;
    assert_eq!(
        ran.stdout,
        "uploaded  310 media    912.3 MB  2026-11-29\n\
         stored    48211 media  151.1 GB  2026-11-29 10:20:30 UTC\n",
    );
    assert!(ran.stderr.contains("ask again"), "{ran:?}");
    let asked = (
        "GET /apps/demo/usage?day=2026-11-29".to_owned(),
        Value::Null,
    );
    assert_eq!(fake.asked_once(), asked);
}
