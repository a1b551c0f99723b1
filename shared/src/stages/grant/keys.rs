//! A cache of the key that signs grants.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::ports::clock::Clock;
use crate::ports::signing::{KeyRing, SigningError, SigningKey};

/// How long a key is cached, in seconds. `make keys` waits longer than this before it removes the old key.
const KEY_SECONDS: i64 = 300;

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
