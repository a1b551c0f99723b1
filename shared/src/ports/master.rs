//! The port to the master secret, from which the secrets of all webhooks are derived.

use std::fmt;

use async_trait::async_trait;

use crate::ports::tokens;
use crate::vocabulary::access::Call;

/// The least length of a master secret, in characters. The template generates 64.
const LEAST_CHARS: usize = 32;

/// The IAM action that [`MasterSource::read`] needs.
pub const READ_MASTER: Call = tokens::READ_KEY;

/// The master secret. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Master(String);

impl Master {
    /// Takes the text of the secret.
    ///
    /// # Errors
    /// [`MasterError`] if the text is too short to be the one that the template generates: whoever guesses it can sign for
    /// every webhook.
    pub fn new(text: &str) -> Result<Self, MasterError> {
        if text.chars().count() < LEAST_CHARS {
            return Err(MasterError("the secret is too short".into()));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the bytes of the secret.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Master").finish_non_exhaustive()
    }
}

/// The error of a master secret that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the master secret cannot be used")]
pub struct MasterError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The port to the master secret.
#[async_trait]
pub trait MasterSource: Send + Sync {
    /// Reads the master secret.
    ///
    /// # Errors
    /// Returns a [`MasterError`] if it cannot be read or is too short.
    async fn read(&self) -> Result<Master, MasterError>;
}
