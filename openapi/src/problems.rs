//! How calls are refused: the answers with problem documents, and those that API Gateway gives by itself.

use std::collections::BTreeMap;

use dozo::platform::problem::Problem;
use serde_json::{Map, Value, json};

/// A status that has one meaning for every call, and its name among the shared answers.
const SHARED: [(u16, &str); 5] = [
    (400, "Invalid"),
    (403, "Forbidden"),
    (429, "Throttled"),
    (500, "Internal"),
    (503, "Unavailable"),
];

/// Returns the answers that calls share, by name.
pub(crate) fn shared() -> Value {
    let invalid = Problem::invalid("duration_seconds", "Give 900 to 43200 seconds.");
    json!({
        "Invalid": response(400, &[&invalid]),
        "Forbidden": {
            "description": "The call is not signed, or IAM does not allow it. API Gateway answers.",
            "content": gateway("Forbidden"),
        },
        "Throttled": {
            "description": "There are too many calls. API Gateway answers; ask again a little later.",
            "content": gateway("Too Many Requests"),
        },
        "Internal": response(500, &[&Problem::internal()]),
        "Unavailable": response(503, &[&Problem::unavailable()]),
    })
}

/// Returns the answers to refused calls by their status, those of API Gateway included. Calls that can be invalid have
/// parameters or a body.
pub(crate) fn responses(problems: &[Problem], can_be_invalid: bool) -> Map<String, Value> {
    let mut by_status = BTreeMap::<u16, Vec<&Problem>>::new();
    for problem in problems {
        by_status.entry(problem.status).or_default().push(problem);
    }
    let own = by_status
        .into_iter()
        .map(|(status, problems)| (status.to_string(), response(status, &problems)));
    let shared = SHARED
        .into_iter()
        .filter(|(status, _)| *status != 400 || can_be_invalid)
        .map(|(status, name)| (status.to_string(), reference("responses", name)));
    // A call's own answers take the place of shared ones.
    shared.chain(own).collect()
}

fn response(status: u16, problems: &[&Problem]) -> Value {
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let lines: Vec<_> = problems.iter().map(|problem| line(problem)).collect();
    let examples: Map<String, Value> = problems
        .iter()
        .map(|problem| (problem.code.to_owned(), json!({"value": problem})))
        .collect();
    let mut headers = json!({"Cache-Control": {"$ref": "#/components/headers/CacheControl"}});
    let mut content = json!({"application/problem+json": {
        "schema": {
            "allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"type": "object", "properties": {"code": {"enum": codes}}},
            ],
        },
        "examples": examples,
    }});
    if let (Some(headers), Some(content)) = (headers.as_object_mut(), content.as_object_mut()) {
        if status == 429 {
            headers.insert("Retry-After".to_owned(), reference("headers", "RetryAfter"));
        }
        if status == 451 {
            headers.insert("Link".to_owned(), reference("headers", "BlockedBy"));
        }
        let by_gateway = match status {
            429 => Some("Too Many Requests"),
            500 => Some("Internal Server Error"),
            503 => Some("Service Unavailable"),
            _ => None,
        };
        let by_gateway = by_gateway.map(gateway);
        content.extend(by_gateway.into_iter().flatten());
    }
    json!({"description": lines.join("\n"), "headers": headers, "content": content})
}

fn line(problem: &Problem) -> String {
    format!(
        "- `{}`: {}. {}",
        problem.code, problem.title, problem.detail
    )
}

/// Returns the content of an answer that API Gateway gives when it admits no more calls, or when no function answers.
fn gateway(says: &str) -> Map<String, Value> {
    let content = json!({
        "schema": reference("schemas", "GatewayMessage"),
        "example": {"message": says},
    });
    Map::from_iter([("application/json".to_owned(), content)])
}

fn reference(group: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{group}/{name}")})
}
