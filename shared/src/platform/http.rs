//! A call of the HTTP API, in and out (API Gateway, payload format 2.0).
//!
//! Who may call what is IAM's to decide, before a function is invoked. Everything else about a call is
//! bounded here before it is believed: length, syntax, field names, types.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::body;
use crate::platform::log::Peak;
use crate::platform::problem::{Problem, Refusal, explain};
use crate::vocabulary::names::{App, Media};

/// The longest body that is read, in bytes: 1,000 declared files of 100-byte names fit well.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A call.
#[derive(Debug)]
pub struct Call {
    event: ApiGatewayV2httpRequest,
}

impl Call {
    /// A call, as API Gateway hands it over.
    #[must_use]
    pub fn new(event: ApiGatewayV2httpRequest) -> Self {
        Self { event }
    }

    /// The route that matched, such as `GET /apps/{app}/media`.
    #[must_use]
    pub fn route(&self) -> &str {
        self.event
            .request_context
            .route_key
            .as_deref()
            .unwrap_or_default()
    }

    /// The app in the path.
    ///
    /// # Errors
    /// 400 when it cannot be an app's name.
    pub fn app(&self) -> Result<App, Problem> {
        App::parse(self.path("app")).map_err(|error| Problem::invalid("app", format!("{error}.")))
    }

    /// The media in the path.
    ///
    /// # Errors
    /// 400 when it cannot be a media's id.
    pub fn media(&self) -> Result<Media, Problem> {
        Media::parse(self.path("media"))
            .map_err(|error| Problem::invalid("media", format!("{error}.")))
    }

    /// A parameter of the query string.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.event.query_string_parameters.first(name)
    }

    /// The body, read as JSON; no body reads as `{}`.
    ///
    /// # Errors
    /// 413 when it is too long; 400 with the field's name when it is not what is wanted.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes = self.bytes()?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        body::read(bytes)
    }

    /// Refuses a body where none is read, so that nobody believes in what it says.
    ///
    /// # Errors
    /// 413 when it is too long; 400 when it is anything but empty or `{}`.
    pub fn no_body(&self) -> Result<(), Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.body::<Nothing>().map(|Nothing {}| ())
    }

    /// Who calls: the ARN of the IAM identity that API Gateway has verified.
    #[must_use]
    pub fn caller(&self) -> &str {
        let authorizer = self.event.request_context.authorizer.as_ref();
        let identity = authorizer.and_then(|authorizer| authorizer.iam.as_ref());
        identity
            .and_then(|identity| identity.user_arn.as_deref())
            .unwrap_or("unknown")
    }

    fn bytes(&self) -> Result<Vec<u8>, Problem> {
        let text = self.event.body.as_deref().unwrap_or_default();
        // Base 64 is a third longer; the exact bound is applied to what it holds.
        if text.len() > MAX_BODY_BYTES.saturating_mul(4) / 3 + 4 {
            return Err(Problem::too_long(MAX_BODY_BYTES));
        }
        let bytes = if self.event.is_base64_encoded {
            BASE64.decode(text).map_err(|error| {
                Problem::invalid("", format!("The body is not base 64: {error}."))
            })?
        } else {
            text.as_bytes().to_vec()
        };
        if bytes.len() > MAX_BODY_BYTES {
            Err(Problem::too_long(MAX_BODY_BYTES))
        } else {
            Ok(bytes)
        }
    }

    /// A segment of the path, by its name in the route; nothing when the route has none of that name.
    #[must_use]
    pub fn path(&self, name: &str) -> &str {
        self.event
            .path_parameters
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }
}

/// What a call is answered with.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: serde_json::Result<String>,
}

impl Answer {
    /// A status and a JSON body.
    #[must_use]
    pub fn new(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            body: serde_json::to_string(body),
        }
    }
}

/// The response of a call: its answer, or a problem document. Logged here, once.
#[must_use]
pub fn respond(call: &Call, answered: Result<Answer, Refusal>) -> ApiGatewayV2httpResponse {
    let mut retry_after_seconds = None;
    let mut blocked_by = None;
    let (status, content_type, body) = match answered {
        Ok(answer) => (answer.status, "application/json", answer.body),
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

/// `Link: <…>; rel="blocked-by"` (RFC 7725). The address was checked when it was given.
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
