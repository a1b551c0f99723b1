//! Other people's servers, reached over the internet. The one adapter that is not to AWS: it guards whom a function calls.
//!
//! The name of a server is resolved once, all its network addresses are checked, and the connection is made to one of
//! them. So no second resolution can lead elsewhere. No proxy is used and no redirect is followed.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use tower_service::Service;

use super::CONNECT;
use crate::ports::web::{Body, Request, Response, Web, WebError};
use crate::vocabulary::web_address::Reach;

/// The most bytes of an answer's status line and headers.
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// A client of other people's servers.
#[derive(Debug, Clone)]
pub(super) struct Internet {
    /// The client, or the reason why there is none: the machine has no certificate authorities.
    client: Result<Connections, Arc<std::io::Error>>,
}

type Connections = Client<HttpsConnector<HttpConnector<CheckedNames>>, Full<Bytes>>;

impl Internet {
    /// Makes a client that calls the servers in `reach`. It trusts the machine's certificate authorities.
    #[must_use]
    pub(super) fn new(reach: Reach) -> Self {
        let client = Self::connections(reach).map_err(Arc::new);
        Self { client }
    }

    fn connections(reach: Reach) -> std::io::Result<Connections> {
        let mut connector = HttpConnector::new_with_resolver(CheckedNames { reach });
        // A `WebAddress` is http only where that is allowed.
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT));
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(aws_lc_rs::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Client::builder(TokioExecutor::new())
            // A connection does not outlive a pause of the process, in which its server may have closed it.
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(MOST_HEADER_BYTES)
            .build(https))
    }
}

#[async_trait]
impl Web for Internet {
    async fn send(&self, request: Request, within: Duration) -> Result<Response, WebError> {
        let mut sent = http::Request::builder()
            .method(request.method)
            .uri(request.address.as_str())
            .body(Full::new(request.body))
            .map_err(broken)?;
        sent.headers_mut().extend(request.headers);
        let client = self
            .client
            .as_ref()
            .map_err(|error| broken(error.clone()))?;
        let answer = tokio::time::timeout(within, client.request(sent)).await;
        let answer = answer.map_err(too_slow)?.map_err(classify)?;
        let (parts, body) = answer.into_parts();
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: Box::new(Incoming(body)),
        })
    }
}

/// The rest of an answer.
struct Incoming(hyper::body::Incoming);

#[async_trait]
impl Body for Incoming {
    async fn next(&mut self, within: Duration) -> Result<Option<Bytes>, WebError> {
        let pieces = async {
            while let Some(frame) = self.0.frame().await {
                // What is no data are trailers.
                if let Ok(piece) = frame.map_err(broken)?.into_data() {
                    return Ok(Some(piece));
                }
            }
            Ok(None)
        };
        let piece = tokio::time::timeout(within, pieces).await;
        piece.map_err(too_slow)?
    }
}

/// Resolves names, and refuses those that lead to an address that may not be called.
#[derive(Debug, Clone, Copy)]
struct CheckedNames {
    reach: Reach,
}

impl Service<Name> for CheckedNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, WebError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let Ok(found) = found else {
                return Err(WebError::UnknownName);
            };
            let addresses: Vec<_> = found.collect();
            if addresses.iter().all(|address| reach.allows(address.ip())) {
                Ok(addresses.into_iter())
            } else {
                Err(WebError::NotPublic)
            }
        })
    }
}

fn too_slow(_: tokio::time::error::Elapsed) -> WebError {
    WebError::TooSlow
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> WebError {
    WebError::Broken(Box::new(error))
}

/// Finds the resolver's own error below the client's.
fn classify(error: hyper_util::client::legacy::Error) -> WebError {
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        match cause.downcast_ref::<WebError>() {
            Some(WebError::NotPublic) => return WebError::NotPublic,
            Some(WebError::UnknownName) => return WebError::UnknownName,
            Some(WebError::TooSlow | WebError::Broken(_)) | None => source = cause.source(),
        }
    }
    broken(error)
}
