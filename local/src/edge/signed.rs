//! Behaviours with trusted key groups.
//!
//! Signatures are not verified yet, so every request is refused, as CloudFront refuses one that carries
//! no signature. Verification belongs here: signed URLs and cookies against the key group's public keys.

use axum::body::Body;
use http::{Response, StatusCode};

use super::error_page;

/// CloudFront's answer to a request without a signature.
pub(crate) fn refuse() -> Response<Body> {
    error_page::xml(
        StatusCode::FORBIDDEN,
        "MissingKey",
        "Missing Key-Pair-Id query parameter or cookie value",
    )
}
