//! Tests who may ask for which operation, and how others are refused.

use dozo_tests::stack::{DEMO, Stack};
use reqwest::Method;
use serde_json::json;

use crate::admin::published;

#[tokio::test]
async fn an_app_may_delete_its_own_and_only_an_admin_suspends() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    let reason = json!({"reason": "abuse"});
    for what in ["suspend", "restore", "retry"] {
        let path = format!("/admin/apps/{DEMO}/media/{media}/{what}");
        let reply = stack.app().send(Method::POST, &path, &reason).await;
        assert_eq!(reply.status, 403, "{what}: {reply:?}");
    }
    for (method, path) in [
        (Method::DELETE, format!("/apps/other/media/{media}")),
        (
            Method::POST,
            format!("/apps/other/media/{media}/visibility"),
        ),
    ] {
        let reply = stack.app().send(method, &path, &reason).await;
        assert_eq!(reply.status, 403, "{path}: {reply:?}");
    }
    assert_eq!(stack.fetch(&url).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, _) = published(&stack, &grant, "a.png").await;
    let never = grant.media("never.png");
    for (media, what, body, status, code) in [
        (&media, "restore", json!({}), 409, "not_suspended"),
        (&media, "retry", json!({}), 409, "nothing_to_retry"),
        (&media, "suspend", json!({}), 400, "invalid_request"),
        (
            &media,
            "suspend",
            json!({"reason": "mood"}),
            400,
            "invalid_request",
        ),
        (
            &never,
            "suspend",
            json!({"reason": "abuse"}),
            404,
            "unknown_media",
        ),
    ] {
        let path = format!("/admin/apps/{DEMO}/media/{media}/{what}");
        let reply = stack.admin().send(Method::POST, &path, &body).await;
        assert_eq!(
            (reply.status, reply.json()["code"].as_str()),
            (status, Some(code)),
            "{what} {body}"
        );
    }
}
