//! Tests that `template.yaml` says what the design wants, as text. This is the only test of what the local stack does
//! not evaluate, or evaluates differently from AWS. There is one file for each section of the template.

mod api;
mod buckets;
mod delivery;
mod functions;
mod headers;
mod names;
mod operations;
mod queues;
mod roles;
mod switched_off;
mod upgrade;
mod viewer_request;
mod whole;

use dozo_tests::template::{Statement, Template};
use serde_json::{Value, json};

fn template() -> Template {
    Template::load().unwrap()
}

/// Returns a name that is global: its beginning, and the region where names have it.
fn global_name(beginning: &str) -> Value {
    let ending = json!({ "Fn::If": ["RegionInNames", { "Fn::Sub": "-${AWS::Region}" }, ""] });
    json!({ "Fn::Sub": [format!("{beginning}${{In}}"), { "In": ending }] })
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
