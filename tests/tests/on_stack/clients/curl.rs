//! Tests curl: the API with curl's own signing, and the presigned URL of a declared file.

use dozo_tests::stack::{Keys, Program, Stack, media_id};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::clients::{assert_delivered, photo};

fn signed(stack: &Stack, keys: &Keys) -> Program {
    Program::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .arg("--aws-sigv4")
        .arg(format!("aws:amz:{}:execute-api", stack.file.region))
        .arg("--user")
        .arg(format!("{}:{}", keys.access_key_id, keys.secret_access_key))
}

#[tokio::test]
async fn the_api_signed_by_curl() {
    let stack = Stack::running();
    let app = &stack.app_keys();
    let issued = signed(&stack, app)
        .args(["--fail", "-H", "content-type: application/json"])
        .args(["-d", "{\"duration_seconds\": 900}"])
        .arg(format!("{}/apps/demo/uploads", stack.file.api))
        .run()
        .await
        .succeeded();
    let issued: Value = serde_json::from_str(&issued).unwrap();
    let upload = issued["upload"].as_str().unwrap();
    // The parameters are in alphabetical order, because curl before version 8 signs them as they stand.
    let media = media_id(upload, "a");
    for query in [
        format!("upload={upload}"),
        format!("after={media}&upload={upload}"),
        format!("after={media}&state=failed"),
    ] {
        let listed = signed(&stack, app)
            .arg("--fail")
            .arg(format!("{}/apps/demo/media?{query}", stack.file.api))
            .run()
            .await
            .succeeded();
        let listed: Value = serde_json::from_str(&listed).unwrap();
        assert!(listed["items"].is_array(), "{query}: {listed}");
    }
}

#[tokio::test]
async fn a_declared_file_through_its_presigned_url() {
    let stack = Stack::running();
    let directory = tempfile::tempdir().unwrap();
    let names = [
        "photo.jpg",
        "猫 と 犬.jpg",
        "a+b&c=d?e#f%20.jpg",
        "x/../y.jpg",
    ];
    let bytes = photo(ImageFormat::Jpeg, 21);
    let path = directory.path().join("photo.jpg");
    std::fs::write(&path, &bytes).unwrap();
    let file =
        |name: &str| json!({"name": name, "bytes": bytes.len(), "content_type": "image/jpeg"});
    let files: Vec<_> = names.iter().map(|name| file(name)).collect();
    let grant = stack.grant_for("demo", &json!({ "files": files })).await;
    assert_eq!(grant.files().len(), names.len());
    for (file, name) in grant.files().iter().zip(names) {
        assert_eq!((file.name.as_str(), &file.key), (name, &grant.key(name)));
        assert_eq!(file.media, grant.media(name));
        let mut curl = Program::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--fail-with-body",
                "--noproxy",
                "*",
                "--path-as-is",
            ])
            .arg("-T")
            .arg(&path);
        for (header, value) in &file.headers {
            curl = curl.arg("-H").arg(format!("{header}: {value}"));
        }
        let _said = curl.arg(&file.url).run().await.succeeded();
        assert_delivered(&stack, &grant, name, &bytes).await;
    }
}
