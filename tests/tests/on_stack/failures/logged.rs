//! Reads what a function has logged about messages: one event for each delivery of a message.

use dozo_tests::stack::{PATIENCE, Stack, until};
use serde_json::Value;

/// Returns everything that a function has logged as JSON.
pub(crate) fn events(stack: &Stack, function: &str) -> Vec<Value> {
    let log = stack.log_of(function);
    let lines = log.lines().filter_map(|line| line.get(line.find('{')?..));
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Waits until a message was handled, with any outcome; returns the last event about it.
pub(crate) async fn handled(stack: &Stack, function: &str, message: &str) -> Value {
    let what = format!("{function} to log the message {message}");
    until(&what, PATIENCE, || async {
        let all = events(stack, function).into_iter();
        all.rev().find(|event| event["message_id"] == message)
    })
    .await
}
