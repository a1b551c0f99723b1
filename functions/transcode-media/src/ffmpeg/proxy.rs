//! Serves one version of one object to FFmpeg, in ranges, on the loopback address. The server has no credentials, and
//! serves nothing else.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use dozo::ports::store::{ObjectStore, StoreError};
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::keys::ObjectLocation;
use futures_util::stream::{self, StreamExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The size of an answer's first piece and of its largest, in bytes: headers are small and FFmpeg seeks to find them;
/// pictures are read in sequence.
const FIRST_PIECE: u64 = 256 << 10;
const LARGEST_PIECE: u64 = 8 << 20;

/// Number of pieces that are fetched before FFmpeg needs them.
const AHEAD: usize = 2;

/// The object that is served.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) location: ObjectLocation,
    pub(super) etag: ETag,
    pub(super) bytes: u64,
    pub(super) trouble: Trouble,
}

/// The error of a range that could not be read, if any: FFmpeg itself would only see its input end.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<StoreError>>>);

impl Trouble {
    pub(super) fn take(&self) -> Option<StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, error: StoreError) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert(error);
    }
}

/// The running server, which stops when this is dropped.
pub(super) struct Proxy {
    pub(super) address: String,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Serves the object on a free port.
    pub(super) async fn start(served: Served) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let router = Router::new().route("/", get(answer)).with_state(served);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(cause = %error, "the server that gives FFmpeg its input has stopped");
            }
        });
        Ok(Self { address, task })
    }
}

async fn answer(State(served): State<Served>, headers: HeaderMap) -> Response {
    let wanted = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let range = match wanted.map(|wanted| parse(wanted, served.bytes)) {
        None => 0..served.bytes,
        Some(Some(range)) => range,
        Some(None) => {
            let mut refused = Response::new(Body::empty());
            *refused.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return refused;
        }
    };
    let mut response = Response::new(body(served.clone(), range.clone()));
    if wanted.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let length = range.end.saturating_sub(range.start);
    let content_range = format!(
        "bytes {}-{}/{}",
        range.start,
        range.end.saturating_sub(1),
        served.bytes
    );
    let fields = [
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_RANGE, content_range),
    ];
    for (name, value) in fields {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Parses `bytes=a-` and `bytes=a-b`, the forms that FFmpeg uses; returns `None` for a range that begins beyond the
/// end.
fn parse(wanted: &str, bytes: u64) -> Option<Range<u64>> {
    let (first, last) = wanted.strip_prefix("bytes=")?.split_once('-')?;
    let start: u64 = first.parse().ok()?;
    let end = match last {
        "" => bytes,
        last => last.parse::<u64>().ok()?.saturating_add(1).min(bytes),
    };
    (start < end).then_some(start..end)
}

fn body(served: Served, range: Range<u64>) -> Body {
    let pieces = stream::iter(pieces(range)).map(move |piece| {
        let served = served.clone();
        async move {
            match served
                .store
                .get_range(&served.location, piece, Some(&served.etag))
                .await
            {
                Ok(object) => Ok(object.body),
                Err(error) => {
                    let told = std::io::Error::other(error.to_string());
                    served.trouble.note(error);
                    Err(told)
                }
            }
        }
    });
    Body::from_stream(pieces.buffered(AHEAD))
}

/// Splits a range into pieces of growing size.
fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> + Send {
    let mut at = range.start;
    let mut size = FIRST_PIECE;
    std::iter::from_fn(move || {
        let end = at.saturating_add(size).min(range.end);
        let piece = (at < end).then_some(at..end);
        at = end;
        size = (size * 2).min(LARGEST_PIECE);
        piece
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_object() {
        assert_eq!(parse("bytes=0-", 10), Some(0..10));
        assert_eq!(parse("bytes=4-5", 10), Some(4..6));
        assert_eq!(parse("bytes=4-50", 10), Some(4..10));
        for refused in [
            "bytes=10-",
            "bytes=5-4",
            "bytes=-5",
            "lines=1-2",
            "bytes=a-",
            "",
        ] {
            assert_eq!(parse(refused, 10), None, "{refused}");
        }
    }

    #[test]
    fn pieces_are_the_whole_range() {
        let all: Vec<_> = pieces(5..40_000_000).collect();
        assert_eq!(all.first().map(|piece| piece.start), Some(5));
        assert_eq!(all.last().map(|piece| piece.end), Some(40_000_000));
        assert!(
            all.iter()
                .zip(all.iter().skip(1))
                .all(|(one, next)| one.end == next.start)
        );
    }
}
