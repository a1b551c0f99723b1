//! The answer to a viewer, with the cause that `X-Cache` names.

use axum::body::Body;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};

use super::error_page;

/// The value of `X-Cache`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum XCache {
    Hit,
    RefreshHit,
    Miss,
    Error,
    FunctionGenerated,
    FunctionFailed,
}

impl XCache {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Hit => "Hit from cloudfront",
            Self::RefreshHit => "RefreshHit from cloudfront",
            Self::Miss => "Miss from cloudfront",
            Self::Error => "Error from cloudfront",
            Self::FunctionGenerated => "FunctionGeneratedResponse from cloudfront",
            Self::FunctionFailed => "FunctionExecutionError from cloudfront",
        }
    }
}

/// An answer and its `X-Cache` value.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    pub(crate) from: XCache,
}

impl Answer {
    /// Wraps an answer of the origin or the cache; an error is marked as such, wherever it came from.
    pub(crate) fn new(response: Response<Body>, from: XCache) -> Self {
        let error = response.status().is_client_error() || response.status().is_server_error();
        Self {
            response,
            from: if error { XCache::Error } else { from },
        }
    }

    /// Makes the edge's own refusal.
    pub(crate) fn refusal(status: StatusCode, reason: &str) -> Self {
        Self::new(error_page::html(status, reason), XCache::Error)
    }
}

/// Returns the headers that go to an origin if the answer is not cached: the viewer's own ranges and conditions.
pub(crate) fn conditions(headers: &HeaderMap) -> HeaderMap {
    const PASSED: [HeaderName; 6] = [
        header::RANGE,
        header::IF_RANGE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_UNMODIFIED_SINCE,
    ];
    PASSED
        .iter()
        .filter_map(|name| Some((name.clone(), headers.get(name)?.clone())))
        .collect()
}
