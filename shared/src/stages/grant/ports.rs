//! The ports to the keys that sign grants, and a cache of the current key.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::ports::clock::Clock;
use crate::stages::issue;
use crate::vocabulary::access::Call;

/// How long a key is cached, in seconds. `make keys` waits longer than this before it removes the old key.
const KEY_SECONDS: i64 = 300;

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
pub const READ_KEY: Call = issue::READ_KEY;

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

/// A key ring that caches the key for a few minutes.
pub struct Keys {
    ring: Arc<dyn KeyRing>,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<(Arc<dyn SigningKey>, Timestamp)>>,
}

impl Keys {
    /// Creates a cache on top of `ring`.
    #[must_use]
    pub fn new(ring: Arc<dyn KeyRing>, clock: Arc<dyn Clock>) -> Self {
        Self {
            ring,
            clock,
            last: Mutex::default(),
        }
    }

    /// Returns the key to sign with now.
    ///
    /// # Errors
    /// Returns a [`SigningError`] if the key cannot be read.
    pub async fn current(&self) -> Result<Arc<dyn SigningKey>, SigningError> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some((key, read_at)) = last.as_ref()
            && now.as_second().saturating_sub(read_at.as_second()) < KEY_SECONDS
        {
            return Ok(Arc::clone(key));
        }
        let key = self.ring.read().await?;
        *last = Some((Arc::clone(&key), now));
        Ok(key)
    }
}
