//! Tests messages that were given up and belong to no media: listing them, showing them in part, clearing them.

use dozo_tests::stack::{PATIENCE, Stack, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::assert_problem;

async fn listed(stack: &Stack, message: &str) -> Option<Value> {
    let mut path = "/admin/messages".to_owned();
    loop {
        let page = stack.admin().get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        let items = page["items"].as_array().unwrap();
        if let Some(found) = items.iter().find(|item| item["message"] == message) {
            return Some(found.clone());
        }
        path = format!("/admin/messages?after={}", page["next"].as_str()?);
    }
}

#[tokio::test]
async fn are_listed_and_cleared_by_an_admin() {
    let stack = Stack::running();
    let body = format!("{{\"hello\": \"{}\"}}", "w".repeat(10_000));
    let sent = dozo_tests::stack::Keys::root();
    let sqs = stack.sqs(&sent);
    let sent = sqs.send_message().queue_url(stack.queue("dead"));
    let sent = sent.message_body(&body).send().await.unwrap();
    let id = sent.message_id.unwrap();
    let found = until("the message in the list", PATIENCE, || listed(&stack, &id)).await;
    assert_eq!(
        (&found["stage"], &found["is_cut"]),
        (&json!("validate-upload"), &json!(true))
    );
    assert!(found["code"].is_string(), "{found}");
    let shown = found["body"].as_str().unwrap();
    assert!(body.starts_with(shown) && shown.len() > 1_000, "{shown}");

    let path = format!("/admin/messages/{id}");
    for refused in [
        stack.app().get("/admin/messages").await,
        stack.app().send(Method::DELETE, &path, &json!({})).await,
    ] {
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    let cleared = stack.admin().send(Method::DELETE, &path, &json!({})).await;
    assert_eq!(
        (cleared.status, &cleared.json()["message"]),
        (200, &json!(id))
    );
    assert!(listed(&stack, &id).await.is_none());
    let again = stack.admin().send(Method::DELETE, &path, &json!({})).await;
    assert_problem("cleared", &again, 404, "unknown_message", "");
}
