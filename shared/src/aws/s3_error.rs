//! The classification of S3's errors.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::ports::store::StoreError;

/// Classifies an error by its status and code. An answer to `HEAD` has no body and therefore no code.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(super) fn classify<E>(error: SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    let code = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        .unwrap_or_default();
    match (status, code) {
        (Some(404), "NoSuchBucket") => StoreError::Unavailable(Box::new(error)),
        (Some(404), _) => StoreError::Missing,
        (Some(412), _) => StoreError::Changed,
        (Some(409), "ConditionalRequestConflict") => StoreError::Conflict,
        (Some(403), "InvalidObjectState") => StoreError::Unreadable,
        // The object was put with a customer's key (SSE-C), and the read lacks that key.
        (Some(400), "" | "InvalidRequest") => StoreError::Unreadable,
        _ => StoreError::Unavailable(Box::new(error)),
    }
}
