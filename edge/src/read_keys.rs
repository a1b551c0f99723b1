//! Reads the key groups that a behaviour trusts, and their public keys, from the CloudFront API.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types;

use super::distribution::{DistributionError, api};
use super::signed::{PublicKey, TrustedKeys};

/// Returns the ids of the trusted key groups, or `None` if the behaviour is open. `Enabled` alone is not trusted: a
/// listed key group closes the behaviour as well. The keys of accounts (the older "trusted signers") are not known
/// here, so they close it to everybody.
pub(crate) fn groups_of(
    groups: Option<types::TrustedKeyGroups>,
    signers: Option<types::TrustedSigners>,
) -> Option<Vec<String>> {
    let enabled = groups.as_ref().is_some_and(|groups| groups.enabled);
    let ids = groups.and_then(|groups| groups.items).unwrap_or_default();
    let closed = enabled || !ids.is_empty() || signers.is_some_and(|signers| signers.enabled);
    closed.then_some(ids)
}

/// Reads the keys of these groups. A group or key that no longer exists or is unreadable is left out: what it
/// restricted stays closed.
pub(crate) async fn read(
    client: &Client,
    groups: &[String],
) -> Result<TrustedKeys, DistributionError> {
    let mut keys = TrustedKeys::new();
    for group in groups {
        for id in key_ids(client, group).await? {
            match public_key(client, &id).await? {
                Some(key) => drop(keys.insert(id, key)),
                None => tracing::warn!(id, "a trusted key no longer exists or is not a public key"),
            }
        }
    }
    Ok(keys)
}

async fn key_ids(client: &Client, group: &str) -> Result<Vec<String>, DistributionError> {
    match client.get_key_group().id(group).send().await {
        Ok(answer) => {
            let config = answer.key_group.and_then(|group| group.key_group_config);
            Ok(config.map(|config| config.items).unwrap_or_default())
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_no_such_resource()) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(api(error)),
    }
}

async fn public_key(client: &Client, id: &str) -> Result<Option<PublicKey>, DistributionError> {
    match client.get_public_key().id(id).send().await {
        Ok(answer) => {
            let config = answer.public_key.and_then(|key| key.public_key_config);
            Ok(config.and_then(|config| PublicKey::from_pem(&config.encoded_key)))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_no_such_public_key()) =>
        {
            Ok(None)
        }
        Err(error) => Err(api(error)),
    }
}
