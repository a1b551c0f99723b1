//! Tests lists by what media have in common, on the stack: the newest first, within seconds, for their app alone; and that
//! everything can be indexed anew.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{PATIENCE, Reply, Stack, fresh_app, until};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::assert_problem;

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().into_iter().flatten();
    let ids = items.filter_map(|item| item["media"].as_str());
    ids.map(ToOwned::to_owned).collect()
}

async fn list(stack: &Stack, app: &str, query: &str) -> Reply {
    stack
        .admin()
        .get(&format!("/apps/{app}/media{query}"))
        .await
}

/// Waits until a list has these media.
async fn until_listed(stack: &Stack, app: &str, query: &str, expected: &[String]) {
    until(query, PATIENCE, || async {
        let reply = list(stack, app, query).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        (ids(&reply.json()) == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn lists_have_what_media_have_in_common() {
    let stack = Stack::running();
    let app = fresh_app("lists");
    let _registered = stack.register(&app, &json!({"indexed": ["album"]})).await;
    let files = json!({"files": [
        {"name": "a.png", "tags": ["sea", "a&b c"], "metadata": {"album": "1"}},
        {"name": "b.png", "tags": ["sea"], "metadata": {"album": "2"}},
        {"name": "c"},
    ]});
    let grant = stack.grant_for(&app, &files).await;
    let names = ["a.png", "b.png", "c"];
    let media = names.map(|name| grant.media(name).to_string());
    // One after the other, so that their order is known.
    for (number, name) in names.into_iter().enumerate() {
        let shade = u8::try_from(number).unwrap() + 90;
        let body = match name {
            "c" => b"no picture".to_vec(),
            _ => picture(ImageFormat::Png, 40, 30, shade).unwrap(),
        };
        let bytes = u64::try_from(body.len()).unwrap();
        stack.put(&grant, name, body).await;
        let state = if name == "c" { "rejected" } else { "ready" };
        let shown = stack.until_state(&app, &grant.media(name), state).await;
        assert!(name == "c" || shown["bytes"] == bytes);
    }
    let [a, b, c] = media.clone();
    until_listed(&stack, &app, "", &[c.clone(), b.clone(), a.clone()]).await;
    for (query, expected) in [
        ("?state=ready", vec![&b, &a]),
        ("?state=rejected", vec![&c]),
        ("?kind=image&state=ready", vec![&b, &a]),
        ("?tag=a%26b%20c", vec![&a]),
        ("?metadata.album=2&tag=sea", vec![&b]),
        (
            "?order=oldest&after=00000000000000000000000000-0000000000000",
            {
                let mut in_order = vec![&a, &b, &c];
                in_order.sort();
                in_order
            },
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        until_listed(&stack, &app, query, &expected).await;
    }
    let reply = list(&stack, &app, "?metadata.by=Ada").await;
    assert_problem("a field", &reply, 400, "invalid_request", "metadata.by");

    // What an app says anew is in lists within seconds, and what is erased is not.
    let path = format!("/apps/{app}/media/{b}");
    let said = json!({"tags": ["lake"], "metadata": {"album": "1"}});
    let reply = stack.admin().send(Method::PATCH, &path, &said).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    until_listed(&stack, &app, "?metadata.album=1", &[b.clone(), a.clone()]).await;
    until_listed(&stack, &app, "?tag=sea", std::slice::from_ref(&a)).await;
    let reply = stack.admin().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    until_listed(&stack, &app, "", &[c, a.clone()]).await;

    until("the erased one is counted out", PATIENCE, || async {
        let reply = stack.admin().get(&format!("/apps/{app}/usage")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let report = reply.json();
        assert_eq!(report["uploaded"]["media"], 2, "{report}");
        (report["stored"]["media"] == 1).then_some(())
    })
    .await;
    let prefix = format!("indexed/{app}/{b}");
    until("its note is gone", PATIENCE, || async {
        stack
            .keys("records", &prefix)
            .await
            .is_empty()
            .then_some(())
    })
    .await;

    // Another field is indexed: what is there is found by it once it is indexed anew.
    let path = format!("/admin/apps/{app}");
    let other = json!({"indexed": ["album", "by"]});
    let reply = stack.admin().send(Method::PATCH, &path, &other).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let path = format!("/admin/apps/{app}/index");
    let reply = stack.admin().send(Method::POST, &path, &json!({})).await;
    let answer = (reply.status, reply.json());
    assert_eq!(answer, (200, json!({"looked_at": 3, "changed": 0})));
    until_listed(&stack, &app, "?metadata.album=1", &[a]).await;
}
