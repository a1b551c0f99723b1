//! Many objects between S3 and the platform.
//!
//! ```text
//! address: s3://bucket/prefix ──▶ listing: its objects, page by page ──▶ copy: S3 copies one, whole or in parts
//! journal: what an import has done, one line for each thing, so that a second run goes on from there
//! rows: what became of each, as a table, JSON or CSV
//! ```

pub mod address;
pub mod copy;
pub mod journal;
pub mod listing;
pub mod rows;

use crate::failure::Failure;

/// Whether a failure is likely to meet every object.
#[must_use]
pub fn is_general(failure: &Failure) -> bool {
    match failure {
        Failure::StorageRefused { code, .. } => matches!(
            code.as_str(),
            "AccessDenied"
                | "ExpiredToken"
                | "InvalidAccessKeyId"
                | "NoSuchBucket"
                | "SignatureDoesNotMatch"
        ),
        Failure::Unavailable { .. } | Failure::Credentials(_) => true,
        Failure::Usage(_)
        | Failure::Refused(_)
        | Failure::Strange { .. }
        | Failure::Interrupted
        | Failure::Terminal(_) => false,
    }
}
