//! Signs requests (SigV4) with the caller's credentials, which are fetched again when they are about to expire.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use tokio::sync::Mutex;

use crate::failure::{Failure, causes};

/// Credentials that expire sooner than this are fetched again, because a request may wait this long for its turn.
const MARGIN: Duration = Duration::from_secs(60);

/// Signs requests as one caller.
#[derive(Debug)]
pub(super) struct Signer {
    provider: SharedCredentialsProvider,
    cached: Mutex<Option<Credentials>>,
}

impl Signer {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            cached: Mutex::new(None),
        }
    }

    /// Returns the headers that sign this request for `service` in `region`.
    pub(super) async fn headers(
        &self,
        (service, region): (&str, &str),
        (method, url): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, Failure> {
        let identity = self.credentials().await?.into();
        let strange = |cause: String| Failure::Strange {
            what: "the signature".to_owned(),
            cause,
        };
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| strange(error.to_string()))?;
        let request = SignableRequest::new(
            method,
            url,
            headers.iter().copied(),
            SignableBody::Bytes(body),
        )
        .map_err(|error| strange(error.to_string()))?;
        let signed =
            sign(request, &parameters.into()).map_err(|error| strange(error.to_string()))?;
        let (instructions, _signature) = signed.into_parts();
        let (headers, _query) = instructions.into_parts();
        Ok(headers
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect())
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut cached = self.cached.lock().await;
        let soon = SystemTime::now() + MARGIN;
        let lasts = |credentials: &Credentials| credentials.expiry().is_none_or(|end| end > soon);
        if let Some(credentials) = cached.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let fresh = self.provider.provide_credentials().await;
        let fresh = fresh.map_err(|error| Failure::Credentials(causes(&error)))?;
        *cached = Some(fresh.clone());
        Ok(fresh)
    }
}
