//! Restricts who may call the server and what the page may do.
//!
//! Whoever may call this server may upload with the app's rights, so it answers only:
//! - requests to its own names: another name that resolves to this machine (DNS rebinding) is refused;
//! - requests from its own page: another site's page open in the same browser is refused, judging by what the browser
//!   says about a request's origin (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site>, or
//!   `Origin` from browsers without it). `curl` sends neither header and is admitted.
//!
//! The content security policy lets the page load files from here, upload to the bucket, and show and play media from
//! the CDN (video segments, which a player passes on as a `blob:`), and nothing else; no inline script or style.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, InvalidHeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Checks requests against the server's own names and adds the page's content security policy.
#[derive(Debug)]
pub(super) struct Guard {
    hosts: [String; 2],
    policy: HeaderValue,
}

impl Guard {
    pub(super) fn new(
        address: SocketAddr,
        uploads: &str,
        cdn: &str,
    ) -> Result<Self, InvalidHeaderValue> {
        // hls.js clears captions by a track of `data:,WEBVTT`.
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {uploads} {cdn}; \
             img-src 'self' blob: {cdn}; media-src blob: data: {cdn}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        Ok(Self {
            hosts: [address.to_string(), format!("localhost:{}", address.port())],
            policy: HeaderValue::from_str(&policy)?,
        })
    }

    fn admits(&self, method: &Method, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        let Some(host) = text(HOST).filter(|host| self.hosts.iter().any(|own| own == host)) else {
            return false;
        };
        if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
            // `none` means the user: a typed address or a bookmark. A link from another site may also open the page.
            let opens_page = method == Method::GET
                && text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
            return matches!(site, "same-origin" | "none") || opens_page;
        }
        text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
    }
}

/// Refuses requests from elsewhere, and adds the page's headers to every answer.
pub(super) async fn check(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    if !guard.admits(request.method(), request.headers()) {
        return (
            StatusCode::FORBIDDEN,
            "Only the demo page itself may use this address\n",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, guard.policy.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let address = "127.0.0.1:8000".parse().unwrap();
        let guard = Guard::new(address, "http://127.0.0.1:4566", "http://127.0.0.1:8080").unwrap();
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        guard.admits(method, &headers.collect())
    }

    #[test]
    fn its_own_page_and_programs_may_ask() {
        let own = ("host", "127.0.0.1:8000");
        assert!(admits(&Method::GET, &[own]));
        assert!(admits(&Method::GET, &[("host", "localhost:8000")]));
        assert!(admits(
            &Method::GET,
            &[own, ("sec-fetch-site", "same-origin")]
        ));
        assert!(admits(&Method::GET, &[own, ("sec-fetch-site", "none")]));
        assert!(admits(
            &Method::GET,
            &[own, ("origin", "http://127.0.0.1:8000")]
        ));
        let link = [
            own,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ];
        assert!(admits(&Method::GET, &link));
        // A form on another site's page navigates, too.
        assert!(!admits(&Method::POST, &link));
    }

    #[test]
    fn other_pages_and_other_names_may_not() {
        let own = ("host", "127.0.0.1:8000");
        assert!(!admits(&Method::GET, &[]));
        assert!(!admits(&Method::GET, &[("host", "evil.example:8000")]));
        assert!(!admits(
            &Method::GET,
            &[own, ("sec-fetch-site", "cross-site")]
        ));
        // Another port of this machine is another site.
        assert!(!admits(
            &Method::GET,
            &[own, ("sec-fetch-site", "same-site")]
        ));
        assert!(!admits(
            &Method::GET,
            &[own, ("origin", "http://127.0.0.1:9000")]
        ));
        assert!(!admits(&Method::GET, &[own, ("origin", "null")]));
    }
}
