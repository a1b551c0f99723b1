//! Fills the secrets that the template creates empty: the token user's key and the signing key.

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::deploy_error::DeployError;
use crate::key_group::{self, KeyGroup};
use crate::left_user;
use crate::signing_key::{self, SigningKey};
use crate::stack_outputs::DeployedStack;
use crate::stored_secret::{read_secret, write_secret};
use crate::token_key::TokenKey;

/// The name of the template's output with the ARN of the signing key's secret.
///
/// The output is optional: without it nothing signs, and the private half of the key is discarded.
pub(crate) const SIGNING_SECRET: &str = "CloudFrontKeySecret";

/// Makes sure that both secrets hold working keys; `fresh` is a signing key that the group trusts already.
///
/// # Errors
///
/// [`DeployError`]
pub(crate) async fn fill(
    aws: &AwsCli,
    deployed: &DeployedStack,
    group: &KeyGroup,
    fresh: Option<SigningKey>,
) -> Result<(), DeployError> {
    let token_key = TokenKey::of(deployed)?;
    let token = async {
        match token_key {
            Some(key) => Ok(key.ensure(aws).await.map(|_| ())?),
            None => Ok::<_, DeployError>(left_user::remove(aws, &deployed.name).await?),
        }
    };
    tokio::try_join!(token, publish_signing_key(aws, deployed, group, fresh)).map(|_| ())
}

async fn publish_signing_key(
    aws: &AwsCli,
    deployed: &DeployedStack,
    group: &KeyGroup,
    fresh: Option<SigningKey>,
) -> Result<(), DeployError> {
    let Some(secret) = deployed.outputs.get(SIGNING_SECRET) else {
        return Ok(());
    };
    let key = match fresh {
        Some(key) => key,
        None if stored_key_is_trusted(aws, secret, group).await? => return Ok(()),
        // The private half of the trusted key is lost, so nothing signs with it: replace it at once.
        None => signing_key::create(aws, &group.name).await?,
    };
    // Trust the key before anything signs with it.
    if !group.keys.contains(&key.public_key_id) {
        key_group::trust(aws, group, &[&key.public_key_id]).await?;
        key_group::until_deployed(aws, deployed.output("DistributionId")?).await?;
        key_group::delete_keys_except(aws, &group.name, &[&key.public_key_id]).await?;
    }
    Ok(write_secret(aws, secret, &key.secret_value()).await?)
}

async fn stored_key_is_trusted(
    aws: &AwsCli,
    secret: &str,
    group: &KeyGroup,
) -> Result<bool, AwsCliError> {
    let id = stored_signing_key(aws, secret).await?;
    Ok(id.is_some_and(|id| group.keys.contains(&id)))
}

/// Returns the id of the public half of the signing key in the secret, or `None` while it is empty.
pub(crate) async fn stored_signing_key(
    aws: &AwsCli,
    secret: &str,
) -> Result<Option<String>, AwsCliError> {
    let stored = read_secret(aws, secret).await?;
    let id = stored.as_ref().and_then(|value| value.get("public_key_id"));
    Ok(id.and_then(Value::as_str).map(str::to_owned))
}
