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
        Failure::Terminal(_) => is_of_the_disk(failure),
        Failure::Usage(_)
        | Failure::Refused(_)
        | Failure::Strange { .. }
        | Failure::Interrupted => false,
    }
}

/// Whether this machine's disk takes no more files, so that going on is of no use even if some were written.
#[must_use]
pub fn is_of_the_disk(failure: &Failure) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let Failure::Terminal(error) = failure else {
        return false;
    };
    [StorageFull, ReadOnlyFilesystem, QuotaExceeded].contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_full_disk_meets_every_file_and_a_strange_name_does_not() {
        for (kind, wanted) in [
            (ErrorKind::StorageFull, true),
            (ErrorKind::ReadOnlyFilesystem, true),
            (ErrorKind::QuotaExceeded, true),
            (ErrorKind::NotADirectory, false),
            (ErrorKind::PermissionDenied, false),
        ] {
            let failure = Failure::Terminal(Error::from(kind));
            assert_eq!(is_of_the_disk(&failure), wanted, "{kind}");
            assert_eq!(is_general(&failure), wanted, "{kind}");
        }
    }
}
