//! Ends every upload credential issued so far; new ones work.
//!
//! A token cannot be taken back, but its permissions are evaluated at each request together with those of the user
//! that issued it, or of the role that was assumed
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html>): a
//! policy on the user or the role denies every request with a token older than now. The user's own key carries no token,
//! and a role is assumed with the token of another, so new ones can be issued. A policy may take a few minutes to reach all
//! of AWS.

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none};
use crate::keys::KeysError;
use crate::stack_outputs::{DeployedStack, MissingOutput};
use crate::token_key::UPLOADER_ROLE;

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
    let (command, field, name) = match Uploader::of(&deployed)? {
        Uploader::User(name) => ("put-user-policy", "UserName", name),
        Uploader::Role(name) => ("put-role-policy", "RoleName", name),
    };
    let request = json!({
        field: name,
        "PolicyName": POLICY_NAME,
        "PolicyDocument": policy(&before).to_string(),
    });
    aws.call_with(&["iam", command], &request).await?;
    Ok(before)
}

/// Removes the policy, because IAM deletes no user and no role that has a policy unknown to its template.
///
/// # Errors
///
/// [`AwsCliError`]
pub(crate) async fn forget(aws: &AwsCli, uploader: Uploader<'_>) -> Result<(), AwsCliError> {
    let (command, option, name) = match uploader {
        Uploader::User(name) => ("delete-user-policy", "--user-name", name),
        Uploader::Role(name) => ("delete-role-policy", "--role-name", name),
    };
    let delete = ["iam", command, option, name, "--policy-name", POLICY_NAME];
    absent_as_none(aws.call(&delete).await).map(|_| ())
}

/// The identity whose permissions upload credentials have, besides their session policy: its name in IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uploader<'a> {
    /// The token user.
    User(&'a str),
    /// The role that issue-token assumes.
    Role(&'a str),
}

impl<'a> Uploader<'a> {
    /// Returns that of a stack.
    ///
    /// # Errors
    ///
    /// [`MissingOutput`] if it has none.
    pub(crate) fn of(deployed: &'a DeployedStack) -> Result<Self, MissingOutput> {
        match deployed.outputs.get(UPLOADER_ROLE) {
            Some(role) => Ok(Self::Role(role)),
            None => deployed.output("TokenUser").map(Self::User),
        }
    }
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
