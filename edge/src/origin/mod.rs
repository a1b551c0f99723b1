//! The origins that answers come from: one file per kind of origin.
//!
//! ```text
//! Origin::fetch ── s3            does the policy allow it? ── signed GET or HEAD ──▶ the bucket
//!               └─ function_url  does the policy allow it? ── signed request ──▶ the function
//! ```
//!
//! The emulator has a CloudFront data plane of its own, which the edge does *not* use: it answers 403 for a missing
//! object whatever the bucket policy says, removes the cache-tag header before anyone can read it, and needs Node to
//! run the viewer functions a second time. Instead, the edge reads the resource policy and decides as AWS would for
//! the service `cloudfront.amazonaws.com` and this distribution, and refuses whatever it does not understand.

mod function_url;
mod policy;
mod s3;
mod sign;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Method, Request, Response, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use function_url::Function;
pub(crate) use function_url::FunctionUrlOrigin;
pub(crate) use s3::S3Origin;

/// Timeout for the first byte of an answer; CloudFront's default
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>).
pub(crate) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The headers of an answer that concern one connection only, or the emulator only.
const NOT_PASSED_ON: [HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::SERVER,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// An origin of the distribution.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A bucket behind origin access control.
    S3(S3Origin),
    /// A Lambda function URL behind origin access control.
    FunctionUrl(FunctionUrlOrigin),
    /// Any other kind, by its host name; requests to it are refused.
    Other(String),
}

/// A request to an origin.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Raw path, beginning with `/`.
    pub(crate) path: String,
    /// Conditions and ranges, and the headers of the cache policy.
    pub(crate) headers: HeaderMap,
}

/// The reasons why an origin gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OriginError {
    /// No answer arrived in time: 504.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The origin cannot be reached, or the answer broke off: 502.
    #[error("{0}")]
    Unreachable(String),
}

/// The connection to the stack, shared by all origins.
#[derive(Debug)]
pub(crate) struct Backend {
    http: Client<HttpConnector, Body>,
    endpoint: Authority,
    region: String,
    signer: sign::Signer,
    /// Functions by the host names of their URLs.
    functions: Mutex<HashMap<String, Function>>,
}

impl Backend {
    /// Creates a backend that signs with these keys. `endpoint` is the stack's host and port.
    pub(crate) fn new(
        endpoint: Authority,
        region: &str,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self {
            http,
            endpoint,
            region: region.to_owned(),
            functions: Mutex::default(),
            signer: sign::Signer::new(region, access_key_id, secret_access_key),
        }
    }

    fn region(&self) -> &str {
        &self.region
    }

    fn known_function(&self, host: &str) -> Option<Function> {
        let known = self
            .functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(host).cloned()
    }

    fn remember_function(&self, host: &str, function: &Function) {
        let mut known = self
            .functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(host.to_owned(), function.clone());
    }

    /// Sends a request, signed for `service`, to the host that its URI names, through the stack's endpoint.
    async fn send(
        &self,
        service: &str,
        mut request: Request<Body>,
        patience: Duration,
    ) -> Result<Response<Body>, OriginError> {
        let unreachable =
            |error: &dyn std::error::Error| OriginError::Unreachable(error.to_string());
        self.signer
            .sign(service, &mut request)
            .map_err(|error| unreachable(&*error))?;
        let mut parts = request.uri().clone().into_parts();
        parts.authority = Some(self.endpoint.clone());
        *request.uri_mut() = http::Uri::from_parts(parts).map_err(|error| unreachable(&error))?;
        match tokio::time::timeout(patience, self.http.request(request)).await {
            Err(_elapsed) => Err(OriginError::Timeout(patience)),
            Ok(Err(error)) => Err(unreachable(&error)),
            Ok(Ok(response)) => Ok(response.map(Body::new)),
        }
    }
}

impl Origin {
    /// Asks the origin on behalf of the distribution with this ARN. The body may still be arriving.
    ///
    /// # Errors
    /// [`OriginError`] if there is no answer; a refusal by the origin is an answer.
    pub(crate) async fn fetch(
        &self,
        backend: &Backend,
        distribution_arn: &str,
        ask: &Ask,
    ) -> Result<Response<Body>, OriginError> {
        let mut response = match self {
            Self::S3(bucket) => bucket.fetch(backend, distribution_arn, ask).await?,
            Self::FunctionUrl(url) => url.fetch(backend, distribution_arn, ask).await?,
            Self::Other(host) => {
                return Err(OriginError::Unreachable(format!(
                    "{host} is not a kind of origin that the edge supports"
                )));
            }
        };
        for name in &NOT_PASSED_ON {
            response.headers_mut().remove(name);
        }
        Ok(response)
    }
}
