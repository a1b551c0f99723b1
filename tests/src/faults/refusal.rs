//! The services' own errors for throttling and for internal failures, after which SDKs retry.
//!
//! - S3: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
//! - AWS JSON 1.0 (SQS today): <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
//! - AWS query (STS, and SQS formerly): <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use axum::body::Body;
use http::{Request, Response, StatusCode, header};

use super::plan::Service;

/// The kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Throttled,
    Broken,
}

/// Makes the refusal in the format of the service and of the protocol that the request uses.
pub(super) fn refuse<B>(
    service: Service,
    refusal: Refusal,
    request: &Request<B>,
) -> Response<Body> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_json =
        content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-amz-json"));
    let (status, kind, body) = match (service, refusal) {
        (Service::S3, Refusal::Throttled) => s3(
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        ),
        (Service::S3, Refusal::Broken) => s3(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        (Service::Sqs, Refusal::Throttled) if is_json => json(
            StatusCode::BAD_REQUEST,
            "com.amazonaws.sqs#RequestThrottled",
        ),
        (Service::Sqs | Service::Sts, Refusal::Broken) if is_json => json(
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazon.coral.service#InternalFailure",
        ),
        (Service::Sqs, Refusal::Throttled) => query(StatusCode::BAD_REQUEST, "RequestThrottled"),
        (Service::Sts, Refusal::Throttled) => query(StatusCode::BAD_REQUEST, "Throttling"),
        (Service::Sqs | Service::Sts, Refusal::Broken) => {
            query(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure")
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

type Words = (StatusCode, &'static str, String);

fn s3(status: StatusCode, code: &str, message: &str) -> Words {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>FAULT</RequestId><HostId>FAULT</HostId></Error>"
    );
    (status, "application/xml", body)
}

fn json(status: StatusCode, code: &str) -> Words {
    let body = serde_json::json!({ "__type": code, "message": "The local stack caused this fault on purpose." });
    (status, "application/x-amz-json-1.0", body.to_string())
}

fn query(status: StatusCode, code: &str) -> Words {
    let whose = if status.is_client_error() {
        "Sender"
    } else {
        "Receiver"
    };
    let body = format!(
        "<ErrorResponse><Error><Type>{whose}</Type><Code>{code}</Code><Message>The local stack caused this fault on purpose.</Message></Error><RequestId>FAULT</RequestId></ErrorResponse>"
    );
    (status, "text/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(service: Service, refusal: Refusal, content_type: &str) -> (u16, String) {
        let request = Request::builder().header(header::CONTENT_TYPE, content_type);
        let response = refuse(service, refusal, &request.body(()).unwrap());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn each_service_has_its_own_words() {
        use Refusal::{Broken, Throttled};
        use Service::{S3, Sqs, Sts};
        let (form, json) = (
            "application/x-www-form-urlencoded",
            "application/x-amz-json-1.0",
        );
        for (service, refusal, content_type, status, words) in [
            (
                S3,
                Throttled,
                "image/png",
                503,
                "<Error><Code>SlowDown</Code>",
            ),
            (
                S3,
                Broken,
                "image/png",
                500,
                "<Error><Code>InternalError</Code>",
            ),
            (
                Sqs,
                Throttled,
                json,
                400,
                "\"com.amazonaws.sqs#RequestThrottled\"",
            ),
            (Sqs, Broken, json, 500, "#InternalFailure\""),
            (Sqs, Throttled, form, 400, "<Code>RequestThrottled</Code>"),
            (
                Sts,
                Throttled,
                form,
                400,
                "<Type>Sender</Type><Code>Throttling</Code>",
            ),
            (
                Sts,
                Broken,
                form,
                500,
                "<Type>Receiver</Type><Code>InternalFailure</Code>",
            ),
        ] {
            let (said_status, text) = said(service, refusal, content_type).await;
            assert_eq!(said_status, status, "{service:?} {refusal:?}");
            assert!(text.contains(words), "{service:?} {refusal:?}: {text}");
        }
    }
}
