//! Fetches from a Lambda function URL behind origin access control.
//!
//! ```text
//! which function has this URL? (once) ─▶ does its policy give both permissions? ─▶ signed for `lambda` ─▶ the function
//! ```
//!
//! The function's policy decides, and is read again for each fetch: this distribution needs
//! `lambda:InvokeFunctionUrl` and, since October 2025, `lambda:InvokeFunction`; otherwise the URL itself answers
//! with 403. Of a request, the function gets only the headers in the cache policy; the host is the one that the
//! stack's front end names. <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;

use super::super::error_page;
use super::policy::Policy;
use super::{Ask, Backend, OriginError};

/// The actions that the distribution needs permission for.
const NEEDED: [&str; 2] = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"];

/// Largest answer of the Lambda API, in bytes: a page of 50 functions with their variables (4 KB each) is smaller.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A function URL as an origin.
#[derive(Debug, Clone)]
pub(crate) struct FunctionUrlOrigin {
    host: String,
    /// Whether the distribution signs its requests (origin access control).
    access_control: bool,
    /// Timeout for the first byte of an answer.
    read_timeout: Duration,
}

/// The function behind a URL.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    name: String,
    arn: String,
}

impl FunctionUrlOrigin {
    /// Returns the function URL that a host name stands for, or `None` if it is not a function URL's.
    pub(crate) fn from_host(
        host: &str,
        access_control: bool,
        read_timeout: Duration,
    ) -> Option<Self> {
        host.contains(".lambda-url.").then(|| Self {
            host: host.to_owned(),
            access_control,
            read_timeout,
        })
    }

    /// Asks the function, if its policy allows this distribution.
    pub(crate) async fn fetch(
        &self,
        backend: &Backend,
        distribution_arn: &str,
        ask: &Ask,
    ) -> Result<Response<Body>, OriginError> {
        if !self.access_control || !self.is_let(backend, distribution_arn).await? {
            return Ok(error_page::xml(
                StatusCode::FORBIDDEN,
                "AccessDenied",
                "The function's policy does not let this distribution invoke its URL.",
            ));
        }
        if !is_signed_well(&ask.path) {
            return Ok(error_page::xml(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                "The path has characters whose signature may not match at a function URL.",
            ));
        }
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(format!("http://{}{}", self.host, ask.path))
            .header(header::HOST, &self.host);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        match request.body(Body::empty()) {
            Ok(request) => backend.send("lambda", request, self.read_timeout).await,
            Err(error) => Err(OriginError::Unreachable(error.to_string())),
        }
    }

    async fn is_let(&self, backend: &Backend, distribution_arn: &str) -> Result<bool, OriginError> {
        let Some(function) = self.function(backend).await? else {
            return Ok(false);
        };
        let path = format!("/2015-03-31/functions/{}/policy", function.name);
        let Some(answer) = self.api(backend, &path).await? else {
            return Ok(false);
        };
        let text = answer
            .get("Policy")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let policy = Policy::parse(text.as_bytes())
            .map_err(|error| OriginError::Unreachable(format!("function policy: {error}")))?;
        Ok(NEEDED
            .iter()
            .all(|action| policy.allows(action, &function.arn, distribution_arn)))
    }

    /// Finds the function of the URL. The result is kept, because a URL belongs to the same function as long as it
    /// exists.
    async fn function(&self, backend: &Backend) -> Result<Option<Function>, OriginError> {
        if let Some(known) = backend.known_function(&self.host) {
            return Ok(Some(known));
        }
        let Some(listed) = self.api(backend, "/2015-03-31/functions/").await? else {
            return Ok(None);
        };
        let functions = listed.get("Functions").and_then(Value::as_array);
        for function in functions.into_iter().flatten() {
            let text = |field: &str| {
                function
                    .get(field)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let (name, arn) = (text("FunctionName"), text("FunctionArn"));
            let path = format!("/2021-10-31/functions/{name}/url");
            let url = self.api(backend, &path).await?;
            let url = url
                .as_ref()
                .and_then(|url| url.get("FunctionUrl")?.as_str());
            if url.is_some_and(|url| {
                url.trim_end_matches('/')
                    .ends_with(&format!("//{}", self.host))
            }) {
                let function = Function { name, arn };
                backend.remember_function(&self.host, &function);
                return Ok(Some(function));
            }
        }
        Ok(None)
    }

    /// Returns an answer of the Lambda API, or `None` if the resource does not exist.
    async fn api(&self, backend: &Backend, path: &str) -> Result<Option<Value>, OriginError> {
        let broken = |error: &dyn std::error::Error| {
            OriginError::Unreachable(format!("Lambda API: {error}"))
        };
        let host = format!("lambda.{}.amazonaws.com", backend.region());
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("http://{host}{path}"))
            .header(header::HOST, host)
            .body(Body::empty())
            .map_err(|error| broken(&error))?;
        let response = backend.send("lambda", request, self.read_timeout).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => {
                return Err(OriginError::Unreachable(format!(
                    "Lambda API: {status} for {path}"
                )));
            }
        }
        let text = to_bytes(response.into_body(), MAX_ANSWER_BYTES)
            .await
            .map_err(|error| broken(&error))?;
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| broken(&error))
    }
}

/// Tells whether a path has unreserved characters only (RFC 3986, 2.3).
///
/// Signatures of other paths were found not to match, so this stand-in refuses all of them:
/// <https://github.com/aws-samples/image-optimization/issues/44>
fn is_signed_well(path: &str) -> bool {
    path.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{FunctionUrlOrigin, is_signed_well};
    use std::time::Duration;

    #[test]
    fn paths_of_unreserved_characters() {
        assert!(is_signed_well(
            "/public/demo/1-a/iiif/image/full/~5emax/0/default.jpg"
        ));
        for path in [
            "/full/^max",
            "/0,0,9,9",
            "/pct:5",
            "/!90",
            "/%5Emax",
            "/a?b",
            "/\u{e9}",
        ] {
            assert!(!is_signed_well(path), "{path}");
        }
    }

    #[test]
    fn function_urls_by_host() {
        for (host, is_one) in [
            ("abc.lambda-url.us-east-1.on.aws", true),
            ("b.s3.us-east-1.amazonaws.com", false),
            ("api.example.com", false),
        ] {
            let origin = FunctionUrlOrigin::from_host(host, true, Duration::ZERO);
            assert_eq!(origin.is_some(), is_one, "{host}");
        }
    }
}
