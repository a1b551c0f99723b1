//! A place in S3 that an export is written to, by copies that S3 makes.
//!
//! A copy in parts has another entity tag than the object that it was made of, so each copy has that of its source in its
//! metadata.

use std::collections::HashMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::Original;
use crate::bulk::address::S3Address;
use crate::bulk::copy::{Headers, Target, copy};
use crate::failure::Failure;
use crate::upload::put::refused;

/// The metadata that has the entity tag of the source.
const SOURCE: &str = "dozo-source-etag";

/// The largest record that is compared with a new one, in bytes. A larger one is written again.
const MOST_RECORD_BYTES: usize = 1024 * 1024;

/// A place in S3.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) s3: Client,
    pub(super) address: S3Address,
}

impl Bucket {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.address.prefix)
    }

    /// Writes a text, unless it is there.
    pub(super) async fn text(&self, name: &str, text: &str) -> Result<(), Failure> {
        let key = self.key(name);
        let there = self.s3.get_object().bucket(&self.address.bucket).key(&key);
        if let Ok(there) = there.send().await
            && there
                .content_length
                .is_some_and(|bytes| usize::try_from(bytes) == Ok(text.len()))
            && text.len() <= MOST_RECORD_BYTES
            && let Ok(body) = there.body.collect().await
            && body.into_bytes() == text.as_bytes()
        {
            return Ok(());
        }
        let put = self
            .s3
            .put_object()
            .bucket(&self.address.bucket)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(text.as_bytes().to_vec()));
        put.send().await.map(drop).map_err(|error| refused(&error))
    }

    pub(super) async fn has(&self, original: &Original<'_>) -> Result<bool, Failure> {
        let key = self.key(&original.name);
        let head = self.s3.head_object().bucket(&self.address.bucket).key(key);
        let head = match head.send().await {
            Ok(head) => head,
            // Without s3:ListBucket, what is not there is answered with 403: the copy will say whether it may be made.
            Err(error)
                if error
                    .raw_response()
                    .is_some_and(|raw| matches!(raw.status().as_u16(), 403 | 404)) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(refused(&error)),
        };
        let bytes = head
            .content_length()
            .and_then(|bytes| u64::try_from(bytes).ok());
        let source = head.metadata().and_then(|metadata| metadata.get(SOURCE));
        Ok(bytes == Some(original.object.bytes)
            && source.map(String::as_str) == Some(tag(original)))
    }

    /// Copies an original.
    pub(super) async fn write(&self, original: &Original<'_>) -> Result<(), Failure> {
        let headers = Headers {
            content_type: original.content_type.clone(),
            metadata: HashMap::from([(SOURCE.to_owned(), tag(original).to_owned())]),
        };
        let to = Target {
            s3: &self.s3,
            bucket: &self.address.bucket,
            key: &self.key(&original.name),
        };
        copy((original.bucket, &original.object), to, &headers).await
    }
}

/// Returns the entity tag without its quotes.
fn tag<'a>(original: &'a Original<'_>) -> &'a str {
    original.object.etag.trim_matches('"')
}
