//! S3. The IAM actions of each call are declared beside the port, in [`crate::ports::store`].

use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::copy::{Copy, copy_source};
use super::s3_error::classify;
use crate::ports::buckets::Buckets;
use crate::ports::store::{
    Coming, Condition, Headers, Listed, Listing, Object, ObjectInfo, ObjectStore, StoreError,
    Version,
};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{ObjectLocation, Prefix};

/// An object store on S3.
#[derive(Debug, Clone)]
pub struct S3Store {
    pub(super) client: Client,
    pub(super) buckets: Buckets,
}

impl S3Store {
    /// Creates a store over these buckets. With a custom endpoint, buckets are addressed by path, because emulators
    /// have no host names for buckets.
    #[must_use]
    pub fn new(sdk: &SdkConfig, buckets: Buckets) -> Self {
        Self {
            client: Client::from_conf(config(sdk).build()),
            buckets,
        }
    }
}

/// S3 did not delete some objects of a batch.
#[derive(Debug, thiserror::Error)]
#[error("S3 did not delete {objects} objects of a batch: {code}")]
struct RefusedInPart {
    objects: usize,
    code: String,
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

impl S3Store {
    async fn put_stream(
        &self,
        location: &ObjectLocation,
        body: ByteStream,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        let call = self
            .client
            .put_object()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key());
        let call = match condition {
            Condition::Absent => call.if_none_match("*"),
            Condition::Is(etag) => call.if_match(etag.as_str()),
        };
        let metadata = headers.metadata.clone().into_iter().collect();
        let put = call
            .set_content_type(headers.content_type.clone())
            .set_cache_control(headers.cache_control.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_metadata(Some(metadata))
            .body(body)
            .send()
            .await
            .map_err(classify)?;
        tag(put.e_tag)
    }
}

pub(super) fn config(sdk: &SdkConfig) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::from(sdk).force_path_style(sdk.endpoint_url().is_some())
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn head(&self, location: &ObjectLocation) -> Result<Option<ObjectInfo>, StoreError> {
        let call = self
            .client
            .head_object()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key());
        let found = match call.send().await.map_err(classify) {
            Ok(found) => found,
            Err(StoreError::Missing) => return Ok(None),
            Err(error) => return Err(error),
        };
        info(
            found.e_tag,
            found.content_length,
            Headers {
                content_type: found.content_type,
                cache_control: found.cache_control,
                content_disposition: found.content_disposition,
                metadata: found.metadata.unwrap_or_default().into_iter().collect(),
            },
        )
        .map(Some)
    }

    async fn open(
        &self,
        location: &ObjectLocation,
        if_match: Option<&ETag>,
    ) -> Result<Coming, StoreError> {
        let call = self
            .client
            .get_object()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key());
        let call = call.set_if_match(if_match.map(ToString::to_string));
        coming(call.send().await.map_err(classify)?)
    }

    async fn get_range(
        &self,
        location: &ObjectLocation,
        range: Range<u64>,
        if_match: Option<&ETag>,
    ) -> Result<Object, StoreError> {
        let last = range.end.saturating_sub(1);
        let call = self
            .client
            .get_object()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key());
        let call = call
            .range(format!("bytes={}-{last}", range.start))
            .set_if_match(if_match.map(ToString::to_string));
        let mut found = call.send().await.map_err(classify)?;
        // `content_length` is the length of the range; take the object's instead.
        found.content_length = found.content_range.as_deref().and_then(whole_length);
        coming(found)?.whole().await
    }

    async fn put(
        &self,
        location: &ObjectLocation,
        body: Bytes,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        self.put_stream(location, ByteStream::from(body), headers, condition)
            .await
    }

    async fn put_file(
        &self,
        location: &ObjectLocation,
        file: &Path,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        let body = ByteStream::from_path(file).await;
        let body = body.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        self.put_stream(location, body, headers, condition).await
    }

    async fn delete(&self, location: &ObjectLocation, if_match: &ETag) -> Result<(), StoreError> {
        let call = self
            .client
            .delete_object()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key());
        match call
            .if_match(if_match.as_str())
            .send()
            .await
            .map_err(classify)
        {
            Ok(_) | Err(StoreError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn copy(
        &self,
        from: &Listed,
        to: &ObjectLocation,
        headers: Option<&Headers>,
    ) -> Result<(), StoreError> {
        let copy = Copy {
            client: &self.client,
            source: copy_source(
                self.buckets.of(from.location.bucket())?,
                from.location.key(),
            ),
            from,
            bucket: self.buckets.of(to.bucket())?,
            key: to.key(),
        };
        if from.bytes <= self.buckets.copy_part_bytes() {
            return copy.whole(headers).await;
        }
        let own = match headers {
            Some(_) => None,
            None => self.head(&from.location).await?,
        };
        let headers = headers.or(own.as_ref().map(|info| &info.headers));
        copy.in_parts(
            headers.ok_or(StoreError::Missing)?,
            self.buckets.copy_part_bytes(),
        )
        .await
    }

    async fn versions(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
    ) -> Result<Vec<Version>, StoreError> {
        let call = self
            .client
            .list_object_versions()
            .bucket(self.buckets.of(prefix.bucket())?)
            .prefix(prefix.as_str())
            .set_key_marker(after.map(str::to_owned));
        let page = call.send().await.map_err(classify)?;
        let version = |key: Option<String>, id: Option<String>| {
            Some(Version {
                location: ObjectLocation::listed(prefix.bucket(), key?),
                id: id?,
            })
        };
        let marks = page.delete_markers.unwrap_or_default().into_iter();
        let versions = page.versions.unwrap_or_default().into_iter();
        Ok(versions
            .filter_map(|found| version(found.key, found.version_id))
            .chain(marks.filter_map(|found| version(found.key, found.version_id)))
            .collect())
    }

    async fn get_version(&self, version: &Version) -> Result<Object, StoreError> {
        let call = self
            .client
            .get_object()
            .bucket(self.buckets.of(version.location.bucket())?)
            .key(version.location.key())
            .version_id(&version.id);
        coming(call.send().await.map_err(classify)?)?.whole().await
    }

    async fn erase(&self, versions: &[Version]) -> Result<(), StoreError> {
        let Some(first) = versions.first() else {
            return Ok(());
        };
        let mut delete = Delete::builder().quiet(true);
        for version in versions {
            let object = ObjectIdentifier::builder()
                .key(version.location.key())
                .version_id(&version.id);
            delete = delete.objects(object.build().map_err(unavailable)?);
        }
        let call = self
            .client
            .delete_objects()
            .bucket(self.buckets.of(first.location.bucket())?)
            .delete(delete.build().map_err(unavailable)?);
        let answer = call.send().await.map_err(classify)?;
        let refused = answer.errors.unwrap_or_default().into_iter();
        let codes: Vec<_> = refused
            .map(|error| error.code.unwrap_or_default())
            .filter(|code| !matches!(code.as_str(), "NoSuchKey" | "NoSuchVersion"))
            .collect();
        match codes.first() {
            None => Ok(()),
            Some(code) => Err(unavailable(RefusedInPart {
                objects: codes.len(),
                code: code.clone(),
            })),
        }
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Listing, StoreError> {
        let call = self
            .client
            .list_objects_v2()
            .bucket(self.buckets.of(prefix.bucket())?)
            .prefix(prefix.as_str());
        let call = call
            .set_start_after(after.map(str::to_owned))
            .max_keys(i32::from(limit));
        let page = call.send().await.map_err(classify)?;
        Ok(Listing {
            more: page.is_truncated.unwrap_or(false),
            objects: page
                .contents
                .unwrap_or_default()
                .into_iter()
                .filter_map(|object| {
                    Some(Listed {
                        location: ObjectLocation::listed(prefix.bucket(), object.key?),
                        etag: ETag::new(&object.e_tag?),
                        bytes: u64::try_from(object.size?).ok()?,
                        written_at: object
                            .last_modified
                            .and_then(|at| Timestamp::from_second(at.secs()).ok()),
                    })
                })
                .collect(),
        })
    }
}

fn coming(found: GetObjectOutput) -> Result<Coming, StoreError> {
    let headers = Headers {
        content_type: found.content_type,
        cache_control: found.cache_control,
        content_disposition: found.content_disposition,
        metadata: found.metadata.unwrap_or_default().into_iter().collect(),
    };
    let pieces = stream::unfold(found.body, |mut body| async {
        let piece = body.next().await?;
        Some((piece.map_err(unavailable), body))
    });
    Ok(Coming {
        info: info(found.e_tag, found.content_length, headers)?,
        pieces: pieces.boxed(),
    })
}

/// Returns the last number of a header such as `bytes 0-99/1234` (RFC 9110, section 14.4).
fn whole_length(content_range: &str) -> Option<i64> {
    content_range.rsplit_once('/')?.1.parse().ok()
}

fn info(
    etag: Option<String>,
    bytes: Option<i64>,
    headers: Headers,
) -> Result<ObjectInfo, StoreError> {
    let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
    let bytes = bytes.ok_or_else(|| StoreError::Unavailable("the answer has no length".into()))?;
    Ok(ObjectInfo {
        etag: tag(etag)?,
        bytes,
        headers,
    })
}

pub(super) fn tag(etag: Option<String>) -> Result<ETag, StoreError> {
    etag.map(|etag| ETag::new(&etag))
        .ok_or_else(|| StoreError::Unavailable("the answer has no ETag".into()))
}
