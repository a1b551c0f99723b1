//! A call of the HTTP API and its response (API Gateway, payload format 2.0).
//!
//! IAM decides who may call what, before a function is invoked. Everything else in a call is checked here before it is
//! used: length, syntax, field names, types.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::body;
use crate::platform::log::Peak;
use crate::platform::problem::{Problem, Refusal, explain};
use crate::vocabulary::names::{AppId, MediaId};

/// The maximum length of a body, in bytes; 1,000 declared files with names of 100 bytes fit well.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A call of the API.
#[derive(Debug)]
pub struct Call {
    event: ApiGatewayV2httpRequest,
}

impl Call {
    /// Creates a call from API Gateway's event.
    #[must_use]
    pub fn new(event: ApiGatewayV2httpRequest) -> Self {
        Self { event }
    }

    /// Returns the route that matched, such as `GET /apps/{app}/media`.
    #[must_use]
    pub fn route(&self) -> &str {
        self.event
            .request_context
            .route_key
            .as_deref()
            .unwrap_or_default()
    }

    /// Returns the app in the path.
    ///
    /// # Errors
    /// 400 if it cannot be an app's name.
    pub fn app(&self) -> Result<AppId, Problem> {
        AppId::parse(self.path("app")).map_err(|error| Problem::invalid("app", format!("{error}.")))
    }

    /// Returns the media in the path.
    ///
    /// # Errors
    /// 400 if it cannot be a media's id.
    pub fn media(&self) -> Result<MediaId, Problem> {
        MediaId::parse(self.path("media"))
            .map_err(|error| Problem::invalid("media", format!("{error}.")))
    }

    /// Returns a parameter of the query string.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.event.query_string_parameters.first(name)
    }

    /// Returns all parameters of the query string. API Gateway joins the values of one that stands twice by a comma.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.event.query_string_parameters.iter()
    }

    /// Reads the body as JSON; a missing body reads as `{}`.
    ///
    /// # Errors
    /// 413 if it is too long; 400 with the field's name if it does not match `T`.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes = self.bytes(MAX_BODY_BYTES)?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        body::read(bytes)
    }

    /// Reads the body as it is.
    ///
    /// # Errors
    /// 413 if it is longer than `most` bytes.
    pub fn text(&self, most: usize) -> Result<Vec<u8>, Problem> {
        self.bytes(most)
    }

    /// Refuses a body on a route that reads none, so that no caller expects its content to have an effect.
    ///
    /// # Errors
    /// 413 if it is too long; 400 if it is anything but empty or `{}`.
    pub fn no_body(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.body::<Nothing>().map(|Nothing {}| ())
    }

    /// Returns the value of a header, if there is one. A value that is no text is empty.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.event.headers.get(name)?;
        Some(value.to_str().unwrap_or_default())
    }

    /// Returns the ARN of the caller's IAM identity, as verified by API Gateway.
    #[must_use]
    pub fn caller(&self) -> &str {
        let authorizer = self.event.request_context.authorizer.as_ref();
        let identity = authorizer.and_then(|authorizer| authorizer.iam.as_ref());
        identity
            .and_then(|identity| identity.user_arn.as_deref())
            .unwrap_or("unknown")
    }

    fn bytes(&self, most: usize) -> Result<Vec<u8>, Problem> {
        let text = self.event.body.as_deref().unwrap_or_default();
        // Base 64 is a third longer than its content, to which the exact limit is applied below.
        if text.len() > most.saturating_mul(4) / 3 + 4 {
            return Err(Problem::too_long(most));
        }
        let bytes = if self.event.is_base64_encoded {
            BASE64.decode(text).map_err(|error| {
                Problem::invalid("", format!("The body is not valid base 64: {error}."))
            })?
        } else {
            text.as_bytes().to_vec()
        };
        if bytes.len() > most {
            Err(Problem::too_long(most))
        } else {
            Ok(bytes)
        }
    }

    /// Returns a segment of the path by its name in the route, or an empty text if the route has no such segment.
    #[must_use]
    pub fn path(&self, name: &str) -> &str {
        self.event
            .path_parameters
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }
}

/// The answer to a call.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: serde_json::Result<String>,
    version: Option<String>,
}

impl Answer {
    /// Creates an answer with a status and a JSON body.
    #[must_use]
    pub fn new(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            body: serde_json::to_string(body),
            version: None,
        }
    }

    /// Creates an answer with a status and a body that is JSON already.
    #[must_use]
    pub fn written(status: u16, body: &str) -> Self {
        Self {
            status,
            body: Ok(body.to_owned()),
            version: None,
        }
    }

    /// Adds the version of what is answered as its `ETag`. It has no quotation marks.
    #[must_use]
    pub fn at(self, version: &str) -> Self {
        Self {
            version: Some(format!("\"{version}\"")),
            ..self
        }
    }
}

/// Answers a call of the API by its route, and logs it once.
pub async fn handle(
    event: ApiGatewayV2httpRequest,
    route: impl AsyncFnOnce(&Call) -> Result<Answer, Refusal>,
) -> ApiGatewayV2httpResponse {
    let call = Call::new(event);
    respond(&call, route(&call).await)
}

fn respond(call: &Call, answered: Result<Answer, Refusal>) -> ApiGatewayV2httpResponse {
    let mut retry_after_seconds = None;
    let mut blocked_by = None;
    let mut version = None;
    let (status, content_type, body) = match answered {
        Ok(answer) => {
            version = answer
                .version
                .and_then(|tag| HeaderValue::from_str(&tag).ok());
            (answer.status, "application/json", answer.body)
        }
        Err(refusal) => {
            let problem = explain(refusal);
            retry_after_seconds = problem.retry_after_seconds;
            blocked_by = problem.blocked_by.as_deref().and_then(authority);
            (
                problem.status,
                "application/problem+json",
                serde_json::to_string(&problem),
            )
        }
    };
    let (route, caller) = (call.route(), call.caller());
    tracing::info!(
        route,
        caller,
        status,
        peak_bytes = Peak::bytes(),
        "{route}: {status}"
    );
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
        .headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(seconds) = retry_after_seconds {
        response
            .headers
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(version) = version {
        response.headers.insert(ETAG, version);
    }
    if let Some(authority) = blocked_by {
        response.headers.insert(LINK, authority);
    }
    match body {
        Ok(text) => response.body = Some(Body::Text(text)),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            response.status_code = 500;
        }
    }
    response
}

/// Returns the header `Link: <…>; rel="blocked-by"` (RFC 7725). The address was checked when it was stored.
fn authority(address: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("<{address}>; rel=\"blocked-by\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(body: &str) -> u16 {
        let mut event = ApiGatewayV2httpRequest::default();
        event.body = Some(body.to_owned());
        let read = Call::new(event).body::<std::collections::BTreeMap<String, u8>>();
        read.map_or_else(|problem| problem.status, |_| 200)
    }

    #[test]
    fn no_body_reads_as_an_empty_object() {
        assert_eq!((status(""), status("{}"), status("[]")), (200, 200, 400));
    }

    #[test]
    fn who_demands_a_suspension_is_named_in_a_header() {
        let problem = Problem {
            status: 451,
            blocked_by: Some("https://authority.example/1".to_owned()),
            ..Problem::unknown_media()
        };
        let call = Call::new(ApiGatewayV2httpRequest::default());
        let answer = respond(&call, Err(problem.into()));
        let link = answer.headers.get(LINK).and_then(|link| link.to_str().ok());
        assert_eq!(answer.status_code, 451);
        assert_eq!(
            link,
            Some("<https://authority.example/1>; rel=\"blocked-by\"")
        );
    }

    #[test]
    fn a_huge_body_is_not_read() {
        assert_eq!(status(&" ".repeat(MAX_BODY_BYTES + 1)), 413);
        assert_eq!(status(&" ".repeat(MAX_BODY_BYTES * 2)), 413);
    }
}
