//! The CloudFront key group that signs for `private/*`, and the public keys that it trusts.
//!
//! A stack's keys and key group are named `{stack}-{region}`, because CloudFront is global and stacks are not. The
//! quotas are 5 keys in a group, and 10 groups and 10 public keys in an account
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at, string_at};
use crate::signing_key::{self, SigningKey, SigningKeyError};

/// A key group that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGroup {
    /// The id that the template takes as `KeyGroupId`.
    pub id: String,
    /// The group's name, which is also the prefix of its keys' names.
    pub name: String,
    /// Ids of the public keys that the group trusts.
    pub keys: Vec<String>,
}

/// The reasons why there is no key group.
#[derive(Debug, thiserror::Error)]
pub enum KeyGroupError {
    /// CloudFront refused.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// No key can be made for the group to trust.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

/// Returns the group's name for a stack in a region.
pub fn group_name(stack: &str, region: &str) -> String {
    format!("{stack}-{region}")
}

/// Finds the group, or creates it with a new key.
///
/// # Errors
///
/// [`KeyGroupError`]
pub async fn ensure(
    aws: &AwsCli,
    name: &str,
) -> Result<(KeyGroup, Option<SigningKey>), KeyGroupError> {
    if let Some(group) = find(aws, name).await? {
        return Ok((group, None));
    }
    let key = signing_key::create(aws, name).await?;
    let config = json!({ "KeyGroupConfig": { "Name": name, "Items": [key.public_key_id] } });
    let created = aws
        .call_with(&["cloudfront", "create-key-group"], &config)
        .await?;
    let id = string_at(&created, "/KeyGroup/Id", "aws cloudfront create-key-group")?;
    let group = KeyGroup {
        id,
        name: name.to_owned(),
        keys: vec![key.public_key_id.clone()],
    };
    Ok((group, Some(key)))
}

/// Finds the group of that name.
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn find(aws: &AwsCli, name: &str) -> Result<Option<KeyGroup>, AwsCliError> {
    let listed = aws.call(&["cloudfront", "list-key-groups"]).await?;
    let groups = list_at(&listed, "/KeyGroupList/Items").iter();
    let mut named = groups.filter(|item| {
        item.pointer("/KeyGroup/KeyGroupConfig/Name")
            .and_then(Value::as_str)
            == Some(name)
    });
    let Some(item) = named.next() else {
        return Ok(None);
    };
    let id = string_at(item, "/KeyGroup/Id", "aws cloudfront list-key-groups")?;
    let keys = list_at(item, "/KeyGroup/KeyGroupConfig/Items").iter();
    let keys = keys.filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Some(KeyGroup {
        id,
        name: name.to_owned(),
        keys,
    }))
}

/// Makes the group trust exactly `keys`.
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn trust(aws: &AwsCli, group: &KeyGroup, keys: &[&str]) -> Result<(), AwsCliError> {
    let current = aws
        .call(&["cloudfront", "get-key-group", "--id", &group.id])
        .await?;
    let etag = string_at(&current, "/ETag", "aws cloudfront get-key-group")?;
    let update = json!({ "Id": group.id, "IfMatch": etag, "KeyGroupConfig": { "Name": group.name, "Items": keys } });
    aws.call_with(&["cloudfront", "update-key-group"], &update)
        .await
        .map(|_| ())
}

/// Waits until the distribution is deployed everywhere, with the keys that its key group trusts now. CloudFront does not say
/// that a change of the group shows in the distribution's status; where it does not, this does not wait:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html#private-content-rotating-key-pairs>
///
/// # Errors
///
/// [`AwsCliError`], also if that takes longer than half an hour.
pub async fn until_deployed(aws: &AwsCli, distribution: &str) -> Result<(), AwsCliError> {
    let wait = ["cloudfront", "wait", "distribution-deployed", "--id"];
    aws.text(&[&wait[..], &[distribution]].concat())
        .await
        .map(|_| ())
}

/// Tells whether the group trusts `key`, and a key that is older.
///
/// # Errors
///
/// [`AwsCliError`]
pub(crate) async fn trusts_an_older_key(
    aws: &AwsCli,
    group: &KeyGroup,
    key: &str,
) -> Result<bool, AwsCliError> {
    let listed = aws.call(&["cloudfront", "list-public-keys"]).await?;
    let field = |key: &'_ Value, name: &str| {
        let text = key.get(name).and_then(Value::as_str).unwrap_or_default();
        text.to_owned()
    };
    let keys = list_at(&listed, "/PublicKeyList/Items").iter();
    let trusted = keys.filter(|key| group.keys.contains(&field(key, "Id")));
    let created: BTreeMap<String, Timestamp> = trusted
        .filter_map(|key| Some((field(key, "Id"), field(key, "CreatedTime").parse().ok()?)))
        .collect();
    let Some(own) = created.get(key) else {
        return Ok(false);
    };
    Ok(created.values().any(|other| other < own))
}

/// Deletes the stack's public keys except `kept`, including those of interrupted attempts.
///
/// # Errors
///
/// [`AwsCliError`], also if a group still trusts one of them.
pub async fn delete_keys_except(
    aws: &AwsCli,
    group: &str,
    kept: &[&str],
) -> Result<(), AwsCliError> {
    let listed = aws.call(&["cloudfront", "list-public-keys"]).await?;
    let prefix = format!("{group}-");
    for key in list_at(&listed, "/PublicKeyList/Items") {
        let field = |name| key.get(name).and_then(Value::as_str).unwrap_or_default();
        if is_own_key(field("Name"), &prefix) && !kept.contains(&field("Id")) {
            delete_key(aws, field("Id")).await?;
        }
    }
    Ok(())
}

/// Tells whether the key is the stack's own: stack `dozo` must not take a key of stack `dozo-us-east-1-x` for its
/// own.
fn is_own_key(name: &str, prefix: &str) -> bool {
    let Some(random) = name.strip_prefix(prefix) else {
        return false;
    };
    random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Deletes the group, which no distribution may use any more.
///
/// # Errors
///
/// [`AwsCliError`]
pub async fn delete_group(aws: &AwsCli, id: &str) -> Result<(), AwsCliError> {
    let Some(current) =
        absent_as_none(aws.call(&["cloudfront", "get-key-group", "--id", id]).await)?
    else {
        return Ok(());
    };
    let etag = string_at(&current, "/ETag", "aws cloudfront get-key-group")?;
    let deleted = aws
        .call(&[
            "cloudfront",
            "delete-key-group",
            "--id",
            id,
            "--if-match",
            &etag,
        ])
        .await;
    absent_as_none(deleted).map(|_| ())
}

async fn delete_key(aws: &AwsCli, id: &str) -> Result<(), AwsCliError> {
    let Some(current) = absent_as_none(
        aws.call(&["cloudfront", "get-public-key", "--id", id])
            .await,
    )?
    else {
        return Ok(());
    };
    let etag = string_at(&current, "/ETag", "aws cloudfront get-public-key")?;
    let deleted = aws
        .call(&[
            "cloudfront",
            "delete-public-key",
            "--id",
            id,
            "--if-match",
            &etag,
        ])
        .await;
    absent_as_none(deleted).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_stack_with_a_longer_name_are_not_ours() {
        assert!(is_own_key(
            "dozo-us-east-1-0123456789abcdef",
            "dozo-us-east-1-"
        ));
        assert!(!is_own_key(
            "dozo-us-east-1-b-0123456789abcdef",
            "dozo-us-east-1-"
        ));
        assert!(!is_own_key("other-0123456789abcdef", "dozo-us-east-1-"));
    }
}
