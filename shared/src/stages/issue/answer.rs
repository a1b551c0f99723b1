//! The answer with the credentials, with the field names that existing clients read.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::ports::tokens::{Credentials, PresignedPut};
use crate::vocabulary::app::Limits;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, MediaId, UploadId, Visibility};

/// The answer: a superset of the fields read by the AWS CLI's `credential_process` (upper-case names), the SDKs'
/// container provider (`Token`), Uppy 5's `getTemporarySecurityCredentials` (`credentials`, `bucket`, `region`) and
/// Uppy 6's `getCredentials` (`credentials` in camel case, `region`) and its option `s3Endpoint`.
/// <https://uppy.io/docs/aws-s3/>
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "UploadCredentials")]
pub struct Grant {
    /// The version of the form that `credential_process` reads: 1.
    pub(super) version: u8,
    #[serde(flatten)]
    pub(super) credentials: Credentials,
    /// The session token once more, by the name that container credentials have.
    pub(super) token: String,
    /// The credentials once more, as Uppy takes them.
    #[serde(rename = "credentials")]
    pub(super) nested: Nested,
    #[serde(flatten)]
    pub(super) terms: Terms,
}

/// The credentials again, spelled both as AWS and as JavaScript do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NestedCredentials")]
pub(super) struct Nested {
    #[serde(flatten)]
    aws: Credentials,
    #[serde(flatten)]
    javascript: CamelCase,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CamelCase {
    /// The access key id, which is public.
    access_key_id: String,
    /// The secret key.
    secret_access_key: String,
    /// The token that is sent with every request.
    session_token: String,
    /// The time at which the credentials expire.
    #[schemars(with = "Moment")]
    expiration: Timestamp,
}

impl std::fmt::Debug for CamelCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CamelCase").finish_non_exhaustive()
    }
}

impl From<Credentials> for Nested {
    fn from(credentials: Credentials) -> Self {
        let aws = credentials.clone();
        let javascript = CamelCase {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            session_token: credentials.session_token,
            expiration: credentials.expiration,
        };
        Self { aws, javascript }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Terms {
    /// The app.
    pub(super) app: AppId,
    /// The id of the upload.
    pub(super) upload: UploadId,
    /// The visibility of its media.
    pub(super) visibility: Visibility,
    /// The bucket that the files go to.
    pub(super) bucket: String,
    /// The bucket's region.
    pub(super) region: String,
    /// The beginning of the keys of all files of the upload; the file's name follows.
    pub(super) key_prefix: String,
    /// The address of S3, if it is not AWS's: on a laptop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<String>,
    /// The address of the bucket, as Uppy takes it.
    #[serde(rename = "s3Endpoint")]
    pub(super) bucket_address: String,
    /// The limits of the app for one file.
    pub(super) limits: Limits,
    /// The declared files, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<GrantedFile>>,
}

/// A declared file: its place in the bucket, and the media that it becomes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GrantedFile {
    /// The name, as it was declared.
    pub(super) name: String,
    /// The key in the bucket.
    pub(super) key: String,
    /// The media that the file becomes.
    pub(super) media: MediaId,
    /// The request that puts the file without an SDK.
    pub(super) put: PresignedPut,
}
