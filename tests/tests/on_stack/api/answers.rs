//! Tests the API's successful answers: that they are complete, and in the form that their readers expect.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Grant, Stack, fresh_app};
use image::ImageFormat;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

fn fields(answer: &Value) -> Vec<&str> {
    answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn seconds_left(grant: &Grant) -> i64 {
    let expiration = grant.answer["Expiration"].as_str().unwrap();
    let expiration: Timestamp = expiration.parse().unwrap();
    expiration.as_second() - Timestamp::now().as_second()
}

#[tokio::test]
async fn upload_credentials_say_when_they_end() {
    let stack = Stack::running();
    for (request, seconds) in [
        (json!({}), 3_600),
        (json!({"duration_seconds": 900}), 900),
        (json!({"duration_seconds": 43_200}), 43_200),
    ] {
        let grant = stack.grant_for("demo", &request).await;
        let left = seconds_left(&grant);
        assert!(
            (seconds - 60..=seconds).contains(&left),
            "{request}: {left} s"
        );
        assert_eq!(
            grant.answer["Expiration"],
            grant.answer["credentials"]["Expiration"]
        );
    }
}

#[tokio::test]
async fn the_api_describes_itself() {
    let stack = Stack::running();
    let reply = stack.app().get("/openapi.json").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json");
    let file = include_str!("../../../../docs/openapi.json");
    assert_eq!(reply.text(), file);
}

/// An upload's answer has what `credential_process`, the container provider and Uppy read, and our own fields.
#[tokio::test]
async fn of_an_upload() {
    let stack = Stack::running();
    let request = json!({"visibility": "private", "files": [{"name": "写真.png"}]});
    let reply = stack
        .app()
        .send(Method::POST, "/apps/demo/uploads", &request)
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let answer = reply.json();
    assert_eq!(answer["Version"], 1);
    assert_eq!(answer["Token"], answer["SessionToken"]);
    for name in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(answer[name].is_string(), "{name}: {answer}");
        assert_eq!(answer[name], answer["credentials"][name]);
        let camel = name[..1].to_lowercase() + &name[1..];
        assert_eq!(answer[name], answer["credentials"][camel], "{answer}");
    }
    assert_eq!(answer["bucket"], stack.bucket("upload"));
    assert_eq!(answer["region"], stack.file.region.as_str());
    let bucket = format!("{}/{}", stack.file.aws_endpoint, stack.bucket("upload"));
    assert_eq!(answer["s3Endpoint"], bucket);
    assert_eq!(
        (&answer["app"], &answer["visibility"]),
        (&json!("demo"), &json!("private"))
    );
    let prefix = format!("demo/{}/", answer["upload"].as_str().unwrap());
    assert_eq!(answer["key_prefix"], prefix);
    assert_eq!(answer["limits"]["image_bytes"], 104_857_600);
    let file = &answer["files"][0];
    assert_eq!(file["key"], format!("{prefix}写真.png"));
    let url = file["put"]["url"].as_str().unwrap();
    assert!(url.starts_with(&stack.file.aws_endpoint), "{url}");
}

#[tokio::test]
async fn of_a_media() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = picture(ImageFormat::Png, 30, 20, 1).unwrap();
    stack.put(&grant, "a.png", bytes.clone()).await;
    let media = grant.media("a.png");
    let shown = stack.until_state("demo", &media, "ready").await;
    for (field, value) in [
        ("media", json!(media)),
        ("app", json!("demo")),
        ("upload", json!(grant.upload)),
        ("visibility", json!("public")),
        ("kind", json!("image")),
        ("file_name", json!("a.png")),
        ("content_type", json!("image/png")),
        ("bytes", json!(bytes.len())),
        ("width", json!(30)),
        ("height", json!(20)),
    ] {
        assert_eq!(shown[field], value, "{field}: {shown}");
    }
    // Fields that do not apply are absent.
    for field in [
        "rejection",
        "failure",
        "pages",
        "duration_seconds",
        "frames",
        "progress",
    ] {
        assert!(!fields(&shown).contains(&field), "{field}: {shown}");
    }
    assert_eq!(
        fields(&shown["urls"]),
        ["download", "iiif", "original", "thumbs"]
    );
    assert_eq!(
        fields(&shown["urls"]["thumbs"]),
        ["card", "card-2x", "large", "page"]
    );
    assert!(!shown["history"].as_array().unwrap().is_empty());
    for field in ["created_at", "updated_at"] {
        let _time: Timestamp = shown[field].as_str().unwrap().parse().unwrap();
    }
}

#[tokio::test]
async fn of_an_app() {
    let stack = Stack::running();
    let app = fresh_app("answers");
    let path = format!("/admin/apps/{app}");
    let wanted =
        json!({"kinds": ["image"], "visibility": "private", "limits": {"image_frames": 1}});
    let first = stack.admin().send(Method::PUT, &path, &wanted).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = stack.admin().send(Method::PUT, &path, &wanted).await;
    assert_eq!(again.status, 200, "{}", again.text());
    let shown = stack.admin().get(&path).await.json();
    assert_eq!(shown["created_at"], first.json()["created_at"]);
    assert_eq!(
        (&shown["app"], &shown["visibility"]),
        (&json!(app), &json!("private"))
    );
    assert_eq!(shown["limits"]["image_frames"], 1);
    let apps = stack.admin().get("/admin/apps").await.json();
    let apps = apps["items"].as_array().unwrap();
    assert!(
        apps.contains(&json!(app)) && apps.contains(&json!("demo")),
        "{apps:?}"
    );
    // An upload that does not name a visibility gets the app's.
    let grant = stack.grant_for(&app, &json!({})).await;
    assert_eq!(grant.answer["visibility"], "private");
}
