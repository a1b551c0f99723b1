//! The demo page: an example of an app that uploads to Dozo and shows its media.
//!
//! ```text
//! browser ── files' names ──▶ this server ── signed as the user `app` ──▶ API
//!         ◀── temporary credentials, presigned addresses ──
//! browser ── the bytes ──▶ the upload bucket; nothing of a file passes here
//! browser ── which upload? ──▶ this server ──▶ API: states, reasons, addresses at the CDN
//! ```
//!
//! It does what an app's back end does and nothing more: the long-term key stays here. Loopback only, and
//! only for its own page (`guard`), since whoever may ask it may upload. Not part of what is deployed.

mod api;
mod assets;
mod guard;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::signed_http::SignedHttp;
use crate::stack_file::AccessKey;

/// How long answers under way may take when it stops.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Largest body, in bytes: the page declares at most 100 files at once, each with a name of at most 900 bytes.
const BODY_LIMIT: usize = 256 * 1024;

/// Where it listens and whom it speaks to.
#[derive(Debug, Clone)]
pub struct DemoConfig {
    /// Loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Base URL of the API.
    pub api: String,
    /// The API's region, for signatures.
    pub region: String,
    /// The app's key: may call `/apps/demo/*` only.
    pub key: AccessKey,
    /// Base URL that the browser uploads to.
    pub uploads: String,
    /// Base URL of the CDN.
    pub cdn: String,
    /// Directory of the page's files.
    pub page: PathBuf,
    /// Directory of others' scripts, which need not be there.
    pub vendor: PathBuf,
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its files cannot be read.
    #[error("cannot read the page's files in {}", path.display())]
    Page {
        /// Where they should be.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An address that cannot stand in a header.
    #[error("{addresses:?} cannot stand in the page's content security policy")]
    Address {
        /// Where the page uploads to and shows media from.
        addresses: String,
        /// What is wrong with them.
        source: http::header::InvalidHeaderValue,
    },
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running server; [`Demo::stop`] ends it.
#[derive(Debug)]
pub struct Demo {
    /// Where it listens.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// Starts it; it serves once this returns.
///
/// # Errors
///
/// [`DemoError`]
pub async fn start(config: DemoConfig) -> Result<Demo, DemoError> {
    let page = assets::find(&config.page, &config.vendor).map_err(|source| DemoError::Page {
        path: config.page.clone(),
        source,
    })?;
    let cannot_listen = |source| DemoError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let guard = guard::Guard::new(address, &config.uploads, &config.cdn).map_err(|source| {
        DemoError::Address {
            addresses: format!("{} {}", config.uploads, config.cdn),
            source,
        }
    })?;
    let app = routes(api::Api::new(
        SignedHttp::new(&config.key, &config.region, "execute-api"),
        config.api,
    ))
    .merge(assets::routes(page))
    .layer(axum::middleware::from_fn_with_state(
        Arc::new(guard),
        guard::check,
    ));
    let (stop, stopped) = oneshot::channel::<()>();
    // A dropped sender is no wish to stop.
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
    Ok(Demo {
        address,
        stop,
        server,
    })
}

fn routes(api: api::Api) -> Router {
    Router::new()
        .route("/api/uploads", post(api::start_upload))
        .route("/api/uploads/{upload}/media", get(api::list_media))
        .route("/api/media/{media}", get(api::show_media))
        .route("/api/media/{media}/grants", post(api::grant_access))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(api))
}

impl Demo {
    /// Stops listening and waits shortly for answers under way.
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
