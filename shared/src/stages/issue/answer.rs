//! The answer with the credentials, with the field names that existing clients read.

use jiff::Timestamp;
use serde::Serialize;

use crate::ports::tokens::{Credentials, PresignedPut};
use crate::vocabulary::app::Limits;
use crate::vocabulary::names::{AppId, MediaId, UploadId, Visibility};

/// The answer: a superset of the fields read by the AWS CLI's `credential_process` (upper-case names), the SDKs'
/// container provider (`Token`), Uppy 5's `getTemporarySecurityCredentials` (`credentials`, `bucket`, `region`) and
/// Uppy 6's `getCredentials` (`credentials` in camel case, `region`) and its option `s3Endpoint`.
/// <https://uppy.io/docs/aws-s3/>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    pub(super) version: u8,
    #[serde(flatten)]
    pub(super) credentials: Credentials,
    pub(super) token: String,
    #[serde(rename = "credentials")]
    pub(super) nested: Nested,
    #[serde(flatten)]
    pub(super) terms: Terms,
}

/// The credentials again, spelled both as AWS and as JavaScript do.
#[derive(Debug, Serialize)]
pub(super) struct Nested {
    #[serde(flatten)]
    aws: Credentials,
    #[serde(flatten)]
    javascript: CamelCase,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CamelCase {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
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

#[derive(Debug, Serialize)]
pub(super) struct Terms {
    pub(super) app: AppId,
    pub(super) upload: UploadId,
    pub(super) visibility: Visibility,
    pub(super) bucket: String,
    pub(super) region: String,
    pub(super) key_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<String>,
    #[serde(rename = "s3Endpoint")]
    pub(super) bucket_address: String,
    pub(super) limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<GrantedFile>>,
}

#[derive(Debug, Serialize)]
pub(super) struct GrantedFile {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) media: MediaId,
    pub(super) put: PresignedPut,
}
