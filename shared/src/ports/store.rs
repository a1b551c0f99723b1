//! The port to S3: what the platform needs of an object store, and no more.
//!
//! Every implementation passes the same contract suite. Conditions are S3's: `If-Match` and `If-None-Match: *`
//! on puts, `If-Match` on reads and deletes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Place, Prefix};

/// [`ObjectStore::head`], `get` and `get_range`. Without `s3:ListBucket` S3 answers 403 for what is absent.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub const READ: Call = Call {
    name: "s3:read",
    actions: &[
        Action::OnResource("s3:GetObject"),
        Action::OnBucket("s3:ListBucket"),
    ],
};

/// [`ObjectStore::put`] where nothing is.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub const PUT_NEW: Call = Call {
    name: "s3:put-new",
    actions: &[Action::OnResource("s3:PutObject")],
};

/// [`ObjectStore::put`] over what is there: `If-Match` reads it.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub const PUT_OVER: Call = Call {
    name: "s3:put-over",
    actions: &[
        Action::OnResource("s3:PutObject"),
        Action::OnResource("s3:GetObject"),
    ],
};

/// [`ObjectStore::delete`]: with an entity tag it needs `s3:GetObject` as well.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html>
pub const DELETE: Call = Call {
    name: "s3:delete",
    actions: &[
        Action::OnResource("s3:DeleteObject"),
        Action::OnResource("s3:GetObject"),
    ],
};

/// [`ObjectStore::copy`], of what is read. Objects carry no tags: nobody's credentials can put one with any.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub const COPY_FROM: Call = Call {
    name: "s3:copy-from",
    actions: &[Action::OnResource("s3:GetObject")],
};

/// [`ObjectStore::copy`], of what is written; in parts when it is large.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
pub const COPY_TO: Call = Call {
    name: "s3:copy-to",
    actions: &[
        Action::OnResource("s3:PutObject"),
        Action::OnResource("s3:AbortMultipartUpload"),
    ],
};

/// [`ObjectStore::versions`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
pub const LIST_VERSIONS: Call = Call {
    name: "s3:list-versions",
    actions: &[Action::OnBucket("s3:ListBucketVersions")],
};

/// [`ObjectStore::erase`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub const ERASE: Call = Call {
    name: "s3:erase",
    actions: &[Action::OnResource("s3:DeleteObjectVersion")],
};

/// [`ObjectStore::list`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub const LIST: Call = Call {
    name: "s3:list",
    actions: &[Action::OnBucket("s3:ListBucket")],
};

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Of this version of the object.
    pub etag: ETag,
    /// Size.
    pub bytes: u64,
    /// The headers it is served with.
    pub headers: Headers,
}

/// The headers and metadata an object is stored with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `x-amz-meta-*`, names without that prefix.
    pub metadata: BTreeMap<String, String>,
}

/// A whole object, or the range of it that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Of the whole object.
    pub info: ObjectInfo,
    /// What was asked for.
    pub body: Bytes,
}

/// What must be true of the place for a put to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// There is nothing (`If-None-Match: *`).
    Absent,
    /// There is exactly this (`If-Match`).
    Is(&'a ETag),
}

/// One page of a listing, in the order of the keys' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// What is there.
    pub objects: Vec<Listed>,
    /// Whether there are more after the last one.
    pub more: bool,
}

impl Listing {
    /// Whole keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().map(|object| object.place.key())
    }
}

/// An object as it was seen: where, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it lies.
    pub place: Place,
    /// Of this version.
    pub etag: ETag,
    /// Size.
    pub bytes: u64,
}

/// A version of an object in a versioned bucket, or a mark of its deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Where it lies.
    pub place: Place,
    /// S3's id of it.
    pub id: String,
}

/// What a store may answer instead.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// 404.
    #[error("there is no such object")]
    Missing,
    /// 412: the condition does not hold.
    #[error("the object is not as the condition wants it")]
    Changed,
    /// 409 `ConditionalRequestConflict`: another write was under way.
    #[error("another write of the object was under way")]
    Conflict,
    /// The object's storage class or encryption does not let it be read. Trying again is of no use.
    #[error("the object is stored so that it cannot be read")]
    Unreadable,
    /// Anything else: throttled, timed out, 5xx, denied, unknown.
    #[error("the store did not do it")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// An object store.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// What lies at a place, or `None`.
    ///
    /// # Errors
    /// `Unreadable` and `Unavailable`.
    async fn head(&self, place: &Place) -> Result<Option<ObjectInfo>, StoreError>;

    /// Reads an object whole.
    ///
    /// # Errors
    /// `Missing`; `Changed` when `if_match` is given and is not its tag; `Unreadable`; `Unavailable`.
    async fn get(&self, place: &Place, if_match: Option<&ETag>) -> Result<Object, StoreError>;

    /// Reads bytes `range` of an object, fewer where it ends before. The range must begin inside.
    ///
    /// # Errors
    /// As [`Self::get`].
    async fn get_range(
        &self,
        place: &Place,
        range: Range<u64>,
        if_match: Option<&ETag>,
    ) -> Result<Object, StoreError>;

    /// Writes an object whole, if `condition` holds.
    ///
    /// # Errors
    /// `Changed` when the condition does not hold; `Missing` when there is nothing to match; `Conflict`; `Unavailable`.
    async fn put(
        &self,
        place: &Place,
        body: Bytes,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError>;

    /// Writes a file whole, as [`Self::put`]; an implementation need not hold it in memory.
    ///
    /// # Errors
    /// As [`Self::put`]; `Unavailable` when the file cannot be read.
    async fn put_file(
        &self,
        place: &Place,
        file: &Path,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        let body = tokio::fs::read(file).await;
        let body = body.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        self.put(place, body.into(), headers, condition).await
    }

    /// Removes an object if it is still this version; nothing to remove is a success.
    ///
    /// # Errors
    /// `Changed` when another version is there; `Conflict`; `Unavailable`.
    async fn delete(&self, place: &Place, if_match: &ETag) -> Result<(), StoreError>;

    /// Copies an object on the store's side, if it is still the version that was seen; over what is at `to`, if
    /// anything is. With its own headers and metadata, or with these.
    ///
    /// # Errors
    /// `Missing` and `Changed`, of what is read; `Unreadable`; `Unavailable`.
    async fn copy(
        &self,
        from: &Listed,
        to: &Place,
        headers: Option<&Headers>,
    ) -> Result<(), StoreError>;

    /// Up to 1,000 versions of the objects of a prefix, marks of deletion included.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn versions(&self, prefix: &Prefix) -> Result<Vec<Version>, StoreError>;

    /// Removes a version for good; none to remove is a success.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn erase(&self, version: &Version) -> Result<(), StoreError>;

    /// Up to `limit` objects of a prefix whose keys come after the key `after`, in the order of their bytes.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Listing, StoreError>;
}
