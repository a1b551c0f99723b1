//! Copies that S3 makes: in one request, or in parts if the object is large. No byte passes through this machine.
//!
//! Every request names the version that was listed, so a copy is of that version or fails. Nothing of the source's headers,
//! metadata and tags is taken along. A copy in parts that fails is aborted; of a process that died, the bucket's lifecycle
//! removes the parts.

use std::collections::HashMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, MetadataDirective, TaggingDirective,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::listing::Listed;
use crate::failure::Failure;
use crate::upload::put::{parts, refused};

/// Objects up to this size in bytes are copied in one request. S3 takes 5 GiB; a smaller copy answers sooner, and parts are
/// copied at the same time.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
const WHOLE: u64 = 1024 * 1024 * 1024;

/// The size of a part in bytes, if the number of parts allows it.
const PART: u64 = 256 * 1024 * 1024;

/// Parts of one object that are copied at the same time.
const PARTS_AT_ONCE: usize = 4;

/// The characters to encode in a source's key: RFC 3986's unreserved characters and the slash stay as they are.
const NOT_IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The headers of a copy, which replace the source's.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// Its media type.
    pub content_type: Option<String>,
    /// Its metadata.
    pub metadata: HashMap<String, String>,
}

/// The destination of a copy.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// S3 in the region of the bucket.
    pub s3: &'a Client,
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
}

/// Copies an object of `bucket`.
///
/// # Errors
/// [`Failure`]
pub async fn copy(
    (bucket, from): (&str, &Listed),
    to: Target<'_>,
    headers: &Headers,
) -> Result<(), Failure> {
    let source = format!("{bucket}/{}", utf8_percent_encode(&from.key, NOT_IN_PATH));
    if from.bytes <= WHOLE {
        whole(&source, from, to, headers).await
    } else {
        in_parts(&source, from, to, headers).await
    }
}

async fn whole(
    source: &str,
    from: &Listed,
    to: Target<'_>,
    headers: &Headers,
) -> Result<(), Failure> {
    let call = to
        .s3
        .copy_object()
        .copy_source(source)
        .copy_source_if_match(&from.etag)
        .bucket(to.bucket)
        .key(to.key)
        .metadata_directive(MetadataDirective::Replace)
        .tagging_directive(TaggingDirective::Replace)
        .set_content_type(headers.content_type.clone())
        .set_metadata(Some(headers.metadata.clone()));
    call.send().await.map(drop).map_err(|error| refused(&error))
}

async fn in_parts(
    source: &str,
    from: &Listed,
    to: Target<'_>,
    headers: &Headers,
) -> Result<(), Failure> {
    let begin = to
        .s3
        .create_multipart_upload()
        .bucket(to.bucket)
        .key(to.key)
        .set_content_type(headers.content_type.clone())
        .set_metadata(Some(headers.metadata.clone()));
    let begun = begin.send().await.map_err(|error| refused(&error))?;
    let id = begun.upload_id.unwrap_or_default();
    let done = copy_parts(source, from, to, &id).await;
    if done.is_err() {
        let abort = to.s3.abort_multipart_upload().bucket(to.bucket);
        // Best effort: the failure that led here is the one to report.
        drop(abort.key(to.key).upload_id(&id).send().await);
    }
    done
}

async fn copy_parts(source: &str, from: &Listed, to: Target<'_>, id: &str) -> Result<(), Failure> {
    let parts: Vec<CompletedPart> = stream::iter(parts(from.bytes, PART))
        .map(|(number, first, length)| async move {
            let last = first + length - 1;
            let call = to
                .s3
                .upload_part_copy()
                .copy_source(source)
                .copy_source_if_match(&from.etag)
                .copy_source_range(format!("bytes={first}-{last}"))
                .bucket(to.bucket)
                .key(to.key)
                .upload_id(id)
                .part_number(number);
            let copied = call.send().await.map_err(|error| refused(&error))?;
            let etag = copied.copy_part_result.and_then(|part| part.e_tag);
            let part = CompletedPart::builder().part_number(number);
            Ok::<_, Failure>(part.set_e_tag(etag).build())
        })
        .buffered(PARTS_AT_ONCE)
        .try_collect()
        .await?;
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
    let complete = to.s3.complete_multipart_upload().bucket(to.bucket);
    let complete = complete
        .key(to.key)
        .upload_id(id)
        .multipart_upload(parts.build());
    let done = complete.send().await;
    done.map(drop).map_err(|error| refused(&error))
}
