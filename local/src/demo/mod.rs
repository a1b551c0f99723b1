//! The demo page: an example of an app that uploads to Dozo and shows its media.
//!
//! ```text
//! browser ── files' names ──▶ this server ── signed as the user `app` ──▶ API
//!         ◀── temporary credentials, presigned addresses ──
//! browser ── the bytes ──▶ the upload bucket; files never pass through this server
//! browser ── which upload? ──▶ this server ──▶ API: states, reasons, addresses at the CDN
//! browser ── suspend, restore, retry, … ──▶ this server ── signed as the user `admin` ──▶ API
//! browser ◀── what has changed ── this server ◀── webhooks ── the stack
//! ```
//!
//! The server does the work of an app's back end and of an admin's: the long-term keys stay here. It listens on
//! loopback and answers only its own page (`guard`), because whoever may call it may upload and delete. It is not
//! deployed.

mod api;
mod assets;
mod events;
mod guard;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::signed_http::SignedHttp;
use stack_file::AccessKey;

/// Time that requests in progress get to finish when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// Largest request body, in bytes: the page declares at most 100 files at once, each with a name of at most 900
/// bytes.
const BODY_LIMIT: usize = 256 * 1024;

/// Largest request with captions, in bytes. The API refuses more than 2 MiB, and says so.
const CAPTIONS_LIMIT: usize = 3 << 20;

/// The address to listen on and the services to call.
#[derive(Debug, Clone)]
pub struct DemoConfig {
    /// Loopback address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Base URL of the API.
    pub api: String,
    /// The API's region, for signatures.
    pub region: String,
    /// The app's key, which may call `/apps/demo/*` only.
    pub app_key: AccessKey,
    /// The admin's key, which may call `/admin/*` and `/apps/*`.
    pub admin_key: AccessKey,
    /// Base URL that the browser uploads to.
    pub uploads: String,
    /// Base URL of the CDN.
    pub cdn: String,
    /// Directory of the page's files.
    pub page: PathBuf,
    /// Directory of the modules of the client library for JavaScript, which the page loads from `/sdk/`.
    pub sdk: PathBuf,
    /// Directory of third-party scripts, which need not exist.
    pub vendor: PathBuf,
}

/// The reasons why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The page's files cannot be read.
    #[error("cannot read the page's files in {}", path.display())]
    Page {
        /// The directory that was read.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// An address cannot be put into a header.
    #[error("{addresses:?} cannot be part of the page's content security policy")]
    Address {
        /// The addresses that the page uploads to and shows media from.
        addresses: String,
        /// The error about the header.
        source: http::header::InvalidHeaderValue,
    },
    /// The address is taken or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A running server; [`Demo::stop`] ends it.
#[derive(Debug)]
pub struct Demo {
    /// The address that it listens on.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopping: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

/// Starts the server, which accepts requests as soon as this returns.
///
/// # Errors
///
/// [`DemoError`]
pub async fn start(config: DemoConfig) -> Result<Demo, DemoError> {
    let page = assets::find(&config.page, &config.sdk, &config.vendor).map_err(|source| {
        DemoError::Page {
            path: config.page.clone(),
            source,
        }
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
    let signed = |key| SignedHttp::new(key, &config.region, "execute-api");
    let (stopping, is_stopping) = watch::channel(false);
    let events = Arc::new(events::Events::new(is_stopping));
    let (told, admin, base) = (
        events.clone(),
        signed(&config.admin_key),
        config.api.clone(),
    );
    let app = routes(api::Api::new(
        signed(&config.app_key),
        signed(&config.admin_key),
        config.api,
    ))
    .merge(told_routes(events))
    .merge(assets::routes(page))
    .layer(axum::middleware::from_fn_with_state(
        Arc::new(guard),
        guard::check,
    ));
    let (stop, stopped) = oneshot::channel::<()>();
    // A dropped sender does not mean that the server should stop.
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
    // The API may be slow to answer for the first time, and the page is of use before.
    drop(tokio::spawn(async move {
        told.subscribe(&admin, &base, address).await;
    }));
    Ok(Demo {
        address,
        stop,
        stopping,
        server,
    })
}

fn routes(api: api::Api) -> Router {
    Router::new()
        .route("/api/uploads", post(api::start_upload))
        .route("/api/uploads/{upload}/media", get(api::list_media))
        .route(
            "/api/media/{media}",
            get(api::show_media).delete(api::delete_media),
        )
        .route("/api/media/{media}/{act}", post(api::act))
        .route(
            "/api/media/{media}/captions/{language}",
            put(api::put_captions)
                .delete(api::remove_captions)
                .layer(DefaultBodyLimit::max(CAPTIONS_LIMIT)),
        )
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(api))
}

fn told_routes(events: Arc<events::Events>) -> Router {
    Router::new()
        .route("/hooks", post(events::receive))
        .route("/api/events", get(events::follow))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(events)
}

impl Demo {
    /// Stops listening and waits shortly for requests in progress.
    pub async fn stop(self) {
        let Self {
            stop,
            stopping,
            mut server,
            ..
        } = self;
        // Pages that follow the events would keep their connections for ever.
        stopping.send_replace(true);
        if stop.send(()).is_err()
            || tokio::time::timeout(STOP_PATIENCE, &mut server)
                .await
                .is_err()
        {
            server.abort();
        }
    }
}
