//! The token user's access key, which is created here and kept only in the stack's secret.
//!
//! GetFederationToken needs an IAM user's long-term key. CloudFormation could create one, but would then show its
//! secret in the template's outputs to everyone who may describe the stack. A user has at most 2 keys
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at, string_at};

/// The token user and the secret that holds its key.
#[derive(Debug, Clone, Copy)]
pub struct TokenKey<'a> {
    /// IAM user name.
    pub user: &'a str,
    /// Secrets Manager ARN.
    pub secret: &'a str,
}

impl TokenKey<'_> {
    /// Makes sure that the secret holds an active key of the user; returns whether a new one was created.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn ensure(&self, aws: &AwsCli) -> Result<bool, AwsCliError> {
        let (stored, keys) = tokio::join!(self.stored_id(aws), self.active_keys(aws));
        let (stored, keys) = (stored?, keys?);
        if stored.is_some_and(|id| keys.contains(&id)) {
            return Ok(false);
        }
        // A key that is not in the secret is known to nobody: it is left from an interrupted attempt.
        self.delete_keys_except(aws, None).await?;
        self.publish_new(aws).await?;
        Ok(true)
    }

    /// Returns the key id in the secret, or `None` while it is empty.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn stored_id(&self, aws: &AwsCli) -> Result<Option<String>, AwsCliError> {
        Ok(read_secret(aws, self.secret).await?.and_then(|value| {
            value
                .get("access_key_id")
                .and_then(Value::as_str)
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
        }))
    }

    /// Creates a key, puts it into the secret and returns its id.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]; a key that could not be stored is deleted again.
    pub async fn publish_new(&self, aws: &AwsCli) -> Result<String, AwsCliError> {
        const COMMAND: &str = "aws iam create-access-key";
        let created = aws
            .call(&["iam", "create-access-key", "--user-name", self.user])
            .await?;
        let id = string_at(&created, "/AccessKey/AccessKeyId", COMMAND)?;
        let secret = string_at(&created, "/AccessKey/SecretAccessKey", COMMAND)?;
        let value = json!({ "access_key_id": id, "secret_access_key": secret });
        if let Err(error) = write_secret(aws, self.secret, &value).await {
            self.delete(aws, &id).await?;
            return Err(error);
        }
        Ok(id)
    }

    /// Deletes the user's keys except `kept`.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn delete_keys_except(
        &self,
        aws: &AwsCli,
        kept: Option<&str>,
    ) -> Result<(), AwsCliError> {
        for (id, _) in self.keys(aws).await? {
            if Some(id.as_str()) != kept {
                self.delete(aws, &id).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &AwsCli, id: &str) -> Result<(), AwsCliError> {
        let deleted = aws
            .call(&[
                "iam",
                "delete-access-key",
                "--user-name",
                self.user,
                "--access-key-id",
                id,
            ])
            .await;
        absent_as_none(deleted).map(|_| ())
    }

    async fn active_keys(&self, aws: &AwsCli) -> Result<Vec<String>, AwsCliError> {
        let keys = self.keys(aws).await?.into_iter();
        Ok(keys
            .filter(|(_, active)| *active)
            .map(|(id, _)| id)
            .collect())
    }

    async fn keys(&self, aws: &AwsCli) -> Result<Vec<(String, bool)>, AwsCliError> {
        let listed = absent_as_none(
            aws.call(&["iam", "list-access-keys", "--user-name", self.user])
                .await,
        )?;
        let listed = listed.unwrap_or_default();
        let field =
            |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
        let keys = list_at(&listed, "/AccessKeyMetadata").iter();
        Ok(keys
            .filter_map(|key| {
                Some((
                    field(key, "AccessKeyId")?,
                    field(key, "Status").as_deref() == Some("Active"),
                ))
            })
            .collect())
    }
}

/// Returns the secret's JSON, or `None` while it holds nothing, or nothing of ours.
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn read_secret(aws: &AwsCli, arn: &str) -> Result<Option<Value>, AwsCliError> {
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
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn write_secret(aws: &AwsCli, arn: &str, value: &Value) -> Result<(), AwsCliError> {
    let put = ["secretsmanager", "put-secret-value", "--secret-id", arn];
    let arguments = [&put[..], &["--secret-string", "file:///dev/stdin"]].concat();
    aws.call_with_secret(&arguments, &value.to_string())
        .await
        .map(|_| ())
}
