//! A proxy between edge and emulator that counts requests for objects, can hold the answers back, and can answer 503
//! instead.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The tap's handle.
#[derive(Clone)]
pub(crate) struct Tap {
    pub(crate) endpoint: String,
    state: Arc<Shared>,
}

struct Shared {
    target: String,
    http: Client<HttpConnector, Body>,
    /// Method and path of each request for an object.
    seen: Mutex<Vec<String>>,
    broken: AtomicBool,
    held: watch::Sender<bool>,
    waiting: AtomicUsize,
}

impl Tap {
    pub(crate) async fn start(endpoint: &str) -> Self {
        let state = Arc::new(Shared {
            target: endpoint.strip_prefix("http://").unwrap().to_owned(),
            http: Client::builder(TokioExecutor::new()).build_http(),
            seen: Mutex::default(),
            broken: AtomicBool::new(false),
            held: watch::Sender::new(false),
            waiting: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass).with_state(Arc::clone(&state));
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { endpoint, state }
    }

    /// Returns the requests to buckets since the last call, as `GET /path`.
    pub(crate) fn take_seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.seen.lock().unwrap())
    }

    /// Sets whether requests for objects are answered with 503 from now on.
    pub(crate) fn set_broken(&self, broken: bool) {
        self.state.broken.store(broken, SeqCst);
    }

    /// Sets whether answers about objects are held back from now on. The emulator has been asked by then.
    pub(crate) fn set_held(&self, held: bool) {
        self.state.held.send_replace(held);
    }

    /// Waits until an answer is held back.
    pub(crate) async fn wait_for_held(&self) {
        while self.state.waiting.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

async fn pass(State(state): State<Arc<Shared>>, mut request: Request) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let about_object = host.contains(".s3.") && request.uri().query().is_none();
    if about_object {
        state
            .seen
            .lock()
            .unwrap()
            .push(format!("{} {}", request.method(), request.uri().path()));
        if state.broken.load(SeqCst) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    let path = request.uri().path_and_query().unwrap().as_str();
    *request.uri_mut() = format!("http://{}{path}", state.target)
        .parse::<Uri>()
        .unwrap();
    let response = state.http.request(request).await.unwrap();
    if about_object {
        state.waiting.fetch_add(1, SeqCst);
        state.held.subscribe().wait_for(|held| !held).await.unwrap();
        state.waiting.fetch_sub(1, SeqCst);
    }
    response.map(Body::new)
}
