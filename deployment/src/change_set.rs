//! A change set: what CloudFormation would do to a stack, made first and executed then.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html>
//!
//! One that is left over, of a run that was interrupted, hinders nobody: each has a name of its own, and CloudFormation
//! deletes all others of the stack when one is executed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, string_at};
use crate::changes::{self, Change};
use crate::rollout_error::RolloutError;
use crate::stack_now::StackNow;

/// Time between two looks at what CloudFormation is doing; it allows many more. The answers of tests lie ready.
const LOOK_EVERY: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 2 });

/// The capabilities that CloudFormation must be granted: to make roles with names of their own, and to write out loops
/// and SAM.
const CAPABILITIES: [&str; 3] = [
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
];

/// A change set that can be executed.
#[derive(Debug)]
pub(crate) struct ChangeSet {
    /// Its ARN.
    id: String,
    /// The request's name, by which CloudFormation knows a call that it gets twice.
    name: String,
    /// The changes that it makes.
    pub(crate) changes: Vec<Change>,
}

/// Returns a request for a change set. `rollback` is for an update; without it the stack is created.
pub(crate) fn request(
    stack: &str,
    name: &str,
    template_url: &str,
    parameters: &[Value],
    rollback: Option<&Value>,
) -> Value {
    let mut request = json!({
        "StackName": stack,
        "ChangeSetName": name,
        "ClientToken": name,
        "ChangeSetType": if rollback.is_some() { "UPDATE" } else { "CREATE" },
        "TemplateURL": template_url,
        "Parameters": parameters,
        "Capabilities": CAPABILITIES,
        // CloudFormation puts the stack's tags on every resource that can have some.
        "Tags": [{ "Key": "dozo:stack", "Value": stack }],
    });
    if let (Some(rollback), Some(fields)) = (rollback, request.as_object_mut()) {
        fields.insert("RollbackConfiguration".to_owned(), rollback.clone());
    }
    request
}

/// Makes the change set; returns `None` if the stack is already as it asks for.
///
/// # Errors
///
/// [`RolloutError::NoChangeSet`] with CloudFormation's reason; nothing is left of it then.
pub(crate) async fn create(
    aws: &AwsCli,
    stack: &str,
    name: &str,
    request: &Value,
) -> Result<Option<ChangeSet>, RolloutError> {
    let command = ["cloudformation", "create-change-set"];
    let created = aws.call_with(&command, request).await?;
    let id = string_at(&created, "/Id", "aws cloudformation create-change-set")?;
    let described = loop {
        // The CLI asks for every page of the changes.
        let command = ["cloudformation", "describe-change-set", "--change-set-name"];
        let described = aws.call(&[&command[..], &[&id]].concat()).await?;
        let status = text(&described, "Status");
        if !status.starts_with("CREATE_") || status == "CREATE_COMPLETE" {
            break described;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let changes = changes::of(&described);
    let name = name.to_owned();
    let change_set = ChangeSet { id, name, changes };
    if text(&described, "Status") == "CREATE_COMPLETE" {
        return Ok(Some(change_set));
    }
    delete(aws, &change_set).await?;
    let reason = text(&described, "StatusReason");
    if is_empty(reason) {
        return Ok(None);
    }
    Err(RolloutError::NoChangeSet {
        stack: stack.to_owned(),
        reason: reason.to_owned(),
    })
}

/// Deletes a change set that is not executed.
///
/// # Errors
///
/// [`AwsCliError`]
pub(crate) async fn delete(aws: &AwsCli, change_set: &ChangeSet) -> Result<(), AwsCliError> {
    let command = ["cloudformation", "delete-change-set", "--change-set-name"];
    aws.call(&[&command[..], &[&change_set.id]].concat())
        .await
        .map(|_| ())
}

/// Executes the change set and returns the stack as it is when CloudFormation has ended, whatever came of it.
///
/// # Errors
///
/// [`AwsCliError`]; CloudFormation may still be at work then.
pub(crate) async fn execute(
    aws: &AwsCli,
    stack: &str,
    change_set: &ChangeSet,
) -> Result<StackNow, AwsCliError> {
    let command = ["cloudformation", "execute-change-set", "--change-set-name"];
    let how = [
        "--client-request-token",
        &change_set.name,
        "--no-disable-rollback",
    ];
    aws.call(&[&command[..], &[&change_set.id], &how].concat())
        .await?;
    loop {
        let now = StackNow::read(aws, stack).await?.unwrap_or_default();
        if !now.status.ends_with("_IN_PROGRESS") {
            return Ok(now);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn text<'a>(described: &'a Value, field: &str) -> &'a str {
    described
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Tells whether a change set failed only because there is nothing to change; the AWS CLI knows it by the same words.
fn is_empty(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_stack_is_asked_for() {
        let parameters = [json!({"ParameterKey": "LogLevel", "ParameterValue": "debug"})];
        let expected = json!({
            "StackName": "dozo",
            "ChangeSetName": "deploy-1",
            "ClientToken": "deploy-1",
            "ChangeSetType": "CREATE",
            "TemplateURL": "https://s3/t",
            "Parameters": [{"ParameterKey": "LogLevel", "ParameterValue": "debug"}],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Tags": [{"Key": "dozo:stack", "Value": "dozo"}],
        });
        let asked = request("dozo", "deploy-1", "https://s3/t", &parameters, None);
        assert_eq!(asked, expected);
    }

    #[test]
    fn only_an_update_is_rolled_back_by_alarms() {
        let rollback = json!({"RollbackTriggers": [], "MonitoringTimeInMinutes": 0});
        let asked = request("dozo", "deploy-1", "https://s3/t", &[], Some(&rollback));
        assert_eq!(asked.get("ChangeSetType"), Some(&json!("UPDATE")));
        assert_eq!(asked.get("RollbackConfiguration"), Some(&rollback));
    }
}
