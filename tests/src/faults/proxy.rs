//! The proxy: takes a call, looks up its fate in the plan, and answers or breaks the connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::connection::{Breaker, Listener};
use super::plan::{Fault, Plan, Service};
use super::refusal::{Refusal, refuse};

/// Largest body in either direction, in bytes; tests send a few hundred bytes.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// Number of pieces in which a slow answer arrives.
const DROPS: usize = 8;

/// Time between two pieces: slow enough to be noticed, but within any client's timeout.
const BETWEEN_DROPS: Duration = Duration::from_millis(50);

/// Headers that concern one connection only; bodies are whole here, so their framing is set anew.
const HOP_BY_HOP: [HeaderName; 3] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
];

/// A running proxy, which stops when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Base URL, to be used in place of the emulator's.
    pub endpoint: String,
    /// The plan, which also counts the calls and the faults so far.
    pub plan: Arc<Plan>,
    server: JoinHandle<io::Result<()>>,
}

#[derive(Debug)]
struct Wire {
    /// The emulator's host and port, such as `127.0.0.1:4566`.
    target: String,
    http: Client<HttpConnector, Body>,
    plan: Arc<Plan>,
}

/// Starts a proxy on any free loopback port, in front of the emulator at `target` (`http://…`).
///
/// # Errors
/// An I/O error if no port can be bound.
pub async fn start(target: &str, plan: Plan) -> io::Result<Proxy> {
    let plan = Arc::new(plan);
    let wire = Arc::new(Wire {
        target: target.trim_start_matches("http://").to_owned(),
        http: Client::builder(TokioExecutor::new()).build_http(),
        plan: Arc::clone(&plan),
    });
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let app = Router::new()
        .fallback(serve)
        .with_state(wire)
        .into_make_service_with_connect_info::<Breaker>();
    let server = tokio::spawn(axum::serve(Listener(listener), app).into_future());
    Ok(Proxy {
        endpoint,
        plan,
        server,
    })
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    State(wire): State<Arc<Wire>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response<Body> {
    let struck = service(&request).and_then(|service| Some((service, wire.plan.next(service)?)));
    match struck {
        Some((service, Fault::Throttled)) => refuse(service, Refusal::Throttled, &request),
        Some((service, Fault::Broken)) => refuse(service, Refusal::Broken, &request),
        Some((_, Fault::Reset)) => broken_off(&breaker),
        Some((_, Fault::AnswerLost)) => {
            drop(wire.pass(request).await);
            broken_off(&breaker)
        }
        Some((_, Fault::AnswerCut)) => cut(wire.pass(request).await, &breaker),
        Some((_, Fault::AnswerSlow)) => slow(wire.pass(request).await).await,
        None => whole(wire.pass(request).await),
    }
}

/// Finds the service by the scope of the signature, which is in the header or, in a presigned URL, in the query.
fn service<B>(request: &http::Request<B>) -> Option<Service> {
    let header = request.headers().get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    let query = request.uri().query();
    let signed = header.or(query)?;
    let (_, credential) = signed.split_once("Credential=")?;
    let scope = credential.split([',', '&']).next()?.replace("%2F", "/");
    Service::parse(scope.split('/').nth(3)?)
}

/// An answer with its whole body.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Wire {
    /// Passes the call on to the emulator.
    async fn pass(&self, request: Request) -> Answer {
        let (head, body) = request.into_parts();
        let Ok(body) = to_bytes(body, BODY_BYTES).await else {
            return Answer::without_body(StatusCode::PAYLOAD_TOO_LARGE);
        };
        match self.forward(head, body).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "the AWS emulator did not answer");
                Answer::without_body(StatusCode::BAD_GATEWAY)
            }
        }
    }

    async fn forward(&self, head: Parts, body: Bytes) -> Result<Answer, axum::BoxError> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("http://{}{path}", self.target).parse()?;
        let is_head = head.method == Method::HEAD;
        let mut request = http::Request::builder().method(head.method).uri(uri);
        if let Some(headers) = request.headers_mut() {
            *headers = passed_on(head.headers);
        }
        let answered = self.http.request(request.body(Body::from(body))?).await?;
        let (head, body) = answered.into_parts();
        let body = to_bytes(Body::new(body), BODY_BYTES).await?;
        let mut headers = passed_on(head.headers);
        // The `Content-Length` of an answer to HEAD is kept, although the body is absent.
        if !is_head && !head.status.is_informational() && head.status != StatusCode::NO_CONTENT {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        Ok(Answer {
            status: head.status,
            headers,
            body,
        })
    }
}

fn passed_on(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}

impl Answer {
    fn without_body(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    fn with(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn whole(answer: Answer) -> Response<Body> {
    let body = Body::from(answer.body.clone());
    answer.with(body)
}

/// Breaks the connection; the returned response is never sent.
fn broken_off(breaker: &Breaker) -> Response<Body> {
    breaker.trip();
    Response::new(Body::empty())
}

fn cut(answer: Answer, breaker: &Breaker) -> Response<Body> {
    if answer.body.is_empty() {
        return broken_off(breaker);
    }
    let half = answer.body.slice(..answer.body.len() / 2);
    let parts = [
        Ok(half),
        Err(io::Error::from(io::ErrorKind::ConnectionReset)),
    ];
    answer.with(Body::from_stream(stream::iter(parts)))
}

async fn slow(answer: Answer) -> Response<Body> {
    tokio::time::sleep(BETWEEN_DROPS).await;
    let size = answer.body.len().div_ceil(DROPS).max(1);
    let drops: Vec<Bytes> = answer
        .body
        .chunks(size)
        .map(Bytes::copy_from_slice)
        .collect();
    let drops = stream::unfold(drops.into_iter(), |mut left| async {
        let drop = left.next()?;
        tokio::time::sleep(BETWEEN_DROPS).await;
        Some((Ok::<_, io::Error>(drop), left))
    });
    answer.with(Body::from_stream(drops))
}
