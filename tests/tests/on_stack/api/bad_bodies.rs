//! Tests malformed bodies: each is answered with a 4xx that names the field.

use bytes::Bytes;
use dozo_tests::stack::{Stack, fresh_app};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::assert_problem;

/// Bodies, and the field named in the answer.
const UPLOADS: [(&str, &str); 33] = [
    ("{", ""),
    ("[]", ""),
    ("[\"public\"]", ""),
    ("null", ""),
    ("1", ""),
    ("\"{}\"", ""),
    ("{}x", ""),
    ("\u{feff}{}", ""),
    ("<xml/>", ""),
    (r#"{"color": 1}"#, "color"),
    (r#"{"Visibility": "public"}"#, "Visibility"),
    (r#"{"visibility": "secret"}"#, "visibility"),
    (r#"{"visibility": 1}"#, "visibility"),
    (
        r#"{"visibility": "public", "visibility": "private"}"#,
        "visibility",
    ),
    (r#"{"duration_seconds": "900"}"#, "duration_seconds"),
    (r#"{"duration_seconds": 899}"#, "duration_seconds"),
    (r#"{"duration_seconds": 43201}"#, "duration_seconds"),
    (r#"{"duration_seconds": -900}"#, "duration_seconds"),
    (r#"{"duration_seconds": 900.5}"#, "duration_seconds"),
    (
        r#"{"duration_seconds": 99999999999999999999}"#,
        "duration_seconds",
    ),
    (r#"{"files": {}}"#, "files"),
    (r#"{"files": []}"#, "files"),
    (r#"{"files": ["a.png"]}"#, "files[0]"),
    (r#"{"files": [["a.png", 1, "image/png"]]}"#, "files[0]"),
    (r#"{"files": [{}]}"#, "files[0].name"),
    (
        r#"{"files": [{"name": "a"}, {"name": ""}]}"#,
        "files[1].name",
    ),
    (
        r#"{"files": [{"name": "a"}, {"name": "a"}]}"#,
        "files[1].name",
    ),
    (
        r#"{"files": [{"name": "a", "bytes": 0}]}"#,
        "files[0].bytes",
    ),
    (
        r#"{"files": [{"name": "a", "bytes": 21474836481}]}"#,
        "files[0].bytes",
    ),
    (
        r#"{"files": [{"name": "a", "bytes": "9"}]}"#,
        "files[0].bytes",
    ),
    (
        r#"{"files": [{"name": "a", "content_type": "png"}]}"#,
        "files[0].content_type",
    ),
    (
        r#"{"files": [{"name": "a", "content_type": "image/png\r\nx: y"}]}"#,
        "files[0].content_type",
    ),
    (r#"{"files": [{"name": "a", "size": 1}]}"#, "files[0].size"),
];

const REGISTRATIONS: [(&str, &str); 30] = [
    ("{", ""),
    ("[]", ""),
    ("true", ""),
    (r#"{"name": "demo"}"#, "name"),
    (r#"{"kinds": []}"#, "kinds"),
    (r#"{"kinds": "image"}"#, "kinds"),
    (r#"{"formats": []}"#, "formats"),
    (r#"{"formats": "png"}"#, "formats"),
    (r#"{"formats": ["png", "exe"]}"#, "formats[1]"),
    (
        r#"{"kinds": ["image"], "formats": ["jpeg", "pdf"]}"#,
        "formats[1]",
    ),
    (r#"{"page_size": 199}"#, "page_size"),
    (r#"{"page_format": "png"}"#, "page_format"),
    (r#"{"kinds": ["image", "text"]}"#, "kinds[1]"),
    (r#"{"kinds": ["image", 1]}"#, "kinds[1]"),
    (r#"{"limits": 1}"#, "limits"),
    (r#"{"limits": [1, 1, 1]}"#, "limits"),
    (r#"{"limits": {"images": 1}}"#, "limits.images"),
    (r#"{"limits": {"image_bytes": 0}}"#, "limits.image_bytes"),
    (
        r#"{"limits": {"image_bytes": 104857601}}"#,
        "limits.image_bytes",
    ),
    (r#"{"limits": {"pdf_pages": 2001}}"#, "limits.pdf_pages"),
    (r#"{"limits": {"image_bytes": "1"}}"#, "limits.image_bytes"),
    (r#"{"limits": {"image_pixels": -1}}"#, "limits.image_pixels"),
    (
        r#"{"limits": {"image_frames": 4294967296}}"#,
        "limits.image_frames",
    ),
    (
        r#"{"limits": {"image_frames": 301}}"#,
        "limits.image_frames",
    ),
    (r#"{"quotas": 1}"#, "quotas"),
    (r#"{"quotas": {"files": 1}}"#, "quotas.files"),
    (
        r#"{"quotas": {"media_per_day": 10001}}"#,
        "quotas.media_per_day",
    ),
    (
        r#"{"quotas": {"bytes_per_day": 0}}"#,
        "quotas.bytes_per_day",
    ),
    (r#"{"visibility": "hidden"}"#, "visibility"),
    (r#"{"visibility": true}"#, "visibility"),
];

#[tokio::test]
async fn of_an_upload() {
    let stack = Stack::running();
    let app = stack.app();
    for (body, field) in UPLOADS {
        let reply = app
            .send_text(Method::POST, "/apps/demo/uploads", body)
            .await;
        assert_problem(body, &reply, 400, "invalid_request", field);
    }
    let long = json!({"files": [{"name": "猫".repeat(300) + "x"}]});
    let many: Vec<_> = (0..1_001).map(|n| json!({"name": n.to_string()})).collect();
    let unknown = json!({"x".repeat(10_000): 1});
    for (body, field) in [
        (long, "files[0].name".to_owned()),
        (json!({ "files": many }), "files".to_owned()),
        (unknown, "x".repeat(200) + "…"),
    ] {
        let reply = app.send(Method::POST, "/apps/demo/uploads", &body).await;
        assert_problem("over-long", &reply, 400, "invalid_request", &field);
    }
}

#[tokio::test]
async fn of_a_registration() {
    let stack = Stack::running();
    let before = stack.admin().get("/admin/apps/demo").await.json();
    for (body, field) in REGISTRATIONS {
        let reply = stack
            .admin()
            .send_text(Method::PUT, "/admin/apps/demo", body)
            .await;
        assert_problem(body, &reply, 400, "invalid_request", field);
    }
    let after = stack.admin().get("/admin/apps/demo").await.json();
    assert_eq!(before["limits"], after["limits"]);
    assert_eq!(before["kinds"], after["kinds"]);
}

/// A limit may be as low as one, but no higher than the platform's; an upload's may be no higher than the app's.
#[tokio::test]
async fn of_a_file_beyond_the_apps_own_limit() {
    let stack = Stack::running();
    let app = fresh_app("limits");
    let registered = stack
        .register(
            &app,
            &json!({"kinds": ["image"], "limits": {"image_bytes": 1_000}}),
        )
        .await;
    assert_eq!(registered["limits"]["image_bytes"], 1_000);
    let path = format!("/apps/{app}/uploads");
    let file = |bytes: u32| json!({"files": [{"name": "a.png", "bytes": bytes}]});
    let refused = stack.admin().send(Method::POST, &path, &file(1_001)).await;
    assert_problem("1001", &refused, 400, "invalid_request", "files[0].bytes");
    let granted = stack.admin().send(Method::POST, &path, &file(1_000)).await;
    assert_eq!(granted.status, 201, "{}", granted.text());
}

#[tokio::test]
async fn huge_ones() {
    let stack = Stack::running();
    for (method, path) in [
        (Method::POST, "/apps/demo/uploads"),
        (Method::PUT, "/admin/apps/demo"),
    ] {
        for bytes in [256 * 1024 + 1, 5_000_000] {
            let body: Value = json!({"note": "x".repeat(bytes)});
            let reply = stack.admin().send(method.clone(), path, &body).await;
            assert_problem(path, &reply, 413, "body_too_long", "");
        }
        let nested = "[".repeat(100_000);
        let reply = stack.admin().send_text(method.clone(), path, &nested).await;
        assert_problem(path, &reply, 400, "invalid_request", "");
        let deep = format!("{{\"files\": {nested}");
        let reply = stack.admin().send_text(method, path, &deep).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
}

/// A body that is not text and is not declared as JSON.
#[tokio::test]
async fn of_bytes() {
    let stack = Stack::running();
    let binary = [("content-type", "application/octet-stream")];
    let body = Bytes::from_static(b"\xff\xfe{}\x00");
    let app = stack.app();
    let reply = app
        .send_bytes(Method::POST, "/apps/demo/uploads", &binary, body)
        .await;
    assert_problem("bytes", &reply, 400, "invalid_request", "");
}
