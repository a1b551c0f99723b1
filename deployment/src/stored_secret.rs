//! A secret in Secrets Manager, whose content is JSON and goes through standard input.

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none};

/// Returns the secret's JSON, or `None` while it holds nothing, or nothing of ours.
pub(crate) async fn read_secret(aws: &AwsCli, arn: &str) -> Result<Option<Value>, AwsCliError> {
    let answer = absent_as_none(
        aws.call(&["secretsmanager", "get-secret-value", "--secret-id", arn])
            .await,
    )?;
    let text = answer
        .as_ref()
        .and_then(|answer| answer.get("SecretString"))
        .and_then(Value::as_str);
    Ok(text.and_then(|text| serde_json::from_str(text).ok()))
}

/// Puts a new version into the secret.
pub(crate) async fn write_secret(
    aws: &AwsCli,
    arn: &str,
    value: &Value,
) -> Result<(), AwsCliError> {
    let put = ["secretsmanager", "put-secret-value", "--secret-id", arn];
    let arguments = [&put[..], &["--secret-string", "file:///dev/stdin"]].concat();
    aws.call_with_secret(&arguments, &value.to_string())
        .await
        .map(|_| ())
}
