//! Ends every upload credential issued so far; new ones work.
//!
//! A token cannot be taken back, but its permissions are evaluated at each request together with those of the user
//! that issued it
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html>): a
//! policy on the user denies every request with a token older than now. The user's own key carries no token, so it
//! can go on issuing. A policy may take a few minutes to reach all of AWS.

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::keys::KeysError;
use crate::stack_outputs::DeployedStack;

/// The inline policy's name. A later revocation replaces an earlier one.
pub(crate) const POLICY_NAME: &str = "revoke-earlier-tokens";

/// Denies tokens issued before now, and returns that time (RFC 3339, UTC).
///
/// # Errors
///
/// [`KeysError`]
pub async fn revoke(aws: &AwsCli, stack: &str) -> Result<String, KeysError> {
    let deployed = DeployedStack::read(aws, stack).await?;
    let deployed = deployed.ok_or_else(|| KeysError::NoStack(stack.to_owned()))?;
    let before = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let request = json!({
        "UserName": deployed.output("TokenUser")?,
        "PolicyName": POLICY_NAME,
        "PolicyDocument": policy(&before).to_string(),
    });
    aws.call_with(&["iam", "put-user-policy"], &request).await?;
    Ok(before)
}

/// Removes the policy, because IAM deletes no user that has a policy unknown to its template.
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn forget(aws: &AwsCli, user: &str) -> Result<(), AwsCliError> {
    let deleted = aws
        .call(&[
            "iam",
            "delete-user-policy",
            "--user-name",
            user,
            "--policy-name",
            POLICY_NAME,
        ])
        .await;
    crate::aws_cli::absent_as_none(deleted).map(|_| ())
}

fn policy(before: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": { "DateLessThan": { "aws:TokenIssueTime": before } },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_denies_by_the_tokens_age_only() {
        let policy = policy("2026-01-02T03:04:05Z");
        assert_eq!(policy.pointer("/Statement/0/Effect"), Some(&json!("Deny")));
        let condition = json!({ "DateLessThan": { "aws:TokenIssueTime": "2026-01-02T03:04:05Z" } });
        assert_eq!(policy.pointer("/Statement/0/Condition"), Some(&condition));
    }
}
