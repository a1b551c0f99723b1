//! Tests that `template.yaml` says what the design wants, as text. This is the only test of what the local stack does
//! not evaluate, or evaluates differently from AWS. There is one file for each section of the template.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail by panic"
)]

#[path = "template/api.rs"]
mod api;
#[path = "template/buckets.rs"]
mod buckets;
#[path = "template/delivery.rs"]
mod delivery;
#[path = "template/functions.rs"]
mod functions;
#[path = "template/operations.rs"]
mod operations;
#[path = "template/queues.rs"]
mod queues;
#[path = "template/roles.rs"]
mod roles;
#[path = "template/viewer_request/mod.rs"]
mod viewer_request;
#[path = "template/whole.rs"]
mod whole;

use dozo_tests::template::{Statement, Template};
use serde_json::json;

fn template() -> Template {
    Template::load().unwrap()
}

/// Asserts that a policy refuses plain HTTP, except through the loopback interface of a laptop.
fn assert_denies_plain_http(statements: &[Statement], actions: &str, resources: &[String]) {
    let deny = statements
        .iter()
        .find(|statement| statement.sid == "DenyPlainHttp")
        .unwrap();
    assert_eq!(
        (deny.effect.as_str(), deny.principal.as_str()),
        ("Deny", "*")
    );
    assert_eq!(deny.actions, [actions]);
    assert_eq!(deny.resources, resources);
    let laptop = json!({ "Fn::If": ["OnLaptop", { "aws:SourceIp": "127.0.0.0/8" }, { "Ref": "AWS::NoValue" }] });
    assert_eq!(
        deny.condition,
        json!({ "Bool": { "aws:SecureTransport": "false" }, "NotIpAddress": laptop })
    );
}
