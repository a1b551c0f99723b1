//! The port to S3's multipart uploads, for objects of which nobody knows the size, or which do not fit into memory.
//!
//! Parts that are never put together are not an object, and nobody sees them; they are paid for until the bucket's lifecycle
//! removes them.

use async_trait::async_trait;
use bytes::Bytes;

use crate::ports::store::{Headers, StoreError};
use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::ObjectLocation;

/// The call of each method of [`Parts`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
pub const PUT_PARTS: Call = Call {
    name: "s3:put-parts",
    actions: &[
        Action::OnResource("s3:PutObject"),
        Action::OnResource("s3:AbortMultipartUpload"),
    ],
};

/// The bytes of the parts that are put: all parts but the last have at least 5 MiB, and there are 10,000 at most.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const PART_BYTES: usize = 8 << 20;

/// Objects that are put in parts.
#[async_trait]
pub trait Parts: Send + Sync {
    /// Begins an object in parts, and returns the id of its upload.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn begin_parts(
        &self,
        location: &ObjectLocation,
        headers: &Headers,
    ) -> Result<String, StoreError>;

    /// Puts a part; the first has the number 1.
    ///
    /// # Errors
    /// `Missing` if there is no such upload; `Unavailable`.
    async fn put_part(
        &self,
        location: &ObjectLocation,
        upload: &str,
        number: u16,
        body: Bytes,
    ) -> Result<ETag, StoreError>;

    /// Makes the object of the parts with these tags, in their order from number 1 on, if no object is there.
    ///
    /// # Errors
    /// `Changed` if an object is there; `Missing` if there is no such upload, as after one that was ended; `Conflict`;
    /// `Unavailable`.
    async fn end_parts(
        &self,
        location: &ObjectLocation,
        upload: &str,
        parts: &[ETag],
    ) -> Result<ETag, StoreError>;

    /// Removes the parts of an upload that was not ended.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn drop_parts(&self, location: &ObjectLocation, upload: &str) -> Result<(), StoreError>;
}
