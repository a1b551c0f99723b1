//! Rotates the keys in the stack's secrets: create, publish, wait, delete.
//!
//! A key is published when it works: STS has accepted the access key, and the distribution is deployed with the new half of
//! the signing key in its key group. The old keys stay beside them. The wait keeps functions working that still hold an old
//! key: they read their secret again after 5 minutes, and issue-token at once if STS refuses its key. Tokens issued with the
//! old key stay valid until they expire (STS binds them to the user, not to the key; `revoke` ends them). URLs and cookies
//! signed with the old key stop working once its public half is deleted.
//!
//! After an interruption at any point, the next run goes on. If the new key is in the secret already, the next run waits and
//! deletes the older one. Otherwise it deletes the new key, whose secret half is lost, and makes another.

use std::time::Duration;

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::key_group::{self, KeyGroup};
use crate::progress::Progress;
use crate::secrets::{self, SIGNING_SECRET};
use crate::signing_key::{self, SigningKeyError};
use crate::stack_outputs::{DeployedStack, MissingOutput};
use crate::stored_secret::write_secret;
use crate::token_key::{Renewed, TokenKey};

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
    let rotation = Rotation {
        aws,
        deployed: &deployed,
        group: &group,
        token_key: TokenKey::of(&deployed)?,
    };
    let published = progress
        .step("creating and publishing new keys", rotation.publish())
        .await?;
    for note in published.notes() {
        progress.note(&note);
    }
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
    progress
        .step("deleting the old keys", rotation.retire(&published))
        .await
}

/// The rotation of a stack's keys, in two parts with a wait between them.
struct Rotation<'a> {
    aws: &'a AwsCli,
    deployed: &'a DeployedStack,
    group: &'a KeyGroup,
    token_key: Option<TokenKey<'a>>,
}

/// The keys that are in the secrets now. `None` where the template has no such key.
#[derive(Debug)]
struct Published {
    token: Option<Renewed>,
    signing: Option<Renewed>,
}

impl Published {
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.token.is_none() {
            notes
                .push("upload credentials come from a role, which has no key to rotate".to_owned());
        }
        for (what, key) in [("access key", &self.token), ("signing key", &self.signing)] {
            if key.as_ref().is_some_and(|key| key.by_earlier) {
                notes.push(format!(
                    "an earlier run has published a new {what}; this one ends that rotation"
                ));
            }
        }
        notes
    }
}

impl Rotation<'_> {
    async fn publish(&self) -> Result<Published, KeysError> {
        let token = match self.token_key {
            Some(key) => Some(key.renew(self.aws).await?),
            None => None,
        };
        let signing = match self.deployed.outputs.get(SIGNING_SECRET) {
            Some(secret) => Some(self.renew_signing_key(secret).await?),
            None => None,
        };
        Ok(Published { token, signing })
    }

    async fn renew_signing_key(&self, secret: &str) -> Result<Renewed, KeysError> {
        let (aws, group) = (self.aws, self.group);
        let stored = secrets::stored_signing_key(aws, secret).await?;
        let current = stored.filter(|id| group.keys.contains(id));
        if let Some(id) = &current
            && key_group::trusts_an_older_key(aws, group, id).await?
        {
            return Ok(Renewed {
                id: id.clone(),
                by_earlier: true,
            });
        }
        // Keys that no group trusts are left from interrupted attempts, and an account may have ten.
        let trusted: Vec<&str> = group.keys.iter().map(String::as_str).collect();
        key_group::delete_keys_except(aws, &group.name, &trusted).await?;
        let key = signing_key::create(aws, &group.name).await?;
        // Trust the new key before it is used, together with the one in use.
        let trusted: Vec<&str> = current
            .iter()
            .chain([&key.public_key_id])
            .map(String::as_str)
            .collect();
        key_group::trust(aws, group, &trusted).await?;
        key_group::until_deployed(aws, self.deployed.output("DistributionId")?).await?;
        write_secret(aws, secret, &key.secret_value()).await?;
        Ok(Renewed {
            id: key.public_key_id,
            by_earlier: false,
        })
    }

    async fn retire(&self, published: &Published) -> Result<(), KeysError> {
        if let (Some(key), Some(token)) = (self.token_key, &published.token) {
            key.delete_keys_except(self.aws, Some(&token.id)).await?;
        }
        let Some(Renewed { id, .. }) = &published.signing else {
            return Ok(());
        };
        key_group::trust(self.aws, self.group, &[id]).await?;
        Ok(key_group::delete_keys_except(self.aws, &self.group.name, &[id]).await?)
    }
}

#[cfg(test)]
mod tests;
