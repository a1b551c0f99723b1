//! What a caller is granted, in the words that existing clients read.

use serde::Serialize;

use super::ports::{Credentials, PresignedPut};
use crate::app::Limits;
use crate::names::{App, Media, Upload, Visibility};

/// The answer: a superset of what the AWS CLI's `credential_process` (upper-case names), the SDKs' container
/// provider (`Token`) and Uppy's `getTemporarySecurityCredentials` (`credentials`, `bucket`, `region`) read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    pub(super) version: u8,
    #[serde(flatten)]
    pub(super) credentials: Credentials,
    pub(super) token: String,
    #[serde(rename = "credentials")]
    pub(super) nested: Credentials,
    #[serde(flatten)]
    pub(super) terms: Terms,
}

#[derive(Debug, Serialize)]
pub(super) struct Terms {
    pub(super) app: App,
    pub(super) upload: Upload,
    pub(super) visibility: Visibility,
    pub(super) bucket: String,
    pub(super) region: String,
    pub(super) key_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<String>,
    pub(super) limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<GrantedFile>>,
}

#[derive(Debug, Serialize)]
pub(super) struct GrantedFile {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) media: Media,
    pub(super) put: PresignedPut,
}
