//! The port to other people's servers, which an app or an admin has named.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::vocabulary::access::Call;
use crate::vocabulary::web_address::WebAddress;

/// The call of [`Web::send`]. It needs no permission of AWS.
pub const CALL: Call = Call {
    name: "web:send",
    actions: &[],
};

/// A request to somebody's server.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address.
    pub address: WebAddress,
    /// The headers, besides `host` and `content-length`.
    pub headers: HeaderMap,
    /// The body; empty if there is none.
    pub body: Bytes,
}

/// A server's answer.
pub struct Response {
    /// The status. Redirects are not followed, so it may be one.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Box<dyn Body>,
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The body of an answer, read piece by piece. It may be endless: whoever reads it counts.
#[async_trait]
pub trait Body: Send {
    /// Waits for the next piece, at most for this time, and returns `None` at the end.
    ///
    /// # Errors
    /// [`WebError`] if the server broke off, or sent nothing in this time.
    async fn next(&mut self, within: Duration) -> Result<Option<Bytes>, WebError>;
}

/// Other people's servers.
#[async_trait]
pub trait Web: Send + Sync {
    /// Sends a request, and waits at most this time for the status and headers of the answer. The server's name is resolved
    /// once; if one of its network addresses is not allowed, nobody is called. A redirect is an answer, and is not followed.
    ///
    /// # Errors
    /// [`WebError`] if there is no answer. The server may have received the request all the same.
    async fn send(&self, request: Request, within: Duration) -> Result<Response, WebError>;
}

/// The reasons why a server did not answer. The texts may be shown to whoever named the server.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The server's name leads to a network address that is not called.
    #[error("the name of the server leads to an address that is not on the public internet")]
    NotPublic,
    /// The server's name leads nowhere.
    #[error("the name of the server is not known")]
    UnknownName,
    /// The server did not answer in time.
    #[error("the server did not answer in time")]
    TooSlow,
    /// The connection could not be made, or broke off.
    #[error("the connection to the server failed")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}
