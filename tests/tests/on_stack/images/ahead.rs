//! Tests that thumbnails of eager presets are made ahead and served, that no viewer reaches where they are stored, that a
//! changed preset makes them anew, and that they go with their picture.

use dozo_tests::stack::{PATIENCE, Stack, fresh_app, until};
use reqwest::Method;
use serde_json::json;

use crate::images::{Shown, dimensions, photo, pictured, ready_for};

/// Waits until as many thumbnails are stored, and returns their keys.
async fn stored(stack: &Stack, app: &str, shown: &Shown, count: usize) -> Vec<String> {
    let prefix = format!("public/{app}/{}/thumbs/", shown.media);
    until("the thumbnails", PATIENCE, async || {
        let keys = stack.keys("delivery", &prefix).await;
        (keys.len() == count).then_some(keys)
    })
    .await
}

#[tokio::test]
async fn an_eager_preset_is_stored_served_made_anew_and_withdrawn() {
    let stack = Stack::running();
    let app = fresh_app("eager");
    let presets = |side: u32, formats: &[&str]| {
        let card = json!({"width": side, "height": side, "eager": true, "formats": formats});
        json!({"presets": {"card": card}})
    };
    let both = ["webp", "jpg"];
    let registered = stack.register(&app, &presets(300, &both)).await;
    assert_eq!(registered["presets"]["card"]["eager"], true);
    let shown = ready_for(&stack, &app, &json!({}), "a.jpg", photo(41)).await;
    for key in stored(&stack, &app, &shown, 2).await {
        let body = stack.object("delivery", &key).await.unwrap();
        let picture = image::load_from_memory(&body).unwrap();
        assert_eq!(dimensions(&picture), (300, 200), "{key}");
        let (_, rest) = key.split_once("/thumbs/").unwrap();
        let original = shown.answer["urls"]["original"].as_str().unwrap();
        let url = original.replace("original.jpg", &format!("thumbs/{rest}"));
        assert_eq!(stack.fetch(&url).await.status, 404, "{url}");
        if key.ends_with(".jpg") {
            let reply = stack.fetch(&shown.thumb("card")).await;
            pictured(&reply, "image/jpeg");
            assert_eq!(reply.body, body);
        }
    }

    // Only one format is left, and smaller.
    stack.register(&app, &presets(60, &["jpg"])).await;
    let [key] = stored(&stack, &app, &shown, 1).await.try_into().unwrap();
    let small = until("the new thumbnail", PATIENCE, async || {
        let body = stack.object("delivery", &key).await?;
        let picture = image::load_from_memory(&body).unwrap();
        (dimensions(&picture) == (60, 40)).then_some(body)
    })
    .await;
    until("the new card", PATIENCE, async || {
        let reply = stack.fetch(&shown.thumb("card")).await;
        (reply.body == small).then_some(())
    })
    .await;

    let path = format!("/admin/apps/{app}/media/{}/suspend", shown.media);
    let reason = json!({"reason": "abuse"});
    let reply = stack.admin().send(Method::POST, &path, &reason).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    stack.until_state(&app, &shown.media, "suspended").await;
    stored(&stack, &app, &shown, 0).await;
    assert_eq!(stack.fetch(&shown.thumb("card")).await.status, 404);
}
