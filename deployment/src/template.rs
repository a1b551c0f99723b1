//! Runs `aws cloudformation package` and `deploy`, and reports the reasons when they fail.

use std::path::Path;

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, list_at};
use crate::checkout::Checkout;

/// The reasons why the stack cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// CloudFormation refused, with its reasons.
    #[error("CloudFormation could not deploy stack {stack}:\n{}", reasons.join("\n"))]
    Refused {
        /// Stack name.
        stack: String,
        /// `resource: reason` for everything that failed.
        reasons: Vec<String>,
        /// The CLI's error.
        source: AwsCliError,
    },
    /// The packaged template cannot be written.
    #[error("cannot write the packaged template")]
    Packaged(#[source] std::io::Error),
}

/// Uploads the functions that `checkout` built to `bucket`, and returns the template that refers to them.
///
/// # Errors
///
/// [`TemplateError`]
pub async fn package(
    aws: &AwsCli,
    checkout: &Checkout,
    bucket: &str,
) -> Result<tempfile::TempPath, TemplateError> {
    let packaged = tempfile::Builder::new()
        .prefix("dozo-")
        .suffix(".yaml")
        .tempfile();
    let packaged = packaged.map_err(TemplateError::Packaged)?.into_temp_path();
    let template = checkout.template().display().to_string();
    let output = packaged.display().to_string();
    let command = [
        "cloudformation",
        "package",
        "--template-file",
        &template,
        "--s3-bucket",
        bucket,
    ];
    aws.text(&[&command[..], &["--output-template-file", &output]].concat())
        .await?;
    Ok(packaged)
}

/// Applies the packaged template to the stack; a template without changes is no error.
///
/// # Errors
///
/// [`TemplateError`], with CloudFormation's own reasons.
pub async fn apply(
    aws: &AwsCli,
    stack: &str,
    packaged: &Path,
    bucket: &str,
    parameters: &[String],
) -> Result<(), TemplateError> {
    let template = packaged.display().to_string();
    let mut command = vec![
        "cloudformation",
        "deploy",
        "--template-file",
        &template,
        "--stack-name",
        stack,
    ];
    // CloudFormation puts the stack's tags on every resource that can have some.
    let tag = format!("dozo:stack={stack}");
    command.extend(["--tags", &tag]);
    // CloudFormation reads a template over 51,200 bytes from S3 only.
    command.extend(["--s3-bucket", bucket, "--no-fail-on-empty-changeset"]);
    command.extend([
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
    ]);
    command.push("--parameter-overrides");
    command.extend(parameters.iter().map(String::as_str));
    let Err(source) = aws.text(&command).await else {
        return Ok(());
    };
    let reasons = failure_reasons(aws, stack).await;
    if reasons.is_empty() {
        return Err(source.into());
    }
    Err(TemplateError::Refused {
        stack: stack.to_owned(),
        reasons,
        source,
    })
}

/// Returns the failures of the latest attempt, first cause first; the CLI itself only says that something failed.
async fn failure_reasons(aws: &AwsCli, stack: &str) -> Vec<String> {
    let events = aws
        .call(&[
            "cloudformation",
            "describe-stack-events",
            "--stack-name",
            stack,
        ])
        .await;
    events.map(|events| reasons_of(&events)).unwrap_or_default()
}

fn reasons_of(events: &Value) -> Vec<String> {
    let field = |event: &Value, name: &str| {
        event
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut reasons = Vec::new();
    // Events come newest first; the attempt began with the stack's own *_IN_PROGRESS event at a user's request.
    for event in list_at(events, "/StackEvents") {
        let (status, reason) = (
            field(event, "ResourceStatus"),
            field(event, "ResourceStatusReason"),
        );
        if status.ends_with("_FAILED") && !reason.is_empty() {
            reasons.push(format!("  {}: {reason}", field(event, "LogicalResourceId")));
        }
        let is_start = status == "CREATE_IN_PROGRESS" || status == "UPDATE_IN_PROGRESS";
        if is_start && field(event, "ResourceType") == "AWS::CloudFormation::Stack" {
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

    #[test]
    fn reasons_are_those_of_the_latest_attempt() {
        let event = |id: &str, kind: &str, status: &str, reason: &str| json!({"LogicalResourceId": id, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason});
        let stack = "AWS::CloudFormation::Stack";
        let events = json!({"StackEvents": [
            event("dozo", stack, "ROLLBACK_COMPLETE", ""),
            event("Api", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "cancelled"),
            event("Api2", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "name taken"),
            event("dozo", stack, "CREATE_IN_PROGRESS", "User Initiated"),
            event("Old", "AWS::SQS::Queue", "UPDATE_FAILED", "long ago"),
        ]});
        assert_eq!(
            reasons_of(&events),
            ["  Api2: name taken", "  Api: cancelled"]
        );
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
