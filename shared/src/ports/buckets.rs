//! The buckets that a function knows.

use std::collections::HashMap;

use crate::ports::store::StoreError;
use crate::vocabulary::keys::Bucket;

/// The size above which objects are copied in parts of this size, in bytes (256 MiB). Several parts are copied at once,
/// and each is answered well within the time limit of a call. One request copies at most 5 GiB, and an object has at
/// most 10,000 parts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const COPY_PART_BYTES: u64 = 256 << 20;

/// The names of the buckets that a function knows, and the size of the parts in which it copies large objects.
#[derive(Debug, Clone)]
pub struct Buckets {
    names: HashMap<Bucket, String>,
    copy_part_bytes: u64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            names: HashMap::new(),
            copy_part_bytes: COPY_PART_BYTES,
        }
    }
}

impl Buckets {
    /// Adds the name of a bucket.
    #[must_use]
    pub fn with(mut self, bucket: Bucket, name: &str) -> Self {
        self.names.insert(bucket, name.to_owned());
        self
    }

    /// Copies objects larger than this in parts of this size, in bytes (at least 5 MiB).
    #[must_use]
    pub fn copying_in_parts_of(self, bytes: u64) -> Self {
        Self {
            copy_part_bytes: bytes,
            ..self
        }
    }

    /// Returns the size of the parts, in bytes.
    #[must_use]
    pub fn copy_part_bytes(&self) -> u64 {
        self.copy_part_bytes
    }

    /// Returns the name of a bucket.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the function does not know the bucket.
    pub fn of(&self, bucket: Bucket) -> Result<String, StoreError> {
        let missing = || {
            StoreError::Unavailable(
                format!("the {bucket:?} bucket is not configured for this function").into(),
            )
        };
        self.names.get(&bucket).cloned().ok_or_else(missing)
    }
}
