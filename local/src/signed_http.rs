//! Sends requests to the local stack, signed (SigV4) as any client would.
//!
//! Use it for the few calls that the AWS CLI has no command for (our own API), and for those made every other second
//! (reading logs), for which starting a program each time would keep a core busy.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;

use stack_file::AccessKey;

/// Signs requests for one service, as one caller.
#[derive(Debug, Clone)]
pub struct SignedHttp {
    client: reqwest::Client,
    identity: Identity,
    region: String,
    service: &'static str,
}

/// The reasons why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SignedHttpError {
    /// The request cannot be signed.
    #[error("cannot sign the request to {url}")]
    Sign {
        /// The request's URL.
        url: String,
        /// The signing error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No server answered.
    #[error("{url} did not answer")]
    Send {
        /// The request's URL.
        url: String,
        /// The HTTP client's error.
        source: reqwest::Error,
    },
}

/// An answer with its whole body.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

impl SignedHttp {
    /// Creates a client for `service` (`execute-api`, `logs`, …) in `region`.
    pub fn new(key: &AccessKey, region: &str, service: &'static str) -> Self {
        let credentials = Credentials::new(
            &key.access_key_id,
            &key.secret_access_key,
            None,
            None,
            "local stack",
        );
        Self {
            client: reqwest::Client::new(),
            identity: credentials.into(),
            region: region.to_owned(),
            service,
        }
    }

    /// Sends the request and returns the answer, whatever its status.
    ///
    /// # Errors
    ///
    /// [`SignedHttpError`]
    pub async fn send(
        &self,
        method: reqwest::Method,
        url: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, SignedHttpError> {
        let signed = self.signature(&method, url, headers, &body);
        let signed = signed.map_err(|source| SignedHttpError::Sign {
            url: url.to_owned(),
            source,
        })?;
        let mut request = self.client.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let failed = |source| SignedHttpError::Send {
            url: url.to_owned(),
            source,
        };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        Ok(Answer {
            status,
            body: answer.text().await.map_err(failed)?,
        })
    }

    fn signature(
        &self,
        method: &reqwest::Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Vec<(String, String)>, Box<dyn std::error::Error + Send + Sync>> {
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(self.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?;
        let request = SignableRequest::new(
            method.as_str(),
            url,
            headers.iter().copied(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _signature) = sign(request, &parameters.into())?.into_parts();
        let (headers, _query) = instructions.into_parts();
        Ok(headers
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect())
    }
}
