//! Tests paths and queries that are not valid.

use dozo_tests::stack::Stack;
use reqwest::Method;
use serde_json::json;

use crate::api::assert_problem;

const UPLOAD: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t";
const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

#[tokio::test]
async fn are_told_by_the_parameters_name() {
    let stack = Stack::running();
    let upper = MEDIA.to_uppercase();
    for (path, field) in [
        ("/apps/demo/media?upload=".to_owned(), "upload"),
        ("/apps/demo/media?upload=x".to_owned(), "upload"),
        (
            format!("/apps/demo/media?upload={}", UPLOAD.to_uppercase()),
            "upload",
        ),
        (
            format!("/apps/demo/media?upload=8{}", &UPLOAD[1..]),
            "upload",
        ),
        (format!("/apps/demo/media?upload={UPLOAD}/"), "upload"),
        (
            format!("/apps/demo/media?upload={UPLOAD}&state=failed"),
            "upload",
        ),
        ("/apps/demo/media?state=".to_owned(), "state"),
        ("/apps/demo/media?state=moving".to_owned(), "state"),
        ("/apps/demo/media?kind=film".to_owned(), "kind"),
        ("/apps/demo/media?tags=a".to_owned(), "tags"),
        ("/apps/demo/media?metadata.no=a".to_owned(), "metadata.no"),
        (
            "/apps/demo/media?created_from=today".to_owned(),
            "created_from",
        ),
        (format!("/apps/demo/media?after={MEDIA}"), "after"),
        ("/apps/demo/usage?day=today".to_owned(), "day"),
        ("/apps/demo/media?state=Failed".to_owned(), "state"),
        (format!("/apps/demo/media?upload={UPLOAD}&after=x"), "after"),
        (
            format!("/apps/demo/media?state=failed&after={UPLOAD}"),
            "after",
        ),
        (
            "/apps/demo/media?state=failed&after=..%2F..%2Fapps".to_owned(),
            "after",
        ),
        ("/apps/demo/media/x".to_owned(), "media"),
        (format!("/apps/demo/media/{UPLOAD}"), "media"),
        (format!("/apps/demo/media/{upper}"), "media"),
        (format!("/apps/demo/media/{MEDIA}.json"), "media"),
        ("/apps/Demo/media?state=failed".to_owned(), "app"),
        ("/apps/d/media?state=failed".to_owned(), "app"),
        (
            format!("/apps/{}/media?state=failed", "d".repeat(32)),
            "app",
        ),
        (format!("/apps/de_mo/media/{MEDIA}"), "app"),
        ("/admin/apps/-demo".to_owned(), "app"),
    ] {
        let reply = stack.admin().get(&path).await;
        assert_problem(&path, &reply, 400, "invalid_request", field);
    }
    for (method, path) in [
        (Method::POST, "/apps/1demo/uploads"),
        (Method::PUT, "/admin/apps/DEMO"),
    ] {
        let reply = stack.admin().send(method, path, &json!({})).await;
        assert_problem(path, &reply, 400, "invalid_request", "app");
    }
}

#[tokio::test]
async fn to_what_is_not_there() {
    let stack = Stack::running();
    let media = format!("/apps/demo/media/{MEDIA}");
    for (method, path, code) in [
        (
            Method::POST,
            "/apps/never-registered/uploads",
            "unknown_app",
        ),
        (Method::GET, "/admin/apps/never-registered", "unknown_app"),
        (Method::GET, &media, "unknown_media"),
    ] {
        let reply = stack.admin().send(method, path, &json!({})).await;
        assert_problem(path, &reply, 404, code, "");
    }
    // API Gateway answers these itself, without calling a function.
    for (method, path) in [
        (Method::GET, "/apps/demo/uploads"),
        (Method::DELETE, &media),
        (Method::POST, "/admin/apps/demo"),
        (Method::GET, "/apps/demo"),
    ] {
        let reply = stack.admin().send(method, path, &json!({})).await;
        assert!(
            matches!(reply.status, 403 | 404),
            "{path}: {}",
            reply.text()
        );
    }
}
