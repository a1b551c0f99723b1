//! The ports to the keys that sign grants, and to the secret that holds the current one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::ports::tokens;
use crate::vocabulary::access::Call;

/// The error of a key that could not be read or could not sign.
#[derive(Debug, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct SigningError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A private key whose public half CloudFront knows.
pub trait SigningKey: Send + Sync {
    /// Returns CloudFront's id of the public key: the `Key-Pair-Id`.
    fn id(&self) -> &str;

    /// Signs with SHA-256: RSA (PKCS #1 v1.5) or ECDSA (P-256, signature in ASN.1).
    ///
    /// # Errors
    /// Returns a [`SigningError`] if the key cannot sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// The IAM action that [`KeyRing::read`] needs.
pub const READ_KEY: Call = tokens::READ_KEY;

/// The port to the secret with the current signing key. During a rotation CloudFront trusts two keys, and the secret
/// holds the newer one.
#[async_trait]
pub trait KeyRing: Send + Sync {
    /// Reads the current key.
    ///
    /// # Errors
    /// Returns a [`SigningError`] if the secret cannot be read or does not hold a key (yet).
    async fn read(&self) -> Result<Arc<dyn SigningKey>, SigningError>;
}
