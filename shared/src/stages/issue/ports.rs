//! The ports to STS, to S3's signatures, and to the secret with the token user's key.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::keys::Place;

/// A `PUT` that needs no credentials of its own.
#[derive(Debug, Clone, Serialize)]
pub struct PresignedPut {
    /// Where.
    pub url: String,
    /// Headers that must be sent with exactly these values, beside those every client sends.
    pub headers: BTreeMap<String, String>,
}

/// Temporary credentials, as STS gives them.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    /// Public half.
    pub access_key_id: String,
    /// Secret half.
    pub secret_access_key: String,
    /// Goes with every request.
    pub session_token: String,
    /// When they end.
    pub expiration: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The token user's long-term key, as it lies in its secret.
#[derive(Clone, Deserialize)]
pub struct UserKey {
    /// Public half.
    pub access_key_id: String,
    /// Secret half.
    pub secret_access_key: String,
}

/// What is asked of STS.
#[derive(Debug, Clone)]
pub struct Federation {
    /// The federated user's name: the app's.
    pub name: String,
    /// The session policy.
    pub policy: String,
    /// How long.
    pub seconds: u32,
}

/// What STS may answer instead.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// `InvalidClientTokenId`: the user's key was rotated.
    #[error("the token user's key is not known")]
    UnknownKey,
    /// `PackedPolicyTooLarge`.
    #[error("the session policy is too large when packed")]
    PolicyTooLarge,
    /// Anything else.
    #[error("STS did not do it")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// [`TokenService::federate`]. Made with the token user's key, so it needs nothing of the function's role.
pub const FEDERATE: Call = Call {
    name: "sts:federate",
    actions: &[],
};

/// The port to STS and S3's signatures.
#[async_trait]
pub trait TokenService: Send + Sync {
    /// `GetFederationToken`.
    ///
    /// # Errors
    /// [`FederationError`]
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError>;

    /// A presigned `PutObject` of exactly so many bytes and that type, where given. No call is made.
    ///
    /// # Errors
    /// The source, when it cannot be signed.
    async fn presign_put(
        &self,
        credentials: &Credentials,
        place: &Place,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError>;
}

/// [`KeySource::read`].
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub const READ_KEY: Call = Call {
    name: "secretsmanager:read",
    actions: &[Action::OnResource("secretsmanager:GetSecretValue")],
};

/// The port to the secret that holds the token user's key.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Reads it.
    ///
    /// # Errors
    /// The source, when it cannot be read or is not a key (yet).
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>>;
}
