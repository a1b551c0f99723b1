//! Calls the API: signs requests, tries again if that may help, and reads the answers.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::patience::{self, Outcome};
use super::problem::Problem;
use super::signer::Signer;
use super::wire::{Reply, Wire};
use crate::failure::Failure;
use crate::say::shown::shown;

/// The code of a refusal because a quota is used up.
pub const QUOTA: &str = "quota_exceeded";

/// The address of a service and the scope of signatures for it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The base address, without a trailing slash.
    pub url: String,
    /// AWS's name of the service, such as `execute-api`.
    pub service: &'static str,
    /// AWS region.
    pub region: String,
    /// The advice to show if nobody answers there.
    pub advice: &'static str,
}

/// An API (or a service with the same conventions) as seen by one caller.
#[derive(Debug)]
pub struct Api {
    endpoint: Endpoint,
    signer: Signer,
    wire: Wire,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path with its leading slash; made of [`segment`]s.
    pub path: String,
    /// The parameters, sorted by name.
    pub query: Vec<(Cow<'static, str>, String)>,
    /// `application/json`, …
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Bytes,
}

/// A page of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    /// The items of this page.
    pub items: Vec<Value>,
    /// The value of `after` for the next page.
    pub next: Option<String>,
}

impl Request {
    /// Makes a `GET` request without a body.
    #[must_use]
    pub fn get(path: String) -> Self {
        Self {
            method: "GET",
            path,
            ..Self::default()
        }
    }

    /// Makes a request with a JSON body.
    #[must_use]
    pub fn json(method: &'static str, path: String, body: &Value) -> Self {
        Self {
            method,
            path,
            content_type: Some("application/json"),
            body: Bytes::from(body.to_string()),
            ..Self::default()
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self.query.sort_unstable();
        self
    }
}

impl Api {
    /// Calls this endpoint with these credentials.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: SharedCredentialsProvider) -> Self {
        Self {
            endpoint,
            signer: Signer::new(credentials),
            wire: Wire::new(),
        }
    }

    /// Returns the address that is called.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.endpoint.url
    }

    /// Sends a request and returns the answer as JSON.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn call(&self, request: &Request) -> Result<Value, Failure> {
        let body = self.bytes(request).await?;
        serde_json::from_slice(&body).map_err(|error| self.strange(&error.to_string()))
    }

    /// Sends a request and returns the body of a successful answer.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn bytes(&self, request: &Request) -> Result<Bytes, Failure> {
        let mut made = 0;
        loop {
            let reply = self.send(request).await?;
            made += 1;
            let outcome = match &reply {
                Ok(reply) if (200..300).contains(&reply.status) => return Ok(reply.body.clone()),
                Ok(reply) if is_quota(reply) => return Err(self.explain(Ok(reply.clone()))),
                Ok(reply) => Outcome::Answer(reply.status, reply.retry_after.as_deref()),
                Err(_) => Outcome::Silence,
            };
            match patience::wait(made, outcome, rand::random(), SystemTime::now()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(self.explain(reply)),
            }
        }
    }

    /// Returns the items of all pages of a list, of which this request is for the first.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn every(&self, first: &Request) -> Result<Vec<Value>, Failure> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let mut page = self.page(first, after.as_deref()).await?;
            items.append(&mut page.items);
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// Returns the page of a list after that one, or the first; `first` is the request for that.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn page(&self, first: &Request, after: Option<&str>) -> Result<Page, Failure> {
        let mut request = first.clone();
        if let Some(after) = after {
            request = request.with("after", after);
        }
        let mut page: Page = self.read(self.call(&request).await?)?;
        // An API that repeats itself would be asked for ever.
        page.next = page.next.filter(|next| Some(next.as_str()) != after);
        Ok(page)
    }

    /// Reads an answer of the type `T`.
    ///
    /// # Errors
    /// Fails if it is something else.
    pub fn read<T: DeserializeOwned>(&self, answer: Value) -> Result<T, Failure> {
        // serde would also fill a struct from an array.
        if !answer.is_object() {
            return Err(self.strange("it is not a JSON object"));
        }
        serde_json::from_value(answer).map_err(|error| self.strange(&error.to_string()))
    }

    async fn send(&self, request: &Request) -> Result<Result<Reply, String>, Failure> {
        let url = self.url(request);
        let headers: Vec<_> = request
            .content_type
            .map(|value| ("content-type", value))
            .into_iter()
            .collect();
        let scope = (self.endpoint.service, self.endpoint.region.as_str());
        let signed = self
            .signer
            .headers(scope, (request.method, &url), &headers, &request.body)
            .await?;
        let mut built = http::Request::builder().method(request.method).uri(&url);
        for (name, value) in headers {
            built = built.header(name, value);
        }
        for (name, value) in signed {
            built = built.header(name, value);
        }
        // The default format of some services is XML. With this header a service is sure to answer in a format that is
        // read here.
        let built = built.header("accept", "*/*").body(request.body.clone());
        let built =
            built.map_err(|error| Failure::Usage(format!("{url} is not a valid URL: {error}")))?;
        Ok(self.wire.send(built).await)
    }

    fn url(&self, request: &Request) -> String {
        let query: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", segment(name), segment(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!(
            "{}{}{mark}{}",
            self.endpoint.url,
            request.path,
            query.join("&")
        )
    }

    fn explain(&self, reply: Result<Reply, String>) -> Failure {
        let url = &self.endpoint.url;
        match reply {
            Err(cause) => Failure::Unavailable {
                what: format!("{url} does not answer"),
                cause: format!("{}. {}", shown(&cause), self.endpoint.advice),
            },
            Ok(reply) => {
                let problem = Problem::read(reply.status, &reply.body, reply.link.as_deref());
                if matches!(reply.status, 400..500) && (reply.status != 429 || is_quota(&reply)) {
                    Failure::Refused(Box::new(problem))
                } else {
                    Failure::Unavailable {
                        what: format!(
                            "{url} failed to answer the request (status {})",
                            reply.status
                        ),
                        cause: problem.to_string(),
                    }
                }
            }
        }
    }

    fn strange(&self, cause: &str) -> Failure {
        Failure::Strange {
            what: self.endpoint.url.clone(),
            cause: shown(cause).to_string(),
        }
    }
}

/// Whether a quota is used up. That is no matter of seconds, so the request is not sent again.
fn is_quota(reply: &Reply) -> bool {
    reply.status == 429 && Problem::read(reply.status, &reply.body, None).code == QUOTA
}

/// Encodes one segment of a path, or a value, so that nothing in it can end it.
#[must_use]
pub fn segment(text: &str) -> String {
    const PLAIN: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(text, &PLAIN).to_string()
}

/// Returns the path of an app.
#[must_use]
pub fn app_path(app: &str) -> String {
    format!("/apps/{}", segment(app))
}

/// Returns the path of a media.
#[must_use]
pub fn media_path(app: &str, media: &str) -> String {
    format!("{}/media/{}", app_path(app), segment(media))
}
