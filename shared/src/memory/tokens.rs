//! A token service in memory, which issues any credentials to a caller with the valid key, and the secret that holds
//! the key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::memory::clock::MemoryClock;
use crate::memory::faults::Faults;
use crate::ports::clock::Clock;
use crate::ports::tokens::{
    ASSUME, Credentials, FEDERATE, Federation, FederationError, KeySource, PresignedPut, READ_KEY,
    TokenService, UserKey,
};
use crate::vocabulary::keys::ObjectLocation;

/// The maximum length of a session policy, in characters. It stands in for STS's limit on the packed size.
const PACKED_CHARS: usize = 1_500;

/// STS and the secret with the token user's key.
#[derive(Debug, Clone)]
pub struct MemoryTokens {
    inner: Arc<Mutex<Inner>>,
    clock: MemoryClock,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Inner {
    valid_key: String,
    secret_key: String,
    issued: Vec<Federation>,
    roles: Vec<String>,
}

impl MemoryTokens {
    /// Creates a service with one valid key, which is also in the secret.
    #[must_use]
    pub fn new(clock: &MemoryClock, faults: &Faults) -> Self {
        let inner = Inner {
            valid_key: "key-1".to_owned(),
            secret_key: "key-1".to_owned(),
            issued: Vec::new(),
            roles: Vec::new(),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            clock: clock.clone(),
            faults: faults.clone(),
        }
    }

    /// Makes another key the only valid one, and puts it into the secret.
    pub fn rotate(&self, key: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.valid_key = key.to_owned();
        inner.secret_key = key.to_owned();
    }

    /// Returns the roles that were assumed so far.
    #[must_use]
    pub fn roles(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.roles.clone()
    }

    /// Issues what is wanted, unless the policy is too large.
    fn issue(
        &self,
        inner: &mut Inner,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        if wanted.policy.len() > PACKED_CHARS {
            return Err(FederationError::PolicyTooLarge);
        }
        inner.issued.push(wanted.clone());
        Ok(Credentials {
            access_key_id: format!("ASIA{}", inner.issued.len()),
            secret_access_key: "secret".to_owned(),
            session_token: "token".to_owned(),
            expiration: self.clock.now() + SignedDuration::from_secs(wanted.seconds.into()),
        })
    }

    /// Returns everything that was issued so far.
    #[must_use]
    pub fn issued(&self) -> Vec<Federation> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .issued
            .clone()
    }
}

#[async_trait]
impl TokenService for MemoryTokens {
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        if !self.faults.pass(FEDERATE, || "STS".to_owned()).answers {
            return Err(FederationError::Unavailable("a fault of the test".into()));
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if key.access_key_id != inner.valid_key {
            return Err(FederationError::UnknownKey);
        }
        self.issue(&mut inner, wanted)
    }

    async fn assume(
        &self,
        role: &str,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        if !self
            .faults
            .pass(ASSUME, || "UploaderRole".to_owned())
            .answers
        {
            return Err(FederationError::Unavailable("a fault of the test".into()));
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.roles.push(role.to_owned());
        self.issue(&mut inner, wanted)
    }

    async fn presign_put(
        &self,
        credentials: &Credentials,
        location: &ObjectLocation,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError> {
        let mut headers = BTreeMap::new();
        headers.extend(bytes.map(|bytes| ("content-length".to_owned(), bytes.to_string())));
        headers.extend(content_type.map(|value| ("content-type".to_owned(), value.to_owned())));
        let url = format!(
            "memory://{}?signed-by={}",
            location.key(),
            credentials.access_key_id
        );
        Ok(PresignedPut { url, headers })
    }
}

#[async_trait]
impl KeySource for MemoryTokens {
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>> {
        let fate = self.faults.pass(READ_KEY, || "TokenSecret".to_owned());
        let access_key_id = self
            .inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .secret_key
            .clone();
        if fate.answers {
            Ok(UserKey {
                access_key_id,
                secret_access_key: "secret".to_owned(),
            })
        } else {
            Err("a fault of the test".into())
        }
    }
}
