//! Tests `dozo webhooks` and `dozo usage` against the real routes.

use dozo_tests::stack::{PATIENCE, Stack, fresh_app, until};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cli::local;

#[tokio::test]
async fn a_webhook_is_registered_looked_at_and_removed() {
    let stack = Stack::running();
    let app = fresh_app("hooks");
    let path = format!("/admin/apps/{app}");
    let reply = stack.admin().send(Method::PUT, &path, &json!({})).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    // Nothing listens there any more.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let dozo = async |arguments: &[&str]| {
        let program = local(&stack).args(["--app", &app, "webhooks"]);
        program.args(arguments).run().await
    };

    let register = ["register", "orders", &url, "--event", "media.ready"];
    let new = dozo(&register).await.succeeded();
    assert!(new.contains("whsec_"), "{new}");
    let same = dozo(&register).await.succeeded();
    assert!(!same.contains("whsec_"), "{same}");
    let rotated = dozo(&["rotate", "orders"]).await.succeeded();
    assert!(rotated.contains("whsec_"), "{rotated}");
    assert!(rotated.contains("secret_version    2\n"), "{rotated}");
    let list = dozo(&[]).await.succeeded();
    assert!(
        list.contains(&url) && list.contains("media.ready"),
        "{list}"
    );

    let pinged = dozo(&["ping", "orders"]).await.succeeded();
    assert!(
        pinged.contains("dozo webhooks deliveries orders"),
        "{pinged}"
    );
    let row = until("the ping among the deliveries", PATIENCE, async || {
        let rows = dozo(&["deliveries", "orders"]).await.succeeded();
        let row = rows.lines().find(|row| row.contains("webhook.ping"));
        row.map(str::to_owned)
    });
    let row = row.await;
    assert!(row.contains("connection_failed"), "{row}");
    let delivery = row.split_whitespace().next().unwrap();
    let resent = dozo(&["resend", "orders", delivery, "--json"]).await;
    let resent: Value = serde_json::from_str(&resent.succeeded()).unwrap();
    assert!(resent["asked_at"].is_string(), "{resent}");
    let since = ["resend", "orders", "--since", "2026-01-01T00:00:00Z"];
    let resent = dozo(&since).await.succeeded();
    assert_eq!(resent, "It is sent again.\n");
    let resumed = dozo(&["resume", "orders"]).await.succeeded();
    assert!(resumed.contains("orders\n"), "{resumed}");

    let deleted = dozo(&["delete", "orders", "--yes"]).await.succeeded();
    assert_eq!(deleted, "Nothing more is sent to orders.\n");
    let gone = dozo(&["show", "orders"]).await;
    assert_eq!(gone.code, 1, "{gone:#?}");
    assert!(gone.stderr.contains("unknown_webhook"), "{gone:#?}");

    let usage = local(&stack).args(["--app", &app, "usage"]).run().await;
    let usage = usage.succeeded();
    assert!(usage.starts_with("uploaded  0 media  0 bytes"), "{usage}");
}
