//! Removes the token user of a stack that has got a role in its place (`UploadCredentials=assume-role`).
//!
//! CloudFormation deletes the user when it has updated all else. IAM refuses, because the user still has the key that the
//! template does not know; CloudFormation then leaves the user behind, and only the stack's events name it
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>). The key could not go earlier: the functions
//! used it until the update.

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at};
use crate::token_key::TokenKey;

/// The most events that are read, latest first. An update of the whole stack has some 500.
const MOST_EVENTS: &str = "2000";

/// Deletes the users that the stack's events name as left behind, with their keys and policies.
///
/// # Errors
///
/// [`AwsCliError`]
pub(crate) async fn remove(aws: &AwsCli, stack: &str) -> Result<(), AwsCliError> {
    let describe = ["cloudformation", "describe-stack-events", "--stack-name"];
    let events = aws
        .call(&[&describe[..], &[stack, "--max-items", MOST_EVENTS]].concat())
        .await?;
    for user in left_behind(&events) {
        let key = TokenKey { user, secret: "" };
        key.delete_keys_except(aws, None).await?;
        let list = ["iam", "list-user-policies", "--user-name", user];
        let Some(listed) = absent_as_none(aws.call(&list).await)? else {
            continue;
        };
        for policy in list_at(&listed, "/PolicyNames")
            .iter()
            .filter_map(Value::as_str)
        {
            let delete = ["iam", "delete-user-policy", "--user-name", user];
            let delete = [&delete[..], &["--policy-name", policy]].concat();
            absent_as_none(aws.call(&delete).await)?;
        }
        let delete = ["iam", "delete-user", "--user-name", user];
        absent_as_none(aws.call(&delete).await)?;
    }
    Ok(())
}

/// Returns the names of token users that could not be deleted.
fn left_behind(events: &Value) -> Vec<&str> {
    let field = |event: &'_ Value, name: &str, value: &str| {
        event.get(name).and_then(Value::as_str) == Some(value)
    };
    let mut users: Vec<&str> = list_at(events, "/StackEvents")
        .iter()
        .filter(|event| {
            field(event, "LogicalResourceId", "TokenUser")
                && field(event, "ResourceStatus", "DELETE_FAILED")
        })
        .filter_map(|event| event.get("PhysicalResourceId")?.as_str())
        .filter(|user| !user.is_empty())
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}
