//! Tests who may call the API: IAM decides by path, before any function runs.

use dozo_tests::stack::{Keys, Stack, fresh_app};
use reqwest::Method;
use serde_json::json;

use crate::door::{assert_denied, photo};

#[tokio::test]
async fn an_app_calls_for_itself_only() {
    let stack = Stack::running();
    // The other app's name begins like that of the app that may call.
    let other = fresh_app("demo-other");
    let _registered = stack.register(&other, &json!({})).await;
    let grant = stack.grant_for(&other, &json!({})).await;
    stack.put(&grant, "a.png", photo(41)).await;
    let media = grant.media("a.png");
    let _ready = stack.until_state(&other, &media, "ready").await;
    let (app, admin) = (stack.app(), stack.admin());
    for (method, path, status) in [
        (Method::POST, format!("/apps/{other}/uploads"), 201),
        (Method::GET, format!("/apps/{other}/media/{media}"), 200),
        (
            Method::GET,
            format!("/apps/{other}/media?upload={}", grant.upload),
            200,
        ),
        (
            Method::GET,
            format!("/apps/{other}/media?state=failed"),
            200,
        ),
        (Method::GET, format!("/apps/{other}/media"), 200),
        (Method::GET, format!("/apps/{other}/usage"), 200),
        (Method::POST, format!("/admin/apps/{other}/index"), 200),
        (Method::GET, "/admin/apps".to_owned(), 200),
        (Method::GET, format!("/admin/apps/{other}"), 200),
        (Method::GET, "/admin/apps/demo".to_owned(), 200),
        (Method::PUT, format!("/admin/apps/{other}"), 200),
    ] {
        let what = format!("{method} {path}");
        let refused = app.send(method.clone(), &path, &json!({})).await;
        assert_denied(&what, &refused);
        assert_eq!(refused.status, 403, "{what}");
        let answered = admin.send(method, &path, &json!({})).await;
        assert_eq!(answered.status, status, "{what}: {}", answered.text());
    }
    for (method, path, status) in [
        (Method::POST, "/apps/demo/uploads", 201),
        (Method::GET, "/apps/demo/media?state=failed", 200),
        (Method::GET, "/apps/demo/media?kind=image", 200),
        (Method::GET, "/apps/demo/usage", 200),
        (Method::GET, "/openapi.json", 200),
    ] {
        assert_eq!(
            app.send(method, path, &json!({})).await.status,
            status,
            "{path}"
        );
    }
}

#[tokio::test]
async fn nobody_calls_unsigned_or_wrongly_signed() {
    let stack = Stack::running();
    let own = stack.app_keys();
    let wrong_secret = Keys {
        secret_access_key: "wrong".to_owned(),
        ..own.clone()
    };
    let unknown = Keys {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        ..own
    };
    for (method, path) in [
        (Method::POST, "/apps/demo/uploads"),
        (Method::GET, "/apps/demo/media?state=failed"),
        (Method::PUT, "/admin/apps/demo"),
    ] {
        let url = format!("{}{path}", stack.file.api);
        let unsigned = stack.fetch_with(method.clone(), &url, &[]).await;
        assert_eq!(unsigned.status, 403, "{path}: {}", unsigned.text());
        for (what, keys) in [("wrong secret", &wrong_secret), ("unknown key", &unknown)] {
            let refused = stack.api(keys).send(method.clone(), path, &json!({})).await;
            assert_eq!(refused.status, 403, "{what} {path}: {}", refused.text());
        }
    }
}
