//! Sends one request with the HTTP client that the AWS SDK includes, so there is one TLS stack with its certificates
//! and proxies. Like S3 it is reached through the proxy of the environment, except for what is on this machine.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};

use crate::failure::causes;

/// API Gateway gives up after 30 s: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const PATIENCE: Duration = Duration::from_secs(35);

/// The longest answer that is read, in bytes. Lambda answers with 6 MB at most.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Sends requests.
#[derive(Debug)]
pub(super) struct Wire {
    /// Goes through the proxy of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, unless `NO_PROXY` exempts the host.
    proxied: Connector,
    /// Goes to this machine: a local stack is behind no proxy, and no proxy could reach it.
    direct: Connector,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) link: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) content_range: Option<String>,
    pub(super) body: Bytes,
}

impl Wire {
    pub(super) fn new() -> Self {
        let connector = |proxy| {
            Connector::builder()
                .proxy_config(proxy)
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build()
        };
        Self {
            proxied: connector(ProxyConfig::from_env()),
            direct: connector(ProxyConfig::disabled()),
        }
    }

    /// Sends a request. `Err` contains the reason why there is no answer.
    pub(super) async fn send(&self, request: http::Request<Bytes>) -> Result<Reply, String> {
        let connector = match request.uri().host() {
            Some(host) if is_this_machine(host) => &self.direct,
            Some(_) | None => &self.proxied,
        };
        let request = request.map(SdkBody::from);
        let request = HttpRequest::try_from(request).map_err(|error| causes(&error))?;
        let answered = tokio::time::timeout(PATIENCE, exchange(connector, request)).await;
        answered.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }
}

/// Whether a host is this machine. Names under localhost are it (RFC 6761, 6.3).
pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    let address = bare.parse::<std::net::IpAddr>();
    bare == "localhost"
        || bare.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

async fn exchange(connector: &Connector, request: HttpRequest) -> Result<Reply, String> {
    let answered = connector.call(request).await;
    let answer = answered.map_err(|error| causes(&error))?;
    let header = |name| answer.headers().get(name).map(str::to_owned);
    let status = answer.status().as_u16();
    let (retry_after, link) = (header("retry-after"), header("link"));
    let (content_type, content_range) = (header("content-type"), header("content-range"));
    let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await
        .map_err(|error| causes(&*error))?
        .to_bytes();
    Ok(Reply {
        status,
        retry_after,
        link,
        content_type,
        content_range,
        body,
    })
}
