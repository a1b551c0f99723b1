//! The edge: a local substitute for CloudFront, **for development and tests only**. It is never deployed to AWS.
//!
//! It reads the deployed distribution through the CloudFront API and behaves as documented by CloudFront:
//!
//! ```text
//! viewer        takes one request through all steps
//! ├─ distribution, read_…                 the deployed distribution, as types
//! ├─ pattern                              the behaviour that a path belongs to
//! ├─ signed                               key groups: signed URLs and cookies
//! ├─ function, function_event             viewer-request functions, in a limited JavaScript engine
//! ├─ pop          the cache
//! │  ├─ cache_key, freshness, store       which requests are equal; how long answers are kept, and where
//! │  ├─ invalidation                      invalidated paths and tags, checked before each answer
//! │  ├─ flight                            one fetch per key at a time
//! │  ├─ origin                            one file per kind of origin
//! │  └─ respond                           HEAD, ranges, conditions
//! └─ headers_policy, error_page           the headers and the errors of an answer
//! ```
//!
//! It does not implement TLS, HTTP/2, compression, viewer-response functions, Lambda@Edge, logs, geography, or
//! methods that write. If CloudFront's own behaviour is not documented, the edge caches less and refuses more.

#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

mod answer;
mod cache_key;
mod distribution;
mod error_page;
mod flight;
mod freshness;
mod function;
mod function_event;
mod headers_policy;
mod invalidation;
mod origin;
mod pattern;
mod pop;
mod read_distribution;
mod read_headers_policy;
mod read_keys;
mod respond;
mod signed;
mod store;
mod viewer;

use std::fmt;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cloudfront::config::{BehaviorVersion, Region};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use http::Uri;
use http::uri::{Authority, Scheme};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use distribution::DistributionError;

/// Time that requests in progress get to finish when the edge stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The clock that the edge uses to decide about freshness.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The address to listen on and the distribution to serve.
#[derive(Clone)]
pub struct EdgeConfig {
    /// Loopback address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Endpoint of the local stack, such as `http://127.0.0.1:4566`; plain HTTP only.
    pub aws_endpoint: String,
    /// The region of buckets and signatures.
    pub region: String,
    /// Id of a key that may read the distribution, its policies and invalidations, and the origins.
    pub access_key_id: String,
    /// The key's secret.
    pub secret_access_key: String,
    /// The distribution to serve.
    pub distribution_id: String,
}

impl fmt::Debug for EdgeConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("EdgeConfig");
        shown
            .field("listen", &self.listen)
            .field("aws_endpoint", &self.aws_endpoint);
        shown
            .field("distribution_id", &self.distribution_id)
            .finish_non_exhaustive()
    }
}

/// The reasons why the edge did not start.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// The endpoint is not a plain HTTP URL.
    #[error("{0:?} is not an http:// URL with a host")]
    Endpoint(String),
    /// The distribution cannot be read or served.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// The invalidations cannot be read.
    #[error("{0}")]
    Invalidations(String),
    /// The address is taken or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A running edge. If it is dropped, it runs until the runtime ends; [`Edge::stop`] stops it.
#[derive(Debug)]
pub struct Edge {
    /// The address that it listens on.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// Starts the edge, which accepts requests as soon as this returns.
///
/// # Errors
/// [`EdgeError`] if the endpoint, the distribution or the address cannot be used.
pub async fn start(config: EdgeConfig) -> Result<Edge, EdgeError> {
    // Boxed: the SDK's futures are large, and callers hold this one.
    Box::pin(start_with_clock(config, Arc::new(SystemTime::now))).await
}

/// Starts the edge with the caller's clock, so that a test need not wait for a TTL.
///
/// # Errors
/// The same as those of [`start`].
pub async fn start_with_clock(config: EdgeConfig, clock: Clock) -> Result<Edge, EdgeError> {
    let endpoint = authority_of(&config.aws_endpoint)?;
    let client = aws_sdk_cloudfront::Client::from_conf(
        aws_sdk_cloudfront::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .endpoint_url(&config.aws_endpoint)
            .credentials_provider(Credentials::new(
                &config.access_key_id,
                &config.secret_access_key,
                None,
                None,
                "edge",
            ))
            .build(),
    );
    let distribution = read_distribution::read(&client, &config.distribution_id).await?;
    let follower = invalidation::Follower::start(client.clone(), config.distribution_id).await;
    let follower = follower.map_err(|error| EdgeError::Invalidations(error.to_string()))?;
    let backend = origin::Backend::new(
        endpoint,
        &config.region,
        &config.access_key_id,
        &config.secret_access_key,
    );
    let pop = Arc::new(pop::Pop::new(
        client,
        backend,
        clock,
        distribution,
        follower,
    ));
    let cannot_listen = |source| EdgeError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let app = Router::new()
        .fallback(serve)
        .with_state(pop)
        .into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = oneshot::channel::<()>();
    // A dropped sender does not mean that the edge should stop.
    let until = async {
        if stopped.await.is_err() {
            std::future::pending().await
        }
    };
    let server = tokio::spawn(
        axum::serve(listener, app)
            .with_graceful_shutdown(until)
            .into_future(),
    );
    Ok(Edge {
        address,
        stop,
        server,
    })
}

impl Edge {
    /// Stops listening and waits a few seconds for requests in progress.
    pub async fn stop(self) {
        let Self {
            stop, mut server, ..
        } = self;
        if stop.send(()).is_err()
            || tokio::time::timeout(STOP_PATIENCE, &mut server)
                .await
                .is_err()
        {
            server.abort();
        }
    }
}

async fn serve(
    State(pop): State<Arc<pop::Pop>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> axum::response::Response {
    viewer::answer(pop, peer, request).await
}

fn authority_of(endpoint: &str) -> Result<Authority, EdgeError> {
    let uri: Option<Uri> = endpoint.parse().ok();
    let uri = uri.filter(|uri| uri.scheme() == Some(&Scheme::HTTP));
    uri.and_then(|uri| uri.authority().cloned())
        .ok_or_else(|| EdgeError::Endpoint(endpoint.to_owned()))
}
