//! The ports to STS, to S3's signatures, and to the secret with the token user's key.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::moment::Moment;

/// A presigned `PUT`: the client needs no credentials of its own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PresignedPut {
    /// The presigned URL.
    pub url: String,
    /// Headers that must be sent with exactly these values, in addition to those that every client sends.
    pub headers: BTreeMap<String, String>,
}

/// Temporary credentials issued by STS.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    /// The access key id, which is public.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
    /// The token that is sent with every request.
    pub session_token: String,
    /// The time at which the credentials expire.
    #[schemars(with = "Moment")]
    pub expiration: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The token user's long-term key, as stored in its secret.
#[derive(Clone, Deserialize)]
pub struct UserKey {
    /// The access key id, which is public.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
}

/// A request to STS for credentials.
#[derive(Debug, Clone)]
pub struct Federation {
    /// The name of the federated user or of the role's session, which is the app's.
    pub name: String,
    /// The session policy.
    pub policy: String,
    /// The duration of the credentials, in seconds.
    pub seconds: u32,
}

/// The reasons for which STS did not issue credentials.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// `InvalidClientTokenId`: the user's key was rotated.
    #[error("the access key of the token user is not known to STS")]
    UnknownKey,
    /// `PackedPolicyTooLarge`.
    #[error("the packed session policy is too large")]
    PolicyTooLarge,
    /// Any other failure.
    #[error("STS refused or did not answer the request")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// [`TokenService::federate`] needs no IAM action: it is called with the token user's key, not the function's role.
pub const FEDERATE: Call = Call {
    name: "sts:federate",
    actions: &[],
};

/// The IAM action that [`TokenService::assume`] needs.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub const ASSUME: Call = Call {
    name: "sts:assume",
    actions: &[Action::OnResource("sts:AssumeRole")],
};

/// The port to STS and to S3's presigned URLs.
#[async_trait]
pub trait TokenService: Send + Sync {
    /// Calls `GetFederationToken`.
    ///
    /// # Errors
    /// Returns a [`FederationError`] if STS issues no credentials.
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError>;

    /// Calls `AssumeRole` for the role with this ARN. The permissions are the intersection of the role's and the policy.
    ///
    /// # Errors
    /// Returns a [`FederationError`] if STS issues no credentials.
    async fn assume(&self, role: &str, wanted: &Federation)
    -> Result<Credentials, FederationError>;

    /// Presigns a `PutObject`, limited to this exact size and content type where they are given. This makes no call.
    ///
    /// # Errors
    /// Fails if the request cannot be signed.
    async fn presign_put(
        &self,
        credentials: &Credentials,
        location: &ObjectLocation,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError>;
}

/// The place that uploads go to.
#[derive(Debug, Clone)]
pub struct UploadTarget {
    /// The name of the UPLOAD bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// Its partition, such as `aws`.
    pub partition: String,
    /// The endpoint URL of S3, if it is not AWS's.
    pub endpoint: Option<String>,
}

impl UploadTarget {
    /// Returns the URL that a browser puts objects below, without a slash at the end. With an endpoint other than AWS's
    /// the bucket is in the path, because a host name that starts with the bucket's name may not resolve.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
    pub(crate) fn bucket_address(&self) -> String {
        let Self { bucket, region, .. } = self;
        if let Some(endpoint) = &self.endpoint {
            return format!("{}/{bucket}", endpoint.trim_end_matches('/'));
        }
        let suffix = match self.partition.as_str() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        format!("https://{bucket}.s3.{region}.{suffix}")
    }
}

/// The IAM action that [`KeySource::read`] needs.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
pub const READ_KEY: Call = Call {
    name: "secretsmanager:read",
    actions: &[Action::OnResource("secretsmanager:GetSecretValue")],
};

/// The port to the secret with the token user's key.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Reads the key.
    ///
    /// # Errors
    /// Fails if the secret cannot be read or does not hold a key (yet).
    async fn read(&self) -> Result<UserKey, Box<dyn std::error::Error + Send + Sync>>;
}
