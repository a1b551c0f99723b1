//! Rotates the keys in the stack's secrets: create, publish, wait, delete.
//!
//! The wait keeps functions working that still hold the old value: they read their secret again after 5 minutes.
//! Tokens issued with the old key stay valid until they expire (STS binds them to the user, not to the key; `revoke`
//! ends them). URLs and cookies signed with the old key stop working once its public half is deleted.
//!
//! After an interruption at any point, the next run starts over: the key in the secret is the current one, and any
//! other is removed first.

use std::time::Duration;

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::key_group::{self, KeyGroup};
use crate::progress::Progress;
use crate::secrets::SIGNING_SECRET;
use crate::signing_key::{self, SigningKeyError};
use crate::stack_outputs::{DeployedStack, MissingOutput};
use crate::token_key::{self, TokenKey};

/// Functions cache a secret for 5 minutes; the rest allows for clock differences and for IAM's propagation.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(330);

/// The reasons why the rotation stops.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The signing key cannot be made.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// The stack is not a Dozo stack: an output is missing.
    #[error(transparent)]
    Output(#[from] MissingOutput),
    /// Nothing is deployed under that name.
    #[error("there is no stack {0}; run `make deploy` first")]
    NoStack(String),
    /// There is no key group: the stack was deployed by hand, or is half destroyed.
    #[error("there is no key group {0}; run `make deploy`, which creates it")]
    NoKeyGroup(String),
}

/// Rotates both keys of `stack`, leaving the old ones valid for `wait`.
///
/// # Errors
///
/// [`KeysError`]; running it again continues.
pub async fn rotate(
    aws: &AwsCli,
    stack: &str,
    wait: Duration,
    progress: Progress,
) -> Result<(), KeysError> {
    let deployed = DeployedStack::read(aws, stack).await?;
    let deployed = deployed.ok_or_else(|| KeysError::NoStack(stack.to_owned()))?;
    let name = key_group::group_name(stack, aws.region());
    let group = key_group::find(aws, &name)
        .await?
        .ok_or(KeysError::NoKeyGroup(name))?;
    let token_key = TokenKey {
        user: deployed.output("TokenUser")?,
        secret: deployed.output("TokenSecret")?,
    };

    let created = async {
        let token = publish_token_key(aws, token_key).await?;
        let signing = publish_signing_key(aws, &deployed, &group).await?;
        Ok::<_, KeysError>((token, signing))
    };
    let (token, signing) = progress
        .step("creating and publishing new keys", created)
        .await?;
    if !wait.is_zero() {
        let waited = async {
            tokio::time::sleep(wait).await;
            Ok::<_, KeysError>(())
        };
        progress
            .step(
                "waiting until no function uses the old keys any more",
                waited,
            )
            .await?;
    }
    let deleted = async {
        token_key.delete_keys_except(aws, Some(&token)).await?;
        retire_signing_keys(aws, &group, signing.as_deref()).await
    };
    progress.step("deleting the old keys", deleted).await
}

async fn publish_token_key(aws: &AwsCli, key: TokenKey<'_>) -> Result<String, AwsCliError> {
    let current = key.stored_id(aws).await?;
    key.delete_keys_except(aws, current.as_deref()).await?;
    key.publish_new(aws).await
}

/// Creates and stores a signing key and returns its id, or `None` if the template has no secret for it, because then
/// nothing signs.
async fn publish_signing_key(
    aws: &AwsCli,
    deployed: &DeployedStack,
    group: &KeyGroup,
) -> Result<Option<String>, KeysError> {
    let Some(secret) = deployed.outputs.get(SIGNING_SECRET) else {
        return Ok(None);
    };
    let stored = token_key::read_secret(aws, secret).await?;
    let current = stored
        .as_ref()
        .and_then(|value| value.get("public_key_id"))
        .and_then(serde_json::Value::as_str);
    let current = current.filter(|id| group.keys.iter().any(|key| key == id));
    let key = signing_key::create(aws, &group.name).await?;
    // Trust the new key before it is used, together with the one in use.
    let trusted: Vec<&str> = current
        .into_iter()
        .chain([key.public_key_id.as_str()])
        .collect();
    key_group::trust(aws, group, &trusted).await?;
    token_key::write_secret(aws, secret, &key.secret_value()).await?;
    Ok(Some(key.public_key_id))
}

async fn retire_signing_keys(
    aws: &AwsCli,
    group: &KeyGroup,
    current: Option<&str>,
) -> Result<(), KeysError> {
    let Some(current) = current else {
        return Ok(());
    };
    key_group::trust(aws, group, &[current]).await?;
    Ok(key_group::delete_keys_except(aws, &group.name, &[current]).await?)
}
