//! The token user's access key, which is created here and kept only in the stack's secret.
//!
//! GetFederationToken needs an IAM user's long-term key. CloudFormation could create one, but would then show its
//! secret in the template's outputs to everyone who may describe the stack. A user has at most 2 keys
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
//!
//! IAM is eventually consistent: seconds pass until a new key is known everywhere
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>). So a
//! key goes into the secret only when STS has accepted it several times in a row.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at, string_at};
use crate::stack_outputs::{DeployedStack, MissingOutput};
use crate::stored_secret::{read_secret, write_secret};

/// The number of calls in a row that STS must accept.
const ACCEPTED_IN_A_ROW: u32 = 3;

/// The most calls to find that out. With the waits between them they take two minutes.
const MOST_CALLS: u32 = 20;

/// The wait after the first call that STS refuses; then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait between two calls.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// The token user and the secret that holds its key.
#[derive(Debug, Clone, Copy)]
pub struct TokenKey<'a> {
    /// IAM user name.
    pub user: &'a str,
    /// Secrets Manager ARN.
    pub secret: &'a str,
}

/// The name of the template's output with the name of the role that uploads, where there is no token user.
pub(crate) const UPLOADER_ROLE: &str = "UploaderRole";

/// An access key as IAM lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    id: String,
    active: bool,
    created: Option<Timestamp>,
}

/// The key that the secret holds after [`TokenKey::renew`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// Its id.
    pub id: String,
    /// Whether it was made by an earlier rotation that did not come to its end.
    pub by_earlier: bool,
}

impl<'a> TokenKey<'a> {
    /// Returns the user and the secret of a stack, or `None` if a role makes its upload credentials, which has no key.
    ///
    /// # Errors
    ///
    /// [`MissingOutput`] if the stack has neither.
    pub fn of(deployed: &'a DeployedStack) -> Result<Option<Self>, MissingOutput> {
        if deployed.outputs.contains_key(UPLOADER_ROLE) {
            return Ok(None);
        }
        Ok(Some(Self {
            user: deployed.output("TokenUser")?,
            secret: deployed.output("TokenSecret")?,
        }))
    }

    /// Makes sure that the secret holds an active key of the user; returns whether a new one was created.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn ensure(&self, aws: &AwsCli) -> Result<bool, AwsCliError> {
        let (stored, keys) = tokio::join!(self.stored_id(aws), self.keys(aws));
        let (stored, keys) = (stored?, keys?);
        if keys
            .iter()
            .any(|key| key.active && stored.as_ref() == Some(&key.id))
        {
            return Ok(false);
        }
        // A key that is not in the secret is known to nobody: it is left from an interrupted attempt.
        self.delete_keys_except(aws, None).await?;
        self.publish_new(aws).await?;
        Ok(true)
    }

    /// Creates a key and puts it into the secret, unless an earlier rotation did so and came no further; the key that was
    /// in the secret before stays.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn renew(&self, aws: &AwsCli) -> Result<Renewed, AwsCliError> {
        let (stored, keys) = tokio::join!(self.stored_id(aws), self.keys(aws));
        let (stored, keys) = (stored?, keys?);
        let current = keys
            .iter()
            .find(|key| key.active && stored.as_ref() == Some(&key.id));
        // The other key is older: it was in the secret before, and functions may still use it.
        let replaced = |current: &Listed| {
            let older = |other: &Listed| other.created.is_some() && other.created < current.created;
            keys.iter().any(older)
        };
        if let Some(current) = current.filter(|current| replaced(current)) {
            return Ok(Renewed {
                id: current.id.clone(),
                by_earlier: true,
            });
        }
        // A newer key that is not in the secret is known to nobody: an earlier rotation was interrupted before it stored it.
        self.delete_keys_except(aws, stored.as_deref()).await?;
        Ok(Renewed {
            id: self.publish_new(aws).await?,
            by_earlier: false,
        })
    }

    /// Returns the key id in the secret, or `None` while it is empty.
    async fn stored_id(&self, aws: &AwsCli) -> Result<Option<String>, AwsCliError> {
        Ok(read_secret(aws, self.secret).await?.and_then(|value| {
            value
                .get("access_key_id")
                .and_then(Value::as_str)
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
        }))
    }

    /// Creates a key, waits until STS accepts it, puts it into the secret and returns its id. A key that STS does not accept
    /// is deleted again.
    async fn publish_new(&self, aws: &AwsCli) -> Result<String, AwsCliError> {
        const COMMAND: &str = "aws iam create-access-key";
        let created = aws
            .call(&["iam", "create-access-key", "--user-name", self.user])
            .await?;
        let id = string_at(&created, "/AccessKey/AccessKeyId", COMMAND)?;
        let secret = string_at(&created, "/AccessKey/SecretAccessKey", COMMAND)?;
        let value = json!({ "access_key_id": id, "secret_access_key": secret });
        if let Err(error) = until_accepted(aws, &id, &secret).await {
            self.delete(aws, &id).await?;
            return Err(error);
        }
        // If this fails, the secret may hold the key all the same. The next run sees it.
        write_secret(aws, self.secret, &value).await?;
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
        for key in self.keys(aws).await? {
            if Some(key.id.as_str()) != kept {
                self.delete(aws, &key.id).await?;
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

    async fn keys(&self, aws: &AwsCli) -> Result<Vec<Listed>, AwsCliError> {
        let listed = absent_as_none(
            aws.call(&["iam", "list-access-keys", "--user-name", self.user])
                .await,
        )?;
        let listed = listed.unwrap_or_default();
        let keys = list_at(&listed, "/AccessKeyMetadata").iter();
        Ok(keys.filter_map(Listed::read).collect())
    }
}

impl Listed {
    fn read(from: &Value) -> Option<Self> {
        let field = |name: &str| from.get(name).and_then(Value::as_str);
        Some(Self {
            id: field("AccessKeyId")?.to_owned(),
            active: field("Status") == Some("Active"),
            created: field("CreateDate").and_then(|time| time.parse().ok()),
        })
    }
}

/// Waits until STS accepts the key as often in a row as makes it likely that IAM knows it everywhere.
async fn until_accepted(aws: &AwsCli, id: &str, secret: &str) -> Result<(), AwsCliError> {
    let (mut accepted, mut left, mut wait) = (0, MOST_CALLS, FIRST_WAIT);
    while accepted < ACCEPTED_IN_A_ROW {
        left = left.saturating_sub(1);
        let call = aws.call_signed_by(id, secret, &["sts", "get-caller-identity"]);
        match call.await {
            Ok(_) => accepted += 1,
            Err(error) if error.code() == Some("InvalidClientTokenId") && left > 0 => {
                accepted = 0;
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
