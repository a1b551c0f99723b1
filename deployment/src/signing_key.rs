//! The RSA key pair that signs for private media. CloudFront knows its public half.
//!
//! The private half goes from memory into the stack's secret and nowhere else: not into a file, a template or an
//! argument list. If it is lost before it gets there (a deployment that failed half-way), the next deployment
//! replaces the pair.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, string_at};

/// A new pair that is not stored anywhere yet; both halves are PEM (`SubjectPublicKeyInfo` of X.509, and PKCS #8).
pub struct FreshPair {
    /// The half for CloudFront.
    pub public: String,
    /// The half for the secret.
    pub private: String,
}

impl FreshPair {
    /// Generates an RSA 2048 pair, one of the two kinds that CloudFront accepts for signed URLs (the other is ECDSA
    /// P-256).
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Generate`]
    pub fn generate() -> Result<Self, SigningKeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let public = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key())?;
        let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)?;
        Ok(Self {
            public: pem("PUBLIC KEY", public.as_ref()),
            private: pem("PRIVATE KEY", private.as_ref()),
        })
    }
}

impl std::fmt::Debug for FreshPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreshPair").finish_non_exhaustive()
    }
}

/// A new key: CloudFront has its public half, and only this value holds its private half.
pub struct SigningKey {
    /// CloudFront's id of the public half (`Key-Pair-Id` of a signed URL).
    pub public_key_id: String,
    private_key: String,
}

impl SigningKey {
    /// Returns the secret's content: `{"public_key_id", "private_key"}`, the latter as PKCS #8 PEM.
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

/// The reasons why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// CloudFront refused.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The key pair could not be generated.
    #[error("cannot generate an RSA key pair")]
    Generate,
}

impl From<aws_lc_rs::error::Unspecified> for SigningKeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Generate
    }
}

/// Generates a pair and gives CloudFront its public half, which no key group trusts yet. The key's name begins with
/// `group`, the name of its key group.
///
/// # Errors
///
/// [`SigningKeyError`]
pub async fn create(aws: &AwsCli, group: &str) -> Result<SigningKey, SigningKeyError> {
    let FreshPair { public, private } = FreshPair::generate()?;
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

/// Encodes as PEM (RFC 7468), in lines of 64 characters.
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
    fn debug_shows_no_private_key() {
        let key = SigningKey {
            public_key_id: "K1".to_owned(),
            private_key: "hush".to_owned(),
        };
        assert!(!format!("{key:?}").contains("hush"));
    }
}
