//! Answers a viewer from a cached answer: HEAD, conditional requests, ranges (RFC 9110, sections 13 and 14).
//!
//! A request for several ranges gets the whole object, which the RFC allows; an invalid `Range` is ignored.

use std::time::SystemTime;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};

use super::store::Entry;

/// Headers that describe a body, which a 304 leaves out.
const ABOUT_THE_BODY: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
];

/// Answers a request with this method and these headers.
pub(crate) fn respond(entry: &Entry, method: &Method, asked: &HeaderMap) -> Response<Body> {
    let mut headers = entry.headers.clone();
    let (status, body) = match entry.status {
        StatusCode::OK if is_unchanged(&entry.headers, asked) => {
            ABOUT_THE_BODY
                .iter()
                .for_each(|name| drop(headers.remove(name)));
            (StatusCode::NOT_MODIFIED, Bytes::new())
        }
        StatusCode::OK if *method == Method::GET && range_applies(&entry.headers, asked) => {
            part(entry, asked, &mut headers)
        }
        status => (status, entry.body.clone()),
    };
    if status != StatusCode::NOT_MODIFIED {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let mut response = Response::new(if *method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(body)
    });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn part(entry: &Entry, asked: &HeaderMap, headers: &mut HeaderMap) -> (StatusCode, Bytes) {
    let length = entry.body.len();
    let range = asked
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .unwrap_or_default();
    let (status, bounds, body) = match single_range(range, length) {
        Range::Ignored => return (StatusCode::OK, entry.body.clone()),
        Range::Unsatisfiable => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            "*".to_owned(),
            Bytes::new(),
        ),
        Range::Bytes(first, last) => (
            StatusCode::PARTIAL_CONTENT,
            format!("{first}-{last}"),
            entry.body.slice(first..=last),
        ),
    };
    if let Ok(value) = HeaderValue::try_from(format!("bytes {bounds}/{length}")) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    (status, body)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Ignored,
    Unsatisfiable,
    /// First and last byte; both exist.
    Bytes(usize, usize),
}

fn single_range(range: &str, length: usize) -> Range {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|spec| spec.trim().split_once('-'))
    else {
        return Range::Ignored;
    };
    let number = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<usize>().unwrap_or(usize::MAX))
    };
    let (first, last) = match (first, last) {
        ("", "") => return Range::Ignored,
        ("", suffix) => match number(suffix) {
            None => return Range::Ignored,
            Some(0) => return Range::Unsatisfiable,
            Some(suffix) => (length.saturating_sub(suffix), usize::MAX),
        },
        (first, "") => match number(first) {
            None => return Range::Ignored,
            Some(first) => (first, usize::MAX),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last),
            _ => return Range::Ignored,
        },
    };
    match length.checked_sub(1) {
        Some(end) if first <= end => Range::Bytes(first, last.min(end)),
        _ => Range::Unsatisfiable,
    }
}

/// Tells whether the viewer has this version already.
fn is_unchanged(kept: &HeaderMap, asked: &HeaderMap) -> bool {
    let etag = text(kept, &header::ETAG);
    if asked.contains_key(header::IF_NONE_MATCH) {
        let lines = asked
            .get_all(header::IF_NONE_MATCH)
            .into_iter()
            .filter_map(|line| line.to_str().ok());
        let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
        return tags.any(|tag| tag == "*" || etag.is_some_and(|etag| weak(tag) == weak(etag)));
    }
    let since = date(asked, &header::IF_MODIFIED_SINCE);
    matches!((since, date(kept, &header::LAST_MODIFIED)), (Some(since), Some(modified)) if modified <= since)
}

/// Tells whether `Range` applies; it does not if `If-Range` names another version.
fn range_applies(kept: &HeaderMap, asked: &HeaderMap) -> bool {
    if !asked.contains_key(header::RANGE) {
        return false;
    }
    let Some(condition) = text(asked, &header::IF_RANGE) else {
        return true;
    };
    match condition.starts_with('"') {
        true => text(kept, &header::ETAG) == Some(condition),
        false => {
            let wanted = date(asked, &header::IF_RANGE);
            wanted.is_some() && wanted == date(kept, &header::LAST_MODIFIED)
        }
    }
}

fn weak(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn answer(method: &Method, asked: &[(&'static str, &'static str)]) -> Response<Body> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"v1\""));
        headers.insert(header::LAST_MODIFIED, HeaderValue::from_static(MODIFIED));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
        let entry = Entry {
            status: StatusCode::OK,
            headers,
            body: Bytes::from_static(b"0123456789"),
            tags: Vec::new(),
            vouched_at: SystemTime::UNIX_EPOCH,
            fresh_until: SystemTime::UNIX_EPOCH,
            stale_on_error: false,
            known_invalidations: 0,
        };
        let mut map = HeaderMap::new();
        for (name, value) in asked {
            map.append(*name, HeaderValue::from_static(value));
        }
        respond(&entry, method, &map)
    }

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-0", Range::Bytes(0, 0)),
            ("bytes=2-4", Range::Bytes(2, 4)),
            ("bytes=7-", Range::Bytes(7, 9)),
            ("bytes=-3", Range::Bytes(7, 9)),
            ("bytes=-99", Range::Bytes(0, 9)),
            ("bytes=5-99999999999999999999999", Range::Bytes(5, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=99999999999999999999999-", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=4-2", Range::Ignored),
            ("bytes=0-1,3-4", Range::Ignored),
            ("bytes=-", Range::Ignored),
            ("bytes=a-b", Range::Ignored),
            ("bytes=+1-2", Range::Ignored),
            ("items=0-1", Range::Ignored),
        ] {
            assert_eq!(single_range(range, 10), expected, "{range}");
        }
        assert_eq!(
            single_range("bytes=0-", 0),
            Range::Unsatisfiable,
            "an empty object has no byte 0"
        );
    }

    #[test]
    fn conditions_ranges_and_head() {
        const TAG: &str = "if-none-match";
        const SINCE: &str = "if-modified-since";
        let part = ("range", "bytes=2-4");
        let old = "Wed, 31 Dec 2025 00:00:00 GMT";
        for (asked, status, length) in [
            (&[][..], 200, Some("10")),
            (&[(TAG, "\"v0\", W/\"v1\"")], 304, None),
            (&[(TAG, "*")], 304, None),
            (&[(TAG, "\"v0\"")], 200, Some("10")),
            (&[(TAG, "\"v0\""), (SINCE, MODIFIED)], 200, Some("10")),
            (&[(SINCE, MODIFIED)], 304, None),
            (&[(SINCE, old)], 200, Some("10")),
            (&[part], 206, Some("3")),
            (&[part, ("if-range", "\"v1\"")], 206, Some("3")),
            (&[part, ("if-range", MODIFIED)], 206, Some("3")),
            (&[part, ("if-range", "\"v0\"")], 200, Some("10")),
            (&[part, (TAG, "*")], 304, None),
            (&[("range", "bytes=10-")], 416, Some("0")),
        ] {
            let response = answer(&Method::GET, asked);
            let sent = response.headers().get(header::CONTENT_LENGTH);
            let sent = sent.map(|value| value.to_str().unwrap());
            assert_eq!(
                (response.status().as_u16(), sent),
                (status, length),
                "{asked:?}"
            );
        }
        let head = answer(&Method::HEAD, &[part]);
        assert_eq!(head.headers().get(header::CONTENT_LENGTH).unwrap(), "10");
        let part = answer(&Method::GET, &[("range", "bytes=-3")]);
        assert_eq!(
            part.headers().get(header::CONTENT_RANGE).unwrap(),
            "bytes 7-9/10"
        );
        let unchanged = answer(&Method::GET, &[(TAG, "*")]);
        assert!(unchanged.headers().contains_key(header::ETAG));
        assert!(!unchanged.headers().contains_key(header::CONTENT_TYPE));
    }
}
