//! S3 as it is seen from a Lambda function in its region: some time to the first byte, and a bandwidth.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::serve::{Listener, ListenerExt};
use bytes::Bytes;
use dozo::ports::store::Object;
use futures_util::stream;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};

/// From the request to the first byte of the answer.
pub(crate) const FIRST_BYTE: Duration = Duration::from_millis(25);

/// Bytes a second of one connection.
pub(crate) const BANDWIDTH: u32 = 90_000_000;

/// The bytes that are sent at once.
const PIECE: usize = 64 << 10;

/// Objects by their paths: `/{bucket}/{key}`.
pub(crate) type Objects = Arc<BTreeMap<String, Object>>;

/// Serves the objects; returns the address.
pub(crate) async fn serve(objects: Objects) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(objects);
    let listener = at_once(listener);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// Accepts connections that send what is written at once, as servers do: otherwise a short body waits until the client has
/// acknowledged the headers, which Linux does after 40 ms.
pub(crate) fn at_once(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
    listener.tap_io(|connection| connection.set_nodelay(true).unwrap())
}

async fn answer(
    State(objects): State<Objects>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    sleep(FIRST_BYTE).await;
    let Some(object) = objects.get(uri.path()) else {
        let body = "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>";
        let xml = [(header::CONTENT_TYPE, "application/xml")];
        return (StatusCode::NOT_FOUND, xml, body).into_response();
    };
    let (status, range, body) = ranged(object, &headers);
    let mut response = Response::builder()
        .status(status)
        .header(header::ETAG, object.info.etag.as_str())
        .header(header::CONTENT_LENGTH, body.len());
    if let Some(range) = range {
        response = response.header(header::CONTENT_RANGE, range);
    }
    if let Some(content_type) = &object.info.headers.content_type {
        response = response.header(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in &object.info.headers.metadata {
        response = response.header(format!("x-amz-meta-{name}"), value);
    }
    let body = if method == Method::HEAD {
        Bytes::new()
    } else {
        body
    };
    response.body(paced(body)).unwrap()
}

/// Returns the part that is asked for by `Range: bytes={first}-{last}`, which is what the SDK sends.
fn ranged(object: &Object, headers: &HeaderMap) -> (StatusCode, Option<String>, Bytes) {
    let whole = object.body.len();
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let span = asked.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = span else {
        return (StatusCode::OK, None, object.body.clone());
    };
    let first: usize = first.parse().unwrap();
    let end = last
        .parse()
        .map_or(whole, |last: usize| whole.min(last + 1));
    let range = format!("bytes {first}-{}/{whole}", end - 1);
    (
        StatusCode::PARTIAL_CONTENT,
        Some(range),
        object.body.slice(first..end),
    )
}

fn paced(body: Bytes) -> Body {
    let start = Instant::now();
    let pieces = stream::unfold((body, 0_u32), move |(mut rest, sent)| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.split_to(PIECE.min(rest.len()));
        let sent = sent + u32::try_from(piece.len()).unwrap();
        sleep_until(start + Duration::from_secs(1) * sent / BANDWIDTH).await;
        Some((Ok::<_, std::convert::Infallible>(piece), (rest, sent)))
    });
    Body::from_stream(pieces)
}
