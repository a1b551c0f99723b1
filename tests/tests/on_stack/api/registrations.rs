//! Tests registrations of apps: replacing them, changing single fields, removing them.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Stack, fresh_app};
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::assert_problem;

fn path(app: &str) -> String {
    format!("/admin/apps/{app}")
}

async fn send(stack: &Stack, method: Method, app: &str, body: &Value) -> Value {
    let reply = stack.admin().send(method, &path(app), body).await;
    assert!(matches!(reply.status, 200 | 201), "{reply:?}");
    reply.json()
}

fn registration() -> Value {
    json!({"visibility": "private", "presets": {"card": {"width": 320, "height": 240}},
           "limits": {"image_bytes": 5000, "pdf_pages": 7}, "sizes_only": true})
}

#[tokio::test]
async fn a_replacement_says_what_it_reset() {
    let stack = Stack::running();
    let app = fresh_app("replaced");
    let new = send(&stack, Method::PUT, &app, &registration()).await;
    assert!(new.get("reset").is_none(), "{new}");
    let wanted = json!({"sizes_only": true, "limits": {"image_bytes": 6000}});
    let replaced = send(&stack, Method::PUT, &app, &wanted).await;
    assert_eq!(
        replaced["reset"],
        json!(["limits.pdf_pages", "presets", "visibility"])
    );
    assert_eq!(
        (&replaced["visibility"], &replaced["sizes_only"]),
        (&json!("public"), &json!(true))
    );
    let again = send(&stack, Method::PUT, &app, &wanted).await;
    assert!(again.get("reset").is_none(), "{again}");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let stack = Stack::running();
    let app = fresh_app("patched");
    let before = send(&stack, Method::PUT, &app, &registration()).await;
    let patch = json!({"presets": {"tile": {"width": 64, "height": 64, "fit": "cover"}},
                       "limits": {"pdf_pages": null}});
    let after = send(&stack, Method::PATCH, &app, &patch).await;
    assert_eq!(after["visibility"], "private");
    assert_eq!(after["presets"]["card"], before["presets"]["card"]);
    assert_eq!(after["presets"]["tile"]["fit"], "cover");
    assert_eq!(after["limits"]["image_bytes"], 5000);
    assert_eq!(after["created_at"], before["created_at"]);
    let standard = send(&stack, Method::PUT, &fresh_app("standard"), &json!({})).await;
    assert_eq!(
        after["limits"]["pdf_pages"],
        standard["limits"]["pdf_pages"]
    );
    // `null` removes a preset, and resets a whole field to its default.
    let patch = json!({"presets": {"card": null}, "visibility": null});
    let after = send(&stack, Method::PATCH, &app, &patch).await;
    assert_eq!(after["presets"].as_object().unwrap().len(), 1);
    assert_eq!(after["visibility"], "public");
    let nothing = send(&stack, Method::PATCH, &app, &json!({})).await;
    assert_eq!(nothing["presets"], after["presets"]);
}

#[tokio::test]
async fn a_bad_patch_names_its_field_and_changes_nothing() {
    let stack = Stack::running();
    let app = fresh_app("badly");
    let before = send(&stack, Method::PUT, &app, &registration()).await;
    for (patch, field) in [
        (json!({"visibilty": "public"}), "visibilty"),
        (json!({"limits": {"image_bytes": 0}}), "limits.image_bytes"),
        (
            json!({"presets": {"card": {"width": 0}}}),
            "presets.card.width",
        ),
        (json!({"app": "other"}), "app"),
        (json!({"limits": [1]}), "limits"),
    ] {
        let reply = stack.admin().send(Method::PATCH, &path(&app), &patch).await;
        assert_problem(&patch.to_string(), &reply, 400, "invalid_request", field);
    }
    let unknown = path(&fresh_app("nowhere"));
    let reply = stack
        .admin()
        .send(Method::PATCH, &unknown, &json!({}))
        .await;
    assert_problem("unknown", &reply, 404, "unknown_app", "");
    assert_eq!(stack.admin().get(&path(&app)).await.json(), before);
}

#[tokio::test]
async fn an_app_is_removed_once_it_has_no_media() {
    let stack = Stack::running();
    let app = fresh_app("removed");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let photo = picture(ImageFormat::Png, 30, 20, 4).unwrap();
    stack.put(&grant, "a.png", photo.clone()).await;
    let media = grant.media("a.png");
    stack.until_state(&app, &media, "ready").await;
    let nothing = json!({});
    let remove = || async {
        stack
            .admin()
            .send(Method::DELETE, &path(&app), &nothing)
            .await
    };
    let refused = remove().await;
    assert_problem("with media", &refused, 409, "app_has_media", "");
    assert!(refused.text().contains(media.as_str()), "{refused:?}");

    let erase = format!("/apps/{app}/media/{media}");
    let erased = stack.admin().send(Method::DELETE, &erase, &nothing).await;
    assert_eq!(erased.status, 202, "{erased:?}");
    stack.until_state(&app, &media, "deleted").await;
    assert_eq!(remove().await.status, 200);
    assert_problem("gone", &remove().await, 404, "unknown_app", "");
    let listed = stack.admin().get("/admin/apps").await.json();
    assert!(!listed["items"].as_array().unwrap().contains(&json!(app)));

    // Files uploaded with credentials that were issued earlier are rejected now.
    stack.put(&grant, "late.png", photo).await;
    let record = format!("media/{app}/{}.json", grant.media("late.png"));
    let late = dozo_tests::stack::until("a verdict", dozo_tests::stack::PATIENCE, || async {
        let record: Value =
            serde_json::from_slice(&stack.object("records", &record).await?).unwrap();
        (record["state"] == "rejected").then_some(record)
    })
    .await;
    assert_eq!(late["rejection"]["code"], "unknown_upload");
}
