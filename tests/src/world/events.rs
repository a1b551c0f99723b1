//! Events as Lambda passes them to the functions: messages in batches, calls of the API, and requests by the CDN.

use std::time::{Duration, SystemTime};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use aws_lambda_events::sqs::SqsEvent;
use dozo::vocabulary::message::upload::UploadedFile;
use jiff::Timestamp;
use serde_json::json;

use super::{BULK_UPLOADS, SLOW_PDFS};

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id in SQS.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Deliveries so far, including this one.
    pub attempts: u32,
}

impl Letter {
    /// S3's notification about a file, as a queue message, without a time.
    #[must_use]
    pub fn about(file: &UploadedFile, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            body: json!({"Records": [{"s3": entity(file)}]}).to_string(),
            attempts: 1,
        }
    }

    /// S3's notification about a file that it took at this time.
    #[must_use]
    pub fn about_at(file: &UploadedFile, id: &str, at: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            body: json!({"Records": [{"eventTime": at, "s3": entity(file)}]}).to_string(),
            attempts: 1,
        }
    }

    /// S3's notification about a record with this key, as a queue message.
    #[must_use]
    pub fn about_record(key: &str, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            body: json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string(),
            attempts: 1,
        }
    }

    /// A batch of messages as Lambda passes it.
    ///
    /// # Panics
    /// Never, because the event is well-formed.
    #[allow(clippy::expect_used, reason = "the event is well-formed")]
    #[must_use]
    pub fn batch(letters: &[Self]) -> SqsEvent {
        let records: Vec<_> = letters
            .iter()
            .map(|letter| {
                json!({
                    "messageId": letter.id,
                    "receiptHandle": format!("receipt of {}", letter.id),
                    "body": letter.body,
                    "attributes": {"ApproximateReceiveCount": letter.attempts.to_string()},
                })
            })
            .collect();
        serde_json::from_value(json!({"Records": records})).expect("a well-formed event")
    }

    /// The same, from the queue for slow documents.
    #[must_use]
    pub fn slow_batch(letters: &[Self]) -> SqsEvent {
        Self::batch_from(SLOW_PDFS, letters)
    }

    /// The same, from the queue for bulk uploads.
    #[must_use]
    pub fn bulk_batch(letters: &[Self]) -> SqsEvent {
        Self::batch_from(BULK_UPLOADS, letters)
    }

    fn batch_from(queue: &str, letters: &[Self]) -> SqsEvent {
        let mut event = Self::batch(letters);
        for record in &mut event.records {
            let arn = format!("arn:aws:sqs:us-east-1:000000000000:{queue}");
            record.event_source_arn = Some(arn);
        }
        event
    }
}

/// The part of a notification that names the object.
fn entity(file: &UploadedFile) -> serde_json::Value {
    let key = file.key().to_string();
    let encoded = percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
    json!({"object": {"key": encoded.to_string()}})
}

/// A call of the API as API Gateway passes it: a route such as `GET /apps/{app}/media`, the parameters of its path and
/// query string, and a body.
///
/// # Panics
/// Never, because the event is well-formed.
#[allow(clippy::expect_used, reason = "the event is well-formed")]
#[must_use]
pub fn call(
    route: &str,
    path: &[(&str, &str)],
    query: &[(&str, &str)],
    body: Option<&str>,
) -> ApiGatewayV2httpRequest {
    let map = |pairs: &[(&str, &str)]| -> serde_json::Value {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let (method, template) = route.split_once(' ').unwrap_or((route, ""));
    serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": template,
        "rawQueryString": "",
        "headers": {},
        "queryStringParameters": map(query),
        "pathParameters": map(path),
        "requestContext": {"routeKey": route, "http": {"method": method, "path": template}},
        "body": body,
        "isBase64Encoded": false,
    }))
    .expect("a well-formed event")
}

/// A request by the CDN as a function URL passes it.
///
/// # Panics
/// Never, because the event is well-formed.
#[allow(clippy::expect_used, reason = "the event is well-formed")]
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> LambdaFunctionUrlRequest {
    let headers: serde_json::Map<_, _> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"timeEpoch": 0, "http": {"method": method, "path": path}},
        "isBase64Encoded": false,
    }))
    .expect("a well-formed event")
}

/// Returns a deadline that no test reaches.
#[must_use]
pub fn far() -> SystemTime {
    SystemTime::now() + Duration::from_secs(600)
}
