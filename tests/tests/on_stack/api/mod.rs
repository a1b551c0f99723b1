//! Tests the HTTP API on the deployed stack: its answers, and the errors for malformed calls.

mod answers;
mod bad_bodies;
mod bad_paths;
mod descriptions;
mod filters;
mod lists;
mod messages;
mod quotas;
mod registrations;

use dozo_tests::stack::Reply;

/// Asserts a problem document with this status and code that names this field and says what to change.
fn assert_problem(what: &str, reply: &Reply, status: u16, code: &str, field: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{what}: {text}");
    assert_eq!(
        reply.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    assert_eq!(reply.header("cache-control"), "private, no-store", "{what}");
    let problem = reply.json();
    assert_eq!(problem["status"], status, "{what}: {text}");
    assert_eq!(problem["code"], code, "{what}: {text}");
    assert_eq!(
        problem["field"].as_str().unwrap_or_default(),
        field,
        "{what}: {text}"
    );
    for name in ["title", "detail"] {
        let said = problem[name].as_str().unwrap();
        assert!(!said.is_empty() && said.len() < 1_000, "{what}: {text}");
        // It must say nothing about the implementation.
        assert!(
            !said.contains("struct") && !said.contains("::"),
            "{what}: {text}"
        );
    }
}
