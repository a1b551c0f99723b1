//! Finds in a stack's events why its latest operation failed.

use serde_json::Value;

use crate::aws_cli::{AwsCli, list_at};

/// Returns `resource: reason` for each failure of the latest attempt, first cause first.
pub(crate) async fn of_latest_attempt(aws: &AwsCli, stack: &str) -> Vec<String> {
    let command = [
        "cloudformation",
        "describe-stack-events",
        "--stack-name",
        stack,
    ];
    let events = aws.call(&command).await;
    events.map(|events| reasons_of(&events)).unwrap_or_default()
}

fn reasons_of(events: &Value) -> Vec<String> {
    let mut reasons = Vec::new();
    // Events come newest first; the attempt began with the stack's own *_IN_PROGRESS event at a user's request.
    for event in list_at(events, "/StackEvents") {
        let field = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let (status, reason) = (field("ResourceStatus"), field("ResourceStatusReason"));
        let is_stack = field("ResourceType") == "AWS::CloudFormation::Stack";
        // An alarm rolls the stack back without a failure of any resource.
        let is_failure =
            status.ends_with("_FAILED") || (is_stack && status.ends_with("ROLLBACK_IN_PROGRESS"));
        if is_failure && !reason.is_empty() {
            reasons.push(format!("  {}: {reason}", field("LogicalResourceId")));
        }
        if is_stack && ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"].contains(&status) {
            break;
        }
    }
    reasons.reverse();
    if reasons.iter().any(|reason| is_queue_deleted(reason)) {
        reasons.push(
            "  A queue of this name was deleted less than a minute ago: deploy again in a minute."
                .to_owned(),
        );
    }
    reasons
}

/// SQS refuses a queue's name for 60 seconds after its deletion:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
fn is_queue_deleted(reason: &str) -> bool {
    reason.contains("QueueDeletedRecently") || reason.contains("60 seconds after deleting a queue")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: &str, kind: &str, status: &str, reason: &str) -> Value {
        json!({"LogicalResourceId": id, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason})
    }

    const STACK: &str = "AWS::CloudFormation::Stack";

    #[test]
    fn reasons_are_those_of_the_latest_attempt() {
        let events = json!({"StackEvents": [
            event("dozo", STACK, "ROLLBACK_COMPLETE", ""),
            event("Api", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "cancelled"),
            event("Api2", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "name taken"),
            event("dozo", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
            event("Old", "AWS::SQS::Queue", "UPDATE_FAILED", "long ago"),
        ]});
        assert_eq!(
            reasons_of(&events),
            ["  Api2: name taken", "  Api: cancelled"]
        );
    }

    #[test]
    fn a_rollback_without_a_failure_has_its_reason() {
        let events = json!({"StackEvents": [
            event("dozo", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
            event("dozo", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "an alarm went off"),
            event("dozo", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
            event("dozo", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "long ago"),
        ]});
        assert_eq!(reasons_of(&events), ["  dozo: an alarm went off"]);
    }

    #[test]
    fn a_queue_that_was_just_deleted_is_explained() {
        let queue = event(
            "Pdfs",
            "AWS::SQS::Queue",
            "CREATE_FAILED",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        );
        let reasons = reasons_of(&json!({"StackEvents": [queue]}));
        assert!(
            reasons
                .last()
                .is_some_and(|last| last.contains("in a minute")),
            "{reasons:?}"
        );
    }
}
