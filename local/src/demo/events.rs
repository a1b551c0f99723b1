//! Tells open pages what has become of their files, when it happens.
//!
//! ```text
//! stack ── webhook, signed ──▶ this server ── server-sent event ──▶ each open page, which reads its list again
//! ```
//!
//! At its start the server registers a webhook for the demo app, and has it signed with a new secret, which it keeps in memory. If
//! that fails, the page still sees changes, only later: it also polls what is not settled.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use standardwebhooks::Webhook;
use tokio::sync::{broadcast, watch};

use crate::demo_app::DEMO_APP;
use crate::signed_http::{SignedHttp, SignedHttpError};

/// The name of the webhook at the demo app.
const HOOK: &str = "demo-page";

/// The changes that a page may be behind. One that is further behind reads everything anew.
const CHANGES: usize = 256;

/// The changes that open pages are told.
#[derive(Debug)]
pub(super) struct Events {
    changes: broadcast::Sender<Change>,
    stopping: watch::Receiver<bool>,
    secret: OnceLock<String>,
}

/// A change of a media.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Change {
    #[serde(rename = "type")]
    kind: String,
    subject: String,
}

/// The reasons why no webhook could be registered.
#[derive(Debug, thiserror::Error)]
enum HookError {
    #[error("the API does not answer")]
    Unreachable(#[from] SignedHttpError),
    #[error("the API answered {0} to the registration of a webhook")]
    Refused(u16),
    #[error("the API's answer cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

#[derive(Debug, Deserialize)]
struct Registered {
    secret: Option<String>,
}

impl Events {
    /// Makes a server's events. They end when `stopping` becomes true.
    pub(super) fn new(stopping: watch::Receiver<bool>) -> Self {
        Self {
            changes: broadcast::channel(CHANGES).0,
            stopping,
            secret: OnceLock::new(),
        }
    }

    /// Registers the webhook that leads to this server. Errors are logged.
    pub(super) async fn subscribe(&self, admin: &SignedHttp, api: &str, address: SocketAddr) {
        match registered(admin, api, address).await {
            Ok(secret) => drop(self.secret.set(secret)),
            Err(error) => tracing::warn!(%error, "the page is not told of changes"),
        }
    }

    /// Reads a webhook, if it was signed with the secret.
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> Option<Change> {
        let webhook = Webhook::new(self.secret.get()?).ok()?;
        webhook.verify(body, headers).ok()?;
        serde_json::from_slice(body).ok()
    }
}

/// Registers the webhook, and returns its secret. Only a new webhook has a secret to show, so the one of an earlier run goes.
async fn registered(
    admin: &SignedHttp,
    api: &str,
    address: SocketAddr,
) -> Result<String, HookError> {
    let hook = format!("{api}/admin/apps/{DEMO_APP}/webhooks/{HOOK}");
    let body = json!({"url": format!("http://{address}/hooks")}).to_string();
    match ask(admin, Method::DELETE, &hook, String::new()).await {
        Ok(_) | Err(HookError::Refused(404)) => {}
        Err(error) => return Err(error),
    }
    let put = ask(admin, Method::PUT, &hook, body).await?;
    put.secret.ok_or(HookError::Refused(200))
}

async fn ask(
    admin: &SignedHttp,
    method: Method,
    url: &str,
    body: String,
) -> Result<Registered, HookError> {
    let headers = [("content-type", "application/json")];
    let answer = admin.send(method, url, &headers, body).await?;
    match answer.status {
        200 | 201 => Ok(serde_json::from_str(&answer.body)?),
        status => Err(HookError::Refused(status)),
    }
}

/// `POST /hooks`: a webhook of the stack's.
pub(super) async fn receive(
    State(events): State<Arc<Events>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match events.read(&headers, &body) {
        Some(change) => {
            // Nobody need be listening.
            let _listening = events.changes.send(change);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::UNAUTHORIZED,
    }
}

/// `GET /api/events`: a server-sent event for each change, with the media's id as its data.
pub(super) async fn follow(
    State(events): State<Arc<Events>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let begin = (events.changes.subscribe(), events.stopping.clone());
    let changes = stream::unfold(begin, async |(mut changes, mut stopping)| {
        let change = tokio::select! {
            change = changes.recv() => change,
            _ = stopping.wait_for(|stopping| *stopping) => return None,
        };
        let event = match change {
            Ok(change) => Event::default().event(change.kind).data(change.subject),
            Err(broadcast::error::RecvError::Lagged(_)) => Event::default().event("many").data(""),
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        Some((Ok(event), (changes, stopping)))
    });
    Sse::new(changes).keep_alive(KeepAlive::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signed(body: &str, secret: &str) -> HeaderMap {
        let now = jiff::Timestamp::now().as_second();
        let signature = Webhook::new(secret)
            .unwrap()
            .sign("id-1", now, body.as_bytes());
        let headers = [
            ("webhook-id", "id-1".to_owned()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signature.unwrap()),
        ];
        let headers = headers.map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        headers.into_iter().collect()
    }

    #[tokio::test]
    async fn only_what_the_stack_has_signed_is_passed_on() {
        let (_stop, stopping) = watch::channel(false);
        let events = Arc::new(Events::new(stopping));
        let body = r#"{"type": "media.ready", "subject": "some-media", "data": {}}"#;
        let send = async |headers: HeaderMap| {
            receive(State(events.clone()), headers, Bytes::from(body)).await
        };
        let mut changes = events.changes.subscribe();
        assert_eq!(send(signed(body, SECRET)).await, StatusCode::UNAUTHORIZED);
        events.secret.set(SECRET.to_owned()).unwrap();
        assert_eq!(send(HeaderMap::new()).await, StatusCode::UNAUTHORIZED);
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(send(signed(body, other)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(send(signed("{}", SECRET)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(send(signed(body, SECRET)).await, StatusCode::NO_CONTENT);
        let change = changes.recv().await.unwrap();
        assert_eq!(
            (change.kind.as_str(), change.subject.as_str()),
            ("media.ready", "some-media")
        );
        assert!(changes.is_empty());
    }
}
