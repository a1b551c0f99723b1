//! Changes the environment variables of a deployed function, as an operator could.

use dozo_tests::stack::{Keys, Stack};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Changes the variables; returns them as they were before.
pub(crate) async fn configure(
    stack: &Stack,
    function: &str,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Map<String, Value> {
    let lambda = stack.service(&Keys::root(), "lambda");
    let name = &stack.file.functions[function];
    let path = format!("/2015-03-31/functions/{name}/configuration");
    let before = lambda.get(&path).await.json()["Environment"]["Variables"]
        .as_object()
        .unwrap()
        .clone();
    let mut after = before.clone();
    change(&mut after);
    let body = json!({"Environment": {"Variables": after}});
    let reply = lambda.send(Method::PUT, &path, &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    before
}
