//! How an answer leaves the function: as a stream of bytes, or as JSON with the body in base 64.
//!
//! The mode is fixed for a function URL, by the template's parameter `ThumbnailInvokeMode`; an answer in the other
//! mode's frame would reach viewers as it is.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use dozo::stages::render::Reply;
use http::StatusCode;
use lambda_runtime::streaming::Body;
use lambda_runtime::{FunctionResponse, MetadataPrelude, StreamResponse};

/// The longest body of a buffered answer, in bytes: Lambda takes 6 MB of JSON, base 64 makes four of three, and the
/// headers want a little.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_BUFFERED_BYTES: usize = (6 * 1024 * 1024 - 16 * 1024) / 4 * 3;

/// How a function URL takes answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokeMode {
    /// As they come, up to 200 MB.
    ResponseStream,
    /// Whole, up to 6 MB.
    Buffered,
}

impl InvokeMode {
    /// By their names in the template.
    pub const ALL: [(&'static str, Self); 2] = [
        ("RESPONSE_STREAM", Self::ResponseStream),
        ("BUFFERED", Self::Buffered),
    ];
}

/// The answer in its frame.
#[must_use]
pub fn respond(
    mode: InvokeMode,
    reply: Reply,
) -> FunctionResponse<LambdaFunctionUrlResponse, Body> {
    match mode {
        InvokeMode::Buffered => FunctionResponse::BufferedResponse(buffered(&reply)),
        InvokeMode::ResponseStream => FunctionResponse::StreamingResponse(streamed(reply)),
    }
}

fn buffered(reply: &Reply) -> LambdaFunctionUrlResponse {
    let mut response = LambdaFunctionUrlResponse::default();
    response.status_code = i64::from(reply.status);
    response.headers = reply.headers.clone();
    response.body = Some(BASE64.encode(&reply.body));
    response.is_base64_encoded = true;
    response
}

fn streamed(reply: Reply) -> StreamResponse<Body> {
    StreamResponse {
        metadata_prelude: MetadataPrelude {
            status_code: StatusCode::from_u16(reply.status)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: reply.headers,
            cookies: Vec::new(),
        },
        stream: Body::from(reply.body),
    }
}
