//! The API calls that the page may make: most as the user `app`, which stands for an app's back end; suspend, restore
//! and retry as the user `admin`, because the page is also its admin's.
//!
//! Answers are passed on unchanged, problem documents included: they are written for an app's users. The browser
//! cannot choose the app, nor any part of a path that is not an id.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::demo_app::DEMO_APP;
use crate::signed_http::SignedHttp;

/// Calls the API as the app and as its admin.
#[derive(Debug)]
pub(super) struct Api {
    app: SignedHttp,
    admin: SignedHttp,
    base: String,
}

/// The query of a list: the position from which it continues.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    after: Option<String>,
}

impl Api {
    pub(super) fn new(app: SignedHttp, admin: SignedHttp, base: String) -> Self {
        Self { app, admin, base }
    }

    /// Sends a request as the app.
    async fn ask(&self, method: Method, rest: &str, body: String) -> Response {
        let url = format!("{}/apps/{DEMO_APP}/{rest}", self.base);
        send(&self.app, method, &url, (JSON, body)).await
    }

    /// Sends captions, or takes them away, as the app.
    async fn ask_for_captions(
        &self,
        method: Method,
        (media, language): (&str, &str),
        body: String,
    ) -> Response {
        if !is_id(media) || !is_language(language) {
            return unknown();
        }
        let of_media = format!("{}/apps/{DEMO_APP}/media/{media}", self.base);
        let url = format!("{of_media}/captions/{language}");
        send(&self.app, method, &url, ("text/vtt", body)).await
    }

    /// Sends a request as the admin.
    async fn ask_as_admin(&self, method: Method, rest: &str, body: String) -> Response {
        let url = format!("{}/admin/apps/{DEMO_APP}/{rest}", self.base);
        send(&self.admin, method, &url, (JSON, body)).await
    }
}

/// The content type of most bodies.
const JSON: &str = "application/json";

async fn send(
    http: &SignedHttp,
    method: Method,
    url: &str,
    (content_type, body): (&str, String),
) -> Response {
    let headers: &[(&str, &str)] = if body.is_empty() {
        &[]
    } else {
        &[("content-type", content_type)]
    };
    match http.send(method, url, headers, body).await {
        Ok(answer) => answered(answer.status, answer.body),
        Err(error) => {
            tracing::warn!(%error, "the API does not answer");
            problem(
                StatusCode::BAD_GATEWAY,
                "unreachable",
                "Dozo does not answer. Is the stack still running?",
            )
        }
    }
}

/// `POST /api/uploads`: the body is that of the API's call; see its description.
pub(super) async fn start_upload(State(api): State<Arc<Api>>, body: Bytes) -> Response {
    match String::from_utf8(body.into()) {
        Ok(body) if !body.is_empty() => api.ask(Method::POST, "uploads", body).await,
        Ok(_) | Err(_) => no_json(),
    }
}

/// `GET /api/uploads/{upload}/media?after=`
pub(super) async fn list_media(
    State(api): State<Arc<Api>>,
    Path(upload): Path<String>,
    Query(from): Query<From>,
) -> Response {
    let after = from.after.unwrap_or_default();
    if !is_id(&upload) || !(after.is_empty() || is_id(&after)) {
        return unknown();
    }
    let after = if after.is_empty() {
        after
    } else {
        format!("&after={after}")
    };
    let rest = format!("media?upload={upload}{after}");
    api.ask(Method::GET, &rest, String::new()).await
}

/// `GET /api/media/{media}`
pub(super) async fn show_media(State(api): State<Arc<Api>>, Path(media): Path<String>) -> Response {
    if !is_id(&media) {
        return unknown();
    }
    let rest = format!("media/{media}");
    api.ask(Method::GET, &rest, String::new()).await
}

/// `POST /api/media/{media}/{grants | visibility | suspend | restore | retry}`: the body is that of the API's call;
/// see its description.
pub(super) async fn act(
    State(api): State<Arc<Api>>,
    Path((media, act)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if !is_id(&media) {
        return unknown();
    }
    let Ok(body) = String::from_utf8(body.into()) else {
        return no_json();
    };
    let rest = format!("media/{media}/{act}");
    match act.as_str() {
        "grants" | "visibility" => api.ask(Method::POST, &rest, body).await,
        "suspend" | "restore" | "retry" => api.ask_as_admin(Method::POST, &rest, body).await,
        _ => unknown(),
    }
}

/// `PUT /api/media/{media}/captions/{language}`: the body is WebVTT or SubRip.
pub(super) async fn put_captions(
    State(api): State<Arc<Api>>,
    Path((media, language)): Path<(String, String)>,
    body: String,
) -> Response {
    api.ask_for_captions(Method::PUT, (&media, &language), body)
        .await
}

/// `DELETE /api/media/{media}/captions/{language}`
pub(super) async fn remove_captions(
    State(api): State<Arc<Api>>,
    Path((media, language)): Path<(String, String)>,
) -> Response {
    api.ask_for_captions(Method::DELETE, (&media, &language), String::new())
        .await
}

/// `DELETE /api/media/{media}`
pub(super) async fn delete_media(
    State(api): State<Arc<Api>>,
    Path(media): Path<String>,
) -> Response {
    if !is_id(&media) {
        return unknown();
    }
    let rest = format!("media/{media}");
    api.ask(Method::DELETE, &rest, String::new()).await
}

fn no_json() -> Response {
    problem(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        "The body is not JSON.",
    )
}

/// Tells whether the text consists of the characters of an id; nothing else is put into a signed path.
fn is_id(text: &str) -> bool {
    let known = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-');
    !text.is_empty() && text.len() <= 64 && text.bytes().all(known)
}

/// Tells whether the text consists of the characters of a language tag.
fn is_language(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(known)
}

fn unknown() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "unknown_media",
        "There is no such media.",
    )
}

fn answered(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    // Some answers contain credentials, so no cache may store them.
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    (status, headers, body).into_response()
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({ "status": status.as_u16(), "code": code, "title": status.canonical_reason(), "detail": detail });
    answered(status.as_u16(), body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_reach_a_path() {
        let cases = [
            ("01m84xax4w0000000000000000-nzv102ymvw7ac", true),
            ("", false),
            ("../../admin/apps", false),
            ("a%2fb", false),
            ("a?b=c", false),
            ("A", false),
        ];
        for (text, known) in cases {
            assert_eq!(is_id(text), known, "{text}");
        }
        assert!(!is_id(&"a".repeat(65)));
    }
}
