//! The port to S3, limited to the operations that the platform needs.
//!
//! Every implementation passes the same contract suite. Conditions are S3's: `If-Match` and `If-None-Match: *`
//! on puts, `If-Match` on reads and deletes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{ObjectLocation, Prefix};

/// The call of [`ObjectStore::head`], [`ObjectStore::open`] and [`ObjectStore::get_range`]. Without `s3:ListBucket`, S3
/// answers 403 for a missing object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub const READ: Call = Call {
    name: "s3:read",
    actions: &[
        Action::OnResource("s3:GetObject"),
        Action::OnBucket("s3:ListBucket"),
    ],
};

/// The call of [`ObjectStore::put`] for a new object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub const PUT_NEW: Call = Call {
    name: "s3:put-new",
    actions: &[Action::OnResource("s3:PutObject")],
};

/// The call of [`ObjectStore::put`] for replacing an object; `If-Match` also reads it.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub const PUT_OVER: Call = Call {
    name: "s3:put-over",
    actions: &[
        Action::OnResource("s3:PutObject"),
        Action::OnResource("s3:GetObject"),
    ],
};

/// The call of [`ObjectStore::delete`]. With an entity tag it also needs `s3:GetObject`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html>
pub const DELETE: Call = Call {
    name: "s3:delete",
    actions: &[
        Action::OnResource("s3:DeleteObject"),
        Action::OnResource("s3:GetObject"),
    ],
};

/// The call of [`ObjectStore::copy`] on the source. Objects carry no tags, because no credentials allow putting one
/// with tags.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub const COPY_FROM: Call = Call {
    name: "s3:copy-from",
    actions: &[Action::OnResource("s3:GetObject")],
};

/// The call of [`ObjectStore::copy`] on the destination. Large objects are written in parts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions>
pub const COPY_TO: Call = Call {
    name: "s3:copy-to",
    actions: &[
        Action::OnResource("s3:PutObject"),
        Action::OnResource("s3:AbortMultipartUpload"),
    ],
};

/// The call of [`ObjectStore::versions`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
pub const LIST_VERSIONS: Call = Call {
    name: "s3:list-versions",
    actions: &[Action::OnBucket("s3:ListBucketVersions")],
};

/// The call of [`ObjectStore::get_version`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub const READ_VERSION: Call = Call {
    name: "s3:read-version",
    actions: &[Action::OnResource("s3:GetObjectVersion")],
};

/// The call of [`ObjectStore::erase`]. A call for several versions always needs the permission to delete objects, too.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub const ERASE: Call = Call {
    name: "s3:erase",
    actions: &[
        Action::OnResource("s3:DeleteObject"),
        Action::OnResource("s3:DeleteObjectVersion"),
    ],
};

/// The call of [`ObjectStore::list`].
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub const LIST: Call = Call {
    name: "s3:list",
    actions: &[Action::OnBucket("s3:ListBucket")],
};

/// The properties of an object that are known without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The entity tag of this version.
    pub etag: ETag,
    /// The size of the object.
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
    /// `x-amz-meta-*`; the names are without that prefix.
    pub metadata: BTreeMap<String, String>,
}

/// A whole object, or a requested range of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The properties of the whole object.
    pub info: ObjectInfo,
    /// The object's bytes, or those of the range.
    pub body: Bytes,
}

/// An object whose bytes are still to come.
pub struct Coming {
    /// The properties of the whole object.
    pub info: ObjectInfo,
    /// All bytes that were asked for, in pieces of any size. After an error no more is to be asked for.
    pub pieces: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl Coming {
    /// Waits for all of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn whole(mut self) -> Result<Object, StoreError> {
        let info = self.info;
        let mut body = BytesMut::new();
        while let Some(piece) = self.pieces.try_next().await? {
            body.extend_from_slice(&piece);
        }
        Ok(Object {
            info,
            body: body.freeze(),
        })
    }
}

/// The condition under which a put happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// No object exists at the place (`If-None-Match: *`).
    Absent,
    /// The object at the place has exactly this tag (`If-Match`).
    Is(&'a ETag),
}

/// A page of a listing, ordered by the bytes of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects of this page.
    pub objects: Vec<Listed>,
    /// Whether more objects follow the last one.
    pub more: bool,
}

impl Listing {
    /// Returns the objects' whole keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().map(|object| object.location.key())
    }
}

/// An object in a listing: its place and the version that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The object's place.
    pub location: ObjectLocation,
    /// The entity tag of the version.
    pub etag: ETag,
    /// The size of the object.
    pub bytes: u64,
    /// The time at which this version was written, to the second, if a listing said so. For an object that was uploaded
    /// in parts it is the time at which its upload began.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
    pub written_at: Option<Timestamp>,
}

/// A version of an object in a versioned bucket, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The object's place.
    pub location: ObjectLocation,
    /// S3's id of the version.
    pub id: String,
}

/// The errors of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// 404: the object does not exist.
    #[error("the object does not exist")]
    Missing,
    /// 412: the condition does not hold.
    #[error("the object does not meet the condition of the request")]
    Changed,
    /// 409 `ConditionalRequestConflict`: another write was under way.
    #[error("another write of the object was in progress")]
    Conflict,
    /// The object's storage class or encryption keeps it from being read. A retry is of no use.
    #[error("the object cannot be read because of its storage class or encryption key")]
    Unreadable,
    /// Anything else: throttled, timed out, 5xx, denied, unknown.
    #[error("S3 refused or did not answer the request")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// Turns the error that an object does not exist into `None`.
///
/// # Errors
/// All other errors.
pub fn if_there<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An object store.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Returns the properties of the object at a place, or `None` if there is none.
    ///
    /// # Errors
    /// `Unreadable` and `Unavailable`.
    async fn head(&self, location: &ObjectLocation) -> Result<Option<ObjectInfo>, StoreError>;

    /// Begins to read an object.
    ///
    /// # Errors
    /// `Missing`; `Changed` if `if_match` is given and is not the object's tag; `Unreadable`; `Unavailable`.
    async fn open(
        &self,
        location: &ObjectLocation,
        if_match: Option<&ETag>,
    ) -> Result<Coming, StoreError>;

    /// Reads an object whole.
    ///
    /// # Errors
    /// As [`Self::open`].
    async fn get(
        &self,
        location: &ObjectLocation,
        if_match: Option<&ETag>,
    ) -> Result<Object, StoreError> {
        self.open(location, if_match).await?.whole().await
    }

    /// Reads the bytes `range` of an object, or fewer if the object ends before. The range must begin inside the
    /// object.
    ///
    /// # Errors
    /// As [`Self::open`].
    async fn get_range(
        &self,
        location: &ObjectLocation,
        range: Range<u64>,
        if_match: Option<&ETag>,
    ) -> Result<Object, StoreError>;

    /// Writes a whole object if `condition` holds.
    ///
    /// # Errors
    /// `Changed` if the condition does not hold; `Missing` if there is no object to match; `Conflict`; `Unavailable`.
    async fn put(
        &self,
        location: &ObjectLocation,
        body: Bytes,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError>;

    /// Writes a whole file as [`Self::put`] does; an implementation need not hold it in memory.
    ///
    /// # Errors
    /// As [`Self::put`]; also `Unavailable` if the file cannot be read.
    async fn put_file(
        &self,
        location: &ObjectLocation,
        file: &Path,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        let body = tokio::fs::read(file).await;
        let body = body.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        self.put(location, body.into(), headers, condition).await
    }

    /// Removes an object if it is still this version. Succeeds if there is nothing to remove.
    ///
    /// # Errors
    /// `Changed` if another version is there; `Conflict`; `Unavailable`.
    async fn delete(&self, location: &ObjectLocation, if_match: &ETag) -> Result<(), StoreError>;

    /// Copies an object within the store, if it is still the version that was seen. Replaces any object at `to`. The
    /// copy has these headers and metadata, or if `None` those of the source.
    ///
    /// # Errors
    /// `Missing` and `Changed` for the source; `Unreadable`; `Unavailable`.
    async fn copy(
        &self,
        from: &Listed,
        to: &ObjectLocation,
        headers: Option<&Headers>,
    ) -> Result<(), StoreError>;

    /// Lists up to 1,000 versions of the objects of a prefix whose keys come after the key `after`, including delete
    /// markers. The versions of one key are listed latest first.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn versions(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
    ) -> Result<Vec<Version>, StoreError>;

    /// Reads a version of an object whole, if it is not a delete marker.
    ///
    /// # Errors
    /// `Missing`; `Unreadable`; `Unavailable`.
    async fn get_version(&self, version: &Version) -> Result<Object, StoreError>;

    /// Removes versions of one bucket for good, up to 1,000 in one call. Succeeds if there is none of them.
    ///
    /// # Errors
    /// `Unavailable`; then some of them may be gone.
    async fn erase(&self, versions: &[Version]) -> Result<(), StoreError>;

    /// Lists up to `limit` objects of a prefix whose keys come after the key `after`, ordered by the bytes of the keys.
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
