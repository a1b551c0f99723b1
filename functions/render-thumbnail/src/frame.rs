//! Frames an answer for a function URL: as a stream of bytes, or as JSON with the body in base 64.
//!
//! The mode of a function URL is fixed by the template's parameter `ThumbnailInvokeMode`; an answer framed for the
//! other mode would reach viewers with its frame.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use dozo::stages::render::Reply;
use http::StatusCode;
use lambda_runtime::streaming::Body;
use lambda_runtime::{FunctionResponse, MetadataPrelude, StreamResponse};

/// The longest body of a buffered answer, in bytes: Lambda accepts 6 MB of JSON, base 64 turns three bytes into four,
/// and the headers need some room. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_BUFFERED_BYTES: usize = (6 * 1024 * 1024 - 16 * 1024) / 4 * 3;

/// The mode in which a function URL accepts answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokeMode {
    /// Streamed, up to 200 MB.
    ResponseStream,
    /// As a whole, up to 6 MB.
    Buffered,
}

impl InvokeMode {
    /// The modes by their names in the template.
    pub const ALL: [(&'static str, Self); 2] = [
        ("RESPONSE_STREAM", Self::ResponseStream),
        ("BUFFERED", Self::Buffered),
    ];
}

/// Frames an answer for this mode.
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
