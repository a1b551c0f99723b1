//! The user or role whose permissions upload credentials have, within the bounds of their session policy.
//!
//! `GetFederationToken` works only with an IAM user's long-term key, never with a role. That key is stored in a
//! secret and cached for a few minutes. It is read again once if STS does not know it any more, since it may have been
//! rotated. Where an organisation forbids IAM users, a role is assumed instead, which needs no key.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::ports::tokens::{KeySource, UserKey};

/// How long the token user's key is cached, in seconds. `make keys` waits longer than this before it removes the old key.
const KEY_SECONDS: i64 = 300;

/// The longest duration of a token user's credentials that Dozo issues, in seconds: a working day. STS would allow 36 hours.
const MOST_OF_A_USER: u32 = 43_200;

/// The longest duration of a role's credentials, in seconds. STS allows no more where a role, such as the function's, assumes
/// another: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
const MOST_OF_A_ROLE: u32 = 3_600;

/// The user or role that upload credentials get their permissions from: to put objects into the UPLOAD bucket, at most.
pub enum Uploader {
    /// The token user's.
    TokenUser(TokenUser),
    /// Those of the role with this ARN, which the function's own role may assume.
    Role(String),
}

impl Uploader {
    /// Returns the longest duration of credentials, in seconds.
    pub(super) fn longest_seconds(&self) -> u32 {
        match self {
            Self::TokenUser(_) => MOST_OF_A_USER,
            Self::Role(_) => MOST_OF_A_ROLE,
        }
    }
}

/// The token user, whose key is in a secret.
pub struct TokenUser {
    keys: Arc<dyn KeySource>,
    /// The key that was read last, and the time of reading.
    cached: Mutex<Option<(UserKey, Timestamp)>>,
}

impl TokenUser {
    /// The user whose key is in this secret.
    #[must_use]
    pub fn new(keys: Arc<dyn KeySource>) -> Self {
        Self {
            keys,
            cached: Mutex::default(),
        }
    }

    /// Returns the key, read anew if the caller says so or if it was read too long ago.
    pub(super) async fn key(
        &self,
        now: Timestamp,
        anew: bool,
    ) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>> {
        let mut cached = self.cached.lock().await;
        if let Some((key, read_at)) = cached.as_ref()
            && !anew
            && now.as_second().saturating_sub(read_at.as_second()) < KEY_SECONDS
        {
            return Ok(key.clone());
        }
        let key = self.keys.read().await?;
        *cached = Some((key.clone(), now));
        Ok(key)
    }
}
