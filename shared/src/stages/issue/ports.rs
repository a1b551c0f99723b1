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
    /// The address.
    pub url: String,
    /// Headers that must be sent with exactly these values, besides those that every client sends.
    pub headers: BTreeMap<String, String>,
}

/// Temporary credentials from STS.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// The token that is sent with every request.
    pub session_token: String,
    /// The time at which they expire.
    pub expiration: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The token user's long-term key, as it is stored in its secret.
#[derive(Clone, Deserialize)]
pub struct UserKey {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
}

/// The parameters of a call to STS.
#[derive(Debug, Clone)]
pub struct Federation {
    /// The federated user's name, which is the app's name.
    pub name: String,
    /// The session policy.
    pub policy: String,
    /// The lifetime in seconds.
    pub seconds: u32,
}

/// An error of STS.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// `InvalidClientTokenId`: the user's key was rotated.
    #[error("the token user's key is not known")]
    UnknownKey,
    /// `PackedPolicyTooLarge`.
    #[error("the session policy is too large when packed")]
    PolicyTooLarge,
    /// Any other failure.
    #[error("STS did not do it")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The call of [`TokenService::federate`]. It is signed with the token user's key, so the function's role needs no
/// permission.
pub const FEDERATE: Call = Call {
    name: "sts:federate",
    actions: &[],
};

/// The port to STS and S3's signatures.
#[async_trait]
pub trait TokenService: Send + Sync {
    /// Calls `GetFederationToken`.
    ///
    /// # Errors
    /// [`FederationError`]
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError>;

    /// Presigns a `PutObject` of exactly this many bytes and this type, if they are given. No call is made.
    ///
    /// # Errors
    /// The source of the error, if it cannot be signed.
    async fn presign_put(
        &self,
        credentials: &Credentials,
        place: &Place,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError>;
}

/// The call of [`KeySource::read`].
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub const READ_KEY: Call = Call {
    name: "secretsmanager:read",
    actions: &[Action::OnResource("secretsmanager:GetSecretValue")],
};

/// The port to the secret that holds the token user's key.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Reads the key.
    ///
    /// # Errors
    /// The source of the error, if the key cannot be read or is not a key (yet).
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>>;
}
