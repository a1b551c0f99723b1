//! The keys that open `private/*`: an RSA pair whose public half CloudFront knows.
//!
//! The private half goes from memory into the stack's secret and nowhere else: not into a file, a
//! template or an argument list. A pair whose private half was lost before it got there (a deploy that
//! failed half-way) is replaced by the next deploy.
//!
//! Keys and key groups of a stack go by the name `{stack}-{region}`: CloudFront is global, stacks
//! are not. Quota: 5 keys in a group, 10 groups and 10 public keys in an account
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>).

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none, list_at, string_at};

/// A key group that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGroup {
    /// The id that the template takes as `KeyGroupId`.
    pub id: String,
    /// Its name, which also begins its keys' names.
    pub name: String,
    /// Ids of the public keys it trusts.
    pub keys: Vec<String>,
}

/// A new pair: the public half is at CloudFront, the private half only here.
pub struct SigningKey {
    /// CloudFront's id of the public half (`Key-Pair-Id` of a signed URL).
    pub public_key_id: String,
    private_key: String,
}

impl SigningKey {
    /// What goes into the secret: `{"public_key_id", "private_key"}`, the latter PKCS #8 PEM.
    pub fn secret_value(&self) -> Value {
        json!({ "public_key_id": self.public_key_id, "private_key": self.private_key })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("public_key_id", &self.public_key_id)
            .finish_non_exhaustive()
    }
}

/// Why there is no key group.
#[derive(Debug, thiserror::Error)]
pub enum KeyGroupError {
    /// CloudFront refused.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The machine's cryptography refused.
    #[error("cannot generate an RSA key pair")]
    Generate,
}

impl From<aws_lc_rs::error::Unspecified> for KeyGroupError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Generate
    }
}

/// The group's name for a stack in a region.
pub fn group_name(stack: &str, region: &str) -> String {
    format!("{stack}-{region}")
}

/// Finds the group, or makes it with a new key.
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
    let key = create_key(aws, name).await?;
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

/// The group of that name.
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

/// Generates a pair and gives CloudFront its public half; no group trusts it yet.
///
/// # Errors
///
/// [`KeyGroupError`]
pub async fn create_key(aws: &AwsCli, group: &str) -> Result<SigningKey, KeyGroupError> {
    // CloudFront takes RSA 2048 (and ECDSA P-256) for signed URLs.
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let public = pem(
        "PUBLIC KEY",
        AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key())?.as_ref(),
    );
    let private = pem(
        "PRIVATE KEY",
        AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref(),
    );
    let name = format!("{group}-{:016x}", rand::random::<u64>());
    let config = json!({ "PublicKeyConfig": { "CallerReference": name, "Name": name, "EncodedKey": public } });
    let created = aws
        .call_with(&["cloudfront", "create-public-key"], &config)
        .await?;
    let public_key_id = string_at(
        &created,
        "/PublicKey/Id",
        "aws cloudfront create-public-key",
    )?;
    Ok(SigningKey {
        public_key_id,
        private_key: private,
    })
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

/// Deletes the stack's public keys except `kept`, those of interrupted attempts included.
///
/// # Errors
///
/// [`AwsCliError`], also when a group still trusts one of them.
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

/// A stack `dozo` must not take the keys of a stack `dozo-us-east-1-x` for its own.
fn is_own_key(name: &str, prefix: &str) -> bool {
    let Some(random) = name.strip_prefix(prefix) else {
        return false;
    };
    random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Deletes the group; no distribution may use it any more.
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

/// RFC 7468: lines of 64.
fn pem(label: &str, der: &[u8]) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (position, letter) in encoded.chars().enumerate() {
        if position > 0 && position % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_has_lines_of_64() {
        let text = pem("PUBLIC KEY", &[7; 100]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.first(), Some(&"-----BEGIN PUBLIC KEY-----"));
        assert_eq!(lines.get(1).map(|line| line.len()), Some(64));
        assert_eq!(lines.last(), Some(&"-----END PUBLIC KEY-----"));
    }

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

    #[test]
    fn debug_shows_no_private_key() {
        let key = SigningKey {
            public_key_id: "K1".to_owned(),
            private_key: "hush".to_owned(),
        };
        assert!(!format!("{key:?}").contains("hush"));
    }
}
