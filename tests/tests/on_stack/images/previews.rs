//! Tests that small renderings of a large picture come from its preview, which no viewer reaches, and that placeholders
//! are answered.

use dozo_tests::pictures::picture;
use dozo_tests::stack::Stack;
use image::ImageFormat;
use serde_json::json;

use crate::images::{dimensions, pictured, ready, ready_for};

#[tokio::test]
async fn a_small_size_of_a_large_picture_comes_from_its_preview() {
    let stack = Stack::running();
    let large = picture(ImageFormat::Jpeg, 2_400, 1_600, 3).unwrap();
    let shown = ready(&stack, "large.jpg", large).await;
    let keys = stack
        .keys("delivery", &format!("public/demo/{}/", shown.media))
        .await;
    let [original, preview] = keys.as_slice() else {
        panic!("{keys:?}");
    };
    assert!(original.ends_with("/original.jpg") && preview.ends_with("/preview.jpg"));
    let stored = stack.object("delivery", preview).await.unwrap();
    let stored = image::load_from_memory(&stored).unwrap();
    assert_eq!(dimensions(&stored), (1_200, 800));

    for (size, format, content_type, is_of_preview) in [
        ("300,", "jpg", "image/jpeg", true),
        ("300,", "webp", "image/webp", true),
        ("300,", "png", "image/png", false),
        ("700,", "jpg", "image/jpeg", false),
    ] {
        let url = format!("{}/full/{size}/0/default.{format}", shown.base());
        let reply = stack.fetch(&url).await;
        pictured(&reply, content_type);
        let is_named = reply.header("etag").starts_with("\"preview-");
        assert_eq!(is_named, is_of_preview, "{url}");
    }

    // The answer is for pages, and a placeholder is a part of it.
    let placeholder = &shown.answer["placeholder"];
    assert!(placeholder["color"].as_str().unwrap().starts_with('#'));
    assert!(placeholder["thumbhash"].as_str().unwrap().len() >= 20);
}

#[tokio::test]
async fn no_viewer_reaches_a_preview() {
    let stack = Stack::running();
    for visibility in ["public", "private"] {
        let large = picture(ImageFormat::Jpeg, 2_400, 16, 4).unwrap();
        let request = json!({"visibility": visibility});
        let shown = ready_for(&stack, "demo", &request, "wide.jpg", large).await;
        let original = shown.answer["urls"]["original"].as_str().unwrap();
        let preview = original.replace("original.jpg", "preview.jpg");
        let key = preview
            .split_once("://")
            .unwrap()
            .1
            .split_once('/')
            .unwrap()
            .1;
        let stored = stack.object("delivery", key).await;
        assert!(stored.is_some(), "{key}");
        let signed = match visibility {
            "private" => {
                let request = json!({"expires_in": 600, "as": "url"});
                let path = format!("/apps/demo/media/{}/grants", shown.media);
                let grant = stack
                    .app()
                    .send(reqwest::Method::POST, &path, &request)
                    .await;
                let query = grant.json()["query"].as_str().unwrap().to_owned();
                format!("?{query}")
            }
            _ => String::new(),
        };
        assert_eq!(
            stack.fetch(&format!("{original}{signed}")).await.status,
            200
        );
        for tried in [
            format!("{preview}{signed}"),
            format!(
                "{}{signed}",
                preview.replace("preview.jpg", "iiif/preview/info.json")
            ),
            format!(
                "{}{signed}",
                preview.replace("preview.jpg", "thumb/preview/preview.jpg")
            ),
        ] {
            assert_eq!(stack.fetch(&tried).await.status, 404, "{tried}");
        }
    }
}
