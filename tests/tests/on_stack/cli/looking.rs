//! Tests `dozo status`, `why`, `list` and `apps`.

use dozo_tests::pictures::picture;
use dozo_tests::stack::{Keys, Stack, fresh_app};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::cli::local;

#[tokio::test]
async fn a_ready_media_by_its_id_and_by_its_address() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = picture(ImageFormat::Png, 64, 48, 21).unwrap();
    stack.put(&grant, "ねこ.png", bytes).await;
    let media = grant.media("ねこ.png");
    let shown = stack.until_state("demo", &media, "ready").await;
    let address = shown["urls"]["original"].as_str().unwrap();

    let status = local(&stack)
        .args(["status", media.as_str()])
        .run()
        .await
        .succeeded();
    for part in ["ready  ねこ.png", "image/png, 64 × 48", address] {
        assert!(status.contains(part), "{part}: {status}");
    }
    let by_address = local(&stack)
        .args(["status", "--json", address])
        .run()
        .await
        .succeeded();
    assert_eq!(serde_json::from_str::<Value>(&by_address).unwrap(), shown);
    let why = local(&stack).args(["why", address]).run().await.succeeded();
    for part in [
        "ねこ.png is ready, and public.",
        "validate-upload published it.",
        address,
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
}

#[tokio::test]
async fn why_it_was_rejected() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    stack.put(&grant, "page.html", "<html></html>").await;
    let media = grant.media("page.html");
    let shown = stack.until_state("demo", &media, "rejected").await;
    let why = local(&stack)
        .args(["why", media.as_str()])
        .run()
        .await
        .succeeded();
    let reason = shown["rejection"]["message"].as_str().unwrap();
    for part in [
        "page.html was rejected.",
        reason,
        "(script_not_accepted)",
        "dozo upload",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
}

/// Explains a message that was given up before its stage left any trace.
#[tokio::test]
async fn why_it_failed_and_where_it_is_listed() {
    let stack = Stack::running();
    let app = fresh_app("cli-why");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let body = json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-23T20:00:00.000Z", "awsRegion": stack.file.region,
        "s3": {"bucket": {"name": grant.bucket},
               "object": {"key": grant.key("lost.jpg"), "size": 3, "eTag": "abc", "sequencer": "01"}},
    }]});
    stack
        .sqs(&Keys::root())
        .send_message()
        .queue_url(stack.queue("dead"))
        .message_body(body.to_string())
        .send()
        .await
        .unwrap();
    let media = grant.media("lost.jpg");
    stack.until_state(&app, &media, "failed").await;
    let in_app = || local(&stack).args(["--app", &app]);

    let why = in_app()
        .args(["why", media.as_str()])
        .run()
        .await
        .succeeded();
    for part in [
        "lost.jpg failed: it is not delivered, and its file is kept.",
        "validate-upload gave up after 20 attempts",
        "(stage_crashed)",
        "out of memory or time",
        ".local/logs/validate-upload.log",
        &format!("dozo retry {media} --app {app}"),
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let list = in_app()
        .args(["list", "--state", "failed"])
        .run()
        .await
        .succeeded();
    assert_eq!(list.lines().count(), 1, "{list}");
    for part in [media.as_str(), "failed", "lost.jpg", "stage_crashed"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let none = in_app()
        .args(["list", "--state", "suspended", "--json"])
        .run()
        .await
        .succeeded();
    assert_eq!(
        serde_json::from_str::<Value>(&none).unwrap(),
        json!({"items": []})
    );
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let media = grant.media("never.jpg");
    let ran = local(&stack).args(["why", media.as_str()]).run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("(unknown_media)"), "{ran:#?}");
    let ran = local(&stack).args(["apps", "--as", "app"]).run().await;
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("execute-api:Invoke"), "{ran:#?}");
}

#[tokio::test]
async fn apps_are_registered_shown_and_listed() {
    let stack = Stack::running();
    let app = fresh_app("cli-apps");
    let register = [
        "apps",
        "register",
        &app,
        "--visibility",
        "private",
        "--kind",
        "image",
    ];
    let said = local(&stack).args(register).run().await.succeeded();
    assert!(
        said.contains("visibility") && said.contains("private"),
        "{said}"
    );
    let list = local(&stack).arg("apps").run().await.succeeded();
    assert!(list.lines().any(|line| line == app), "{list}");
    let shown = local(&stack)
        .args(["apps", "show", &app, "--json"])
        .run()
        .await
        .succeeded();

    // The output of `apps` can be registered again, with a change.
    let again = [
        "apps",
        "register",
        &app,
        "--from",
        "-",
        "--keep-original-metadata",
        "--json",
    ];
    let ran = local(&stack).args(again).input(shown.clone()).run().await;
    let (before, after): (Value, Value) = (
        serde_json::from_str(&shown).unwrap(),
        serde_json::from_str(&ran.succeeded()).unwrap(),
    );
    assert_eq!(after["keep_original_metadata"], true);
    for field in ["kinds", "limits", "visibility", "created_at"] {
        assert_eq!(before[field], after[field], "{field}");
    }
}
