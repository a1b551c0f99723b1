//! Requests signed (SigV4) like any client's, and answers with their body read.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::HeaderMap;
use reqwest::Method;
use serde_json::Value;

use super::{Keys, Stack};

/// Signs requests to one service, as one caller.
#[derive(Debug, Clone)]
pub struct Signer {
    http: reqwest::Client,
    identity: Identity,
    region: String,
    service: &'static str,
    base: String,
    ahead: Duration,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Signer {
    pub(super) fn new(stack: &Stack, keys: &Keys, service: &'static str, base: &str) -> Self {
        Self {
            http: stack.http.clone(),
            identity: Identity::from(credentials(keys)),
            region: stack.file.region.clone(),
            service,
            base: base.to_owned(),
            ahead: Duration::ZERO,
        }
    }

    /// Sets a clock that is ahead by this much, as the stack's may be.
    #[must_use]
    pub fn ahead(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
    }

    /// Sends a `GET`; the query is part of `path`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send_bytes(Method::GET, path, &[], Bytes::new()).await
    }

    /// Sends a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.send_text(method, path, &body.to_string()).await
    }

    /// Sends any text with the content type of JSON.
    pub async fn send_text(&self, method: Method, path: &str, body: &str) -> Reply {
        let json = [("content-type", "application/json")];
        let body = Bytes::copy_from_slice(body.as_bytes());
        self.send_bytes(method, path, &json, body).await
    }

    /// Sends a form, as the services of AWS's query protocol take it (`iam`, `sts`).
    pub async fn send_form(&self, body: &str) -> Reply {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = Bytes::copy_from_slice(body.as_bytes());
        self.send_bytes(Method::POST, "/", &form, body).await
    }

    /// Sends any body and headers; any status is an answer.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Reply {
        let url = format!("{}{path}", self.base);
        let signed = self.signature(&method, &url, headers, &body);
        let mut request = self.http.request(method, &url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        Reply::read(request).await
    }

    fn signature(
        &self,
        method: &Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<(String, String)> {
        let mut settings = SigningSettings::default();
        // Only S3 takes the path as it is sent, and wants the body's digest in a header.
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(self.service)
            .time(SystemTime::now() + self.ahead)
            .settings(settings)
            .build()
            .unwrap();
        let request = SignableRequest::new(
            method.as_str(),
            url,
            headers.iter().copied(),
            SignableBody::Bytes(body),
        );
        let (instructions, _signature) = sign(request.unwrap(), &parameters.into())
            .unwrap()
            .into_parts();
        let (headers, _query) = instructions.into_parts();
        headers
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect()
    }
}

pub(super) fn credentials(keys: &Keys) -> Credentials {
    Credentials::new(
        &keys.access_key_id,
        &keys.secret_access_key,
        keys.session_token.clone(),
        None,
        "tests",
    )
}

impl Reply {
    pub(super) async fn read(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.expect("a whole answer"),
        }
    }

    /// Returns a header's value, empty if it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }
}
