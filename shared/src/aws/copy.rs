//! Copies within S3: in one request, or in parts if the object is large.
//!
//! Every request names the version that was seen, so a copy is either of that version or fails. A failed copy in parts
//! is aborted; the bucket's lifecycle removes the parts left behind by a process that died.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, MetadataDirective};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::s3_error::classify;
use crate::ports::store::{Headers, Listed, StoreError};

/// The number of parts that are copied at the same time.
const PARTS_AT_ONCE: usize = 8;

/// The characters to encode: RFC 3986's unreserved characters and the slash stay as they are.
const NOT_IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the header `x-amz-copy-source`: bucket and key, percent-encoded.
pub(super) fn copy_source(bucket: String, key: &str) -> String {
    let key = utf8_percent_encode(key, NOT_IN_PATH);
    format!("{bucket}/{key}")
}

/// A copy to be made.
pub(super) struct Copy<'a> {
    pub(super) client: &'a Client,
    pub(super) source: String,
    pub(super) from: &'a Listed,
    pub(super) bucket: String,
    pub(super) key: &'a str,
}

impl Copy<'_> {
    /// Copies in one request, with these headers or else those of the source.
    pub(super) async fn whole(&self, headers: Option<&Headers>) -> Result<(), StoreError> {
        let call = self
            .client
            .copy_object()
            .copy_source(&self.source)
            .copy_source_if_match(self.from.etag.as_str())
            .bucket(&self.bucket)
            .key(self.key);
        let call = match headers {
            None => call.metadata_directive(MetadataDirective::Copy),
            Some(headers) => call
                .metadata_directive(MetadataDirective::Replace)
                .set_content_type(headers.content_type.clone())
                .set_cache_control(headers.cache_control.clone())
                .set_content_disposition(headers.content_disposition.clone())
                .set_metadata(Some(headers.metadata.clone().into_iter().collect())),
        };
        call.send().await.map(drop).map_err(classify)
    }

    /// Copies in parts of this size in bytes, with these headers.
    pub(super) async fn in_parts(
        &self,
        headers: &Headers,
        part_bytes: u64,
    ) -> Result<(), StoreError> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(self.key)
            .set_content_type(headers.content_type.clone())
            .set_cache_control(headers.cache_control.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_metadata(Some(headers.metadata.clone().into_iter().collect()));
        let begun = begun.send().await.map_err(classify)?;
        let id = begun
            .upload_id
            .ok_or_else(|| StoreError::Unavailable("the answer has no upload id".into()))?;
        let copied = self.finish(&id, part_bytes).await;
        if copied.is_err() {
            let abort = self.client.abort_multipart_upload();
            let abort = abort.bucket(&self.bucket).key(self.key).upload_id(&id);
            if let Err(error) = abort.send().await.map_err(classify) {
                tracing::warn!(cause = %error, "an unfinished copy could not be aborted");
            }
        }
        copied
    }

    async fn finish(&self, id: &str, part_bytes: u64) -> Result<(), StoreError> {
        let numbers = 1..=self.from.bytes.div_ceil(part_bytes.max(1));
        let parts: Vec<_> = stream::iter(numbers.map(|number| self.part(id, number, part_bytes)))
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let call = self.client.complete_multipart_upload();
        let call = call.bucket(&self.bucket).key(self.key).upload_id(id);
        call.multipart_upload(parts)
            .send()
            .await
            .map(drop)
            .map_err(classify)
    }

    async fn part(
        &self,
        id: &str,
        number: u64,
        part_bytes: u64,
    ) -> Result<CompletedPart, StoreError> {
        let first = number.saturating_sub(1).saturating_mul(part_bytes);
        let last = first.saturating_add(part_bytes).min(self.from.bytes) - 1;
        let number =
            i32::try_from(number).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        let call = self
            .client
            .upload_part_copy()
            .copy_source(&self.source)
            .copy_source_if_match(self.from.etag.as_str())
            .copy_source_range(format!("bytes={first}-{last}"))
            .bucket(&self.bucket)
            .key(self.key)
            .upload_id(id)
            .part_number(number);
        let copied = call.send().await.map_err(classify)?;
        let etag = copied.copy_part_result.and_then(|part| part.e_tag);
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(etag)
            .build())
    }
}
