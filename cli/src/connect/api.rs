//! Calls of the API: signed, tried again while that may help, and understood.

use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::patience::{self, Outcome};
use super::problem::Problem;
use super::signer::Signer;
use super::wire::{Reply, Wire};
use crate::failure::Failure;
use crate::say::shown::shown;

/// Where a request goes and what it is signed for.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Base address, without a slash at the end.
    pub url: String,
    /// AWS's name of the service, such as `execute-api`.
    pub service: &'static str,
    /// AWS region.
    pub region: String,
    /// What to say when nobody answers there.
    pub advice: &'static str,
}

/// An API (or a service that speaks in the same way) as one caller.
#[derive(Debug)]
pub struct Api {
    endpoint: Endpoint,
    signer: Signer,
    wire: Wire,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// With its slash; made of [`segment`]s.
    pub path: String,
    /// In the order of their names.
    pub query: Vec<(&'static str, String)>,
    /// `application/json`, …
    pub content_type: Option<&'static str>,
    /// Its body.
    pub body: Bytes,
}

impl Request {
    /// Without a body.
    #[must_use]
    pub fn get(path: String) -> Self {
        Self {
            method: "GET",
            path,
            ..Self::default()
        }
    }

    /// With a JSON body.
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

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self.query.sort_unstable();
        self
    }
}

impl Api {
    /// As whoever the credentials are.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: SharedCredentialsProvider) -> Self {
        Self {
            endpoint,
            signer: Signer::new(credentials),
            wire: Wire::new(),
        }
    }

    /// The answer, as JSON.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn call(&self, request: &Request) -> Result<Value, Failure> {
        let body = self.bytes(request).await?;
        serde_json::from_slice(&body).map_err(|error| self.strange(&error.to_string()))
    }

    /// The body of a successful answer.
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
                Ok(reply) => Outcome::Answer(reply.status, reply.retry_after.as_deref()),
                Err(_) => Outcome::Silence,
            };
            match patience::wait(made, outcome, rand::random(), SystemTime::now()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(self.explain(reply)),
            }
        }
    }

    /// An answer as this program knows it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read<T: DeserializeOwned>(&self, answer: Value) -> Result<T, Failure> {
        // serde would also fill a struct from an array.
        if !answer.is_object() {
            return Err(self.strange("it is no JSON object"));
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
        // A service's own language is XML; asked so, it is sure to answer in one this program reads.
        let built = built.header("accept", "*/*").body(request.body.clone());
        let built =
            built.map_err(|error| Failure::Usage(format!("{url} is no address: {error}")))?;
        Ok(self.wire.send(built).await)
    }

    fn url(&self, request: &Request) -> String {
        let query: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", segment(value)))
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
                if matches!(reply.status, 400..500) && reply.status != 429 {
                    Failure::Refused(Box::new(problem))
                } else {
                    Failure::Unavailable {
                        what: format!("{url} could not do it (status {})", reply.status),
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

/// One segment of a path, or a value: nothing in it can end it.
#[must_use]
pub fn segment(text: &str) -> String {
    const PLAIN: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(text, &PLAIN).to_string()
}

/// The path of an app.
#[must_use]
pub fn app_path(app: &str) -> String {
    format!("/apps/{}", segment(app))
}

/// The path of a media.
#[must_use]
pub fn media_path(app: &str, media: &str) -> String {
    format!("{}/media/{}", app_path(app), segment(media))
}
