//! Registrations that are changed and removed.

use dozo_tests::stack::Stack;
use dozo_tests::stack::fresh_app;
use serde_json::Value;

use crate::cli::local;

#[tokio::test]
async fn single_fields_are_changed_and_set_back() {
    let stack = Stack::running();
    let app = fresh_app("cli-change");
    let run = async |command: &[&str]| local(&stack).args(command).run().await.succeeded();
    let _registered = run(&[
        "apps",
        "register",
        &app,
        "--visibility",
        "private",
        "--preset",
        "card=300x200",
    ])
    .await;
    let changed = run(&[
        "apps",
        "change",
        &app,
        "--preset",
        "wide=900x300",
        "--limit",
        "image_bytes=1000000",
        "--json",
    ])
    .await;
    let changed: Value = serde_json::from_str(&changed).unwrap();
    assert_eq!(changed["visibility"], "private", "{changed}");
    assert_eq!(changed["presets"]["card"]["width"], 300, "{changed}");
    assert_eq!(changed["presets"]["wide"]["width"], 900, "{changed}");
    assert_eq!(changed["limits"]["image_bytes"], 1_000_000, "{changed}");

    let back = run(&[
        "apps",
        "change",
        &app,
        "--remove-preset",
        "card",
        "--reset",
        "limits.image_bytes",
        "--json",
    ])
    .await;
    let back: Value = serde_json::from_str(&back).unwrap();
    assert_eq!(back["visibility"], "private", "{back}");
    assert!(
        back["presets"]["card"].is_null() && back["presets"]["wide"].is_object(),
        "{back}"
    );
    assert_ne!(back["limits"]["image_bytes"], 1_000_000, "{back}");

    // A registration replaces, and says so.
    let replaced = local(&stack).args(["apps", "register", &app]).run().await;
    let told = replaced.stderr.clone();
    let _replaced = replaced.succeeded();
    for part in ["visibility", "presets", "dozo apps change"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn an_app_without_media_is_removed() {
    let stack = Stack::running();
    let app = fresh_app("cli-delete");
    let register = ["apps", "register", &app, "--kind", "image"];
    let _registered = local(&stack).args(register).run().await.succeeded();
    let asked = local(&stack).args(["apps", "delete", &app]).run().await;
    assert_ne!(asked.code, 0, "nobody is there to be asked: {asked:#?}");
    let delete = ["apps", "delete", &app, "--yes"];
    let said = local(&stack).args(delete).run().await.succeeded();
    assert!(said.contains("no longer registered"), "{said}");
    let ran = local(&stack).args(["apps", "show", &app]).run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    let again = local(&stack).args(delete).run().await;
    assert!(again.stderr.contains("unknown_app"), "{again:#?}");
}
