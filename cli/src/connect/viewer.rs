//! A viewer: fetches from the CDN, unsigned.

use bytes::Bytes;
use http::Method;

use super::wire::Wire;
use crate::failure::Failure;
use crate::say::shown::shown;

/// Fetches as a browser does.
#[derive(Debug)]
pub struct Viewer {
    wire: Wire,
}

/// The answer that a viewer got.
#[derive(Debug)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// `Content-Type`, or nothing.
    pub content_type: String,
    /// `Content-Range`, or nothing.
    pub content_range: String,
    /// The body.
    pub body: Bytes,
}

impl Default for Viewer {
    fn default() -> Self {
        Self { wire: Wire::new() }
    }
}

impl Viewer {
    /// Gets an address, with these headers.
    ///
    /// # Errors
    /// [`Failure`] if there is no answer; one of any status is an answer.
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Fetched, Failure> {
        self.send(Method::GET, url, headers, Bytes::new()).await
    }

    /// Sends a body to an address.
    ///
    /// # Errors
    /// [`Failure`] if there is no answer; one of any status is an answer.
    pub async fn put(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Fetched, Failure> {
        self.send(Method::PUT, url, headers, body.into()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Fetched, Failure> {
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).map_err(|error| Failure::Strange {
            what: "the platform".to_owned(),
            cause: format!("{} is no address: {error}", shown(url)),
        })?;
        let reply = self.wire.send(request).await;
        let reply = reply.map_err(|cause| Failure::Unavailable {
            what: shown(url).to_string(),
            cause: shown(&cause).to_string(),
        })?;
        Ok(Fetched {
            status: reply.status,
            content_type: reply.content_type.unwrap_or_default(),
            content_range: reply.content_range.unwrap_or_default(),
            body: reply.body,
        })
    }
}
