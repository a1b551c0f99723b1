//! The ports to the signing keys, and how long a key that was read is used.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::ports::clock::Clock;
use crate::stages::issue;
use crate::vocabulary::access::Call;

/// How long a key is used before it is read again, in seconds. `make keys` waits longer before it removes the old one.
const KEY_SECONDS: i64 = 300;

/// The error of a key that could not be read, or could not sign.
#[derive(Debug, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct SigningError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A private key; CloudFront knows its public half.
pub trait SigningKey: Send + Sync {
    /// CloudFront's id of the public half: the `Key-Pair-Id`.
    fn id(&self) -> &str;

    /// Signs with SHA-256: RSA (PKCS #1 v1.5) or ECDSA (P-256, in ASN.1).
    ///
    /// # Errors
    /// [`SigningError`]
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError>;
}

/// The call of [`KeyRing::read`].
pub const READ_KEY: Call = issue::READ_KEY;

/// The port to the secret that holds the current signing key. While keys are rotated, CloudFront trusts two, and the
/// secret holds the newer.
#[async_trait]
pub trait KeyRing: Send + Sync {
    /// Reads the key.
    ///
    /// # Errors
    /// [`SigningError`] if it cannot be read or is not a key (yet).
    async fn read(&self) -> Result<Arc<dyn SigningKey>, SigningError>;
}

/// A key ring that caches for a few minutes the key that it read last.
pub struct Keys {
    ring: Arc<dyn KeyRing>,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<(Arc<dyn SigningKey>, Timestamp)>>,
}

impl Keys {
    /// Wraps a key ring.
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
    /// [`SigningError`]
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
