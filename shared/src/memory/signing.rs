//! A secret with a key that signs without cryptography, so that a test that knows the key's id can check signatures.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::memory::faults::Faults;
use crate::ports::signing::{KeyRing, READ_KEY, SigningError, SigningKey};

/// The secret `CloudFrontKeySecret`; clones share it.
#[derive(Debug, Clone)]
pub struct MemorySigning {
    id: Arc<Mutex<String>>,
    faults: Faults,
}

impl MemorySigning {
    /// Creates a secret with the key `K1`.
    #[must_use]
    pub fn new(faults: &Faults) -> Self {
        Self {
            id: Arc::new(Mutex::new("K1".to_owned())),
            faults: faults.clone(),
        }
    }

    /// Replaces the key in the secret.
    pub fn rotate(&self, id: &str) {
        id.clone_into(&mut self.id.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl KeyRing for MemorySigning {
    async fn read(&self) -> Result<Arc<dyn SigningKey>, SigningError> {
        let fate = self
            .faults
            .pass(READ_KEY, || "CloudFrontKeySecret".to_owned());
        if !fate.answers {
            return Err(SigningError("a fault of the test".into()));
        }
        let id = self.id.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::new(MemoryKey(id.clone())))
    }
}

struct MemoryKey(String);

impl SigningKey for MemoryKey {
    fn id(&self) -> &str {
        &self.0
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        Ok(Sha256::digest([self.0.as_bytes(), message].concat()).to_vec())
    }
}
