//! STS, and presigned URLs of S3. Calls are signed with the token user's key and never with the function's role, so the
//! role needs no rights for them: the user's own policy and the session policy decide.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::Credentials as Signer;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use aws_sdk_sts::error::ProvideErrorMetadata;
use jiff::Timestamp;

use crate::ports::tokens::{
    Credentials, Federation, FederationError, PresignedPut, TokenService, UserKey,
};
use crate::vocabulary::keys::ObjectLocation;

/// The margin for the time that passes between computing a lifetime and signing.
const MOMENT: Duration = Duration::from_secs(1);

/// STS, and S3's signatures.
#[derive(Debug, Clone)]
pub struct Sts {
    sdk: SdkConfig,
    upload_bucket: String,
}

impl Sts {
    /// Creates an adapter for uploads into this bucket.
    #[must_use]
    pub fn new(sdk: &SdkConfig, upload_bucket: &str) -> Self {
        Self {
            sdk: sdk.clone(),
            upload_bucket: upload_bucket.to_owned(),
        }
    }
}

#[async_trait]
impl TokenService for Sts {
    async fn federate(
        &self,
        key: &UserKey,
        wanted: &Federation,
    ) -> Result<Credentials, FederationError> {
        let signer = Signer::from_keys(&key.access_key_id, &key.secret_access_key, None);
        let client = Client::from_conf(
            Builder::from(&self.sdk)
                .credentials_provider(signer)
                .build(),
        );
        let seconds = i32::try_from(wanted.seconds)
            .map_err(|error| FederationError::Unavailable(Box::new(error)))?;
        let call = client
            .get_federation_token()
            .name(&wanted.name)
            .policy(&wanted.policy)
            .duration_seconds(seconds);
        let answer = call.send().await.map_err(|error| match error.code() {
            Some("InvalidClientTokenId") => FederationError::UnknownKey,
            Some("PackedPolicyTooLarge") => FederationError::PolicyTooLarge,
            Some(_) | None => FederationError::Unavailable(Box::new(error)),
        })?;
        let given = answer
            .credentials
            .ok_or_else(|| unavailable("STS returned no credentials"))?;
        let expiration = Timestamp::from_second(given.expiration.secs());
        Ok(Credentials {
            access_key_id: given.access_key_id,
            secret_access_key: given.secret_access_key,
            session_token: given.session_token,
            expiration: expiration
                .map_err(|error| FederationError::Unavailable(Box::new(error)))?,
        })
    }

    async fn presign_put(
        &self,
        credentials: &Credentials,
        location: &ObjectLocation,
        bytes: Option<u64>,
        content_type: Option<&str>,
    ) -> Result<PresignedPut, FederationError> {
        let seconds = u64::try_from(credentials.expiration.as_second()).unwrap_or(0);
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let signer = Signer::new(
            &credentials.access_key_id,
            &credentials.secret_access_key,
            Some(credentials.session_token.clone()),
            Some(expires),
            "GetFederationToken",
        );
        let config = super::s3::config(&self.sdk)
            .credentials_provider(signer)
            .build();
        let length = bytes.and_then(|bytes| i64::try_from(bytes).ok());
        let call = aws_sdk_s3::Client::from_conf(config)
            .put_object()
            .bucket(&self.upload_bucket)
            .key(location.key())
            .set_content_length(length)
            .set_content_type(content_type.map(str::to_owned));
        // The URL expires a second before the credentials, because time passes until it is signed. If it seemed to
        // outlive them, the log would get a warning for each file.
        let left = expires
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        let lifetime = left.saturating_sub(MOMENT).max(MOMENT);
        let presigning = PresigningConfig::expires_in(lifetime)
            .map_err(|error| FederationError::Unavailable(Box::new(error)))?;
        let signed = call
            .presigned(presigning)
            .await
            .map_err(|error| FederationError::Unavailable(Box::new(error)))?;
        let headers: BTreeMap<_, _> = signed
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(PresignedPut {
            url: signed.uri().to_owned(),
            headers,
        })
    }
}

fn unavailable(what: &'static str) -> FederationError {
    FederationError::Unavailable(what.into())
}
