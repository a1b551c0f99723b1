//! Tests `dozo verify`.

use dozo_tests::stack::Stack;
use serde_json::Value;

use crate::cli::local;

#[tokio::test]
async fn a_stack_that_works_passes_every_check_and_keeps_nothing() {
    let stack = Stack::running();
    let ran = local(&stack).args(["verify", "--json"]).run().await;
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &said["ok"]), (0, &Value::Bool(true)), "{said:#}");
    let checks = said["checks"].as_array().unwrap();
    assert!(checks.len() > 30, "{said:#}");
    let apps = local(&stack).arg("apps").run().await.succeeded();
    let app = said["app"].as_str().unwrap();
    assert!(!apps.lines().any(|line| line == app), "{app} is left");
}

#[tokio::test]
async fn what_does_not_work_is_named() {
    let stack = Stack::running();
    let ran = local(&stack)
        .args(["verify", "--as", "app", "--wait", "5s"])
        .run()
        .await;
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    let mut lines = ran.stdout.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("✗ the API answers an admin"), "{first}");
    assert!(ran.stdout.contains("checks failed"), "{}", ran.stdout);
}
