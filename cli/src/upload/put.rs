//! Puts a file into the UPLOAD bucket: whole, or in concurrent parts if it is large.
//!
//! A small file is read before it is sent, and not sent if it has changed since it was checked: what arrives becomes a
//! media. Parts are read from disk as they are sent, and not put together if the file has changed meanwhile. S3 checks a
//! CRC-32 of all bytes. Parts of an upload that fails are removed.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;

use super::meter::metered;
use super::source::Source;
use crate::failure::{Failure, causes};
use crate::say::shown::shown;

/// Files of this size in bytes, or larger, are sent in parts: at least two. Smaller ones are held in memory.
const LARGE: u64 = 16 * 1024 * 1024;

/// The size of a part in bytes, if the number of parts allows it: small enough that a broken connection costs little,
/// and over S3's minimum of 5 MiB.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART: u64 = 8 * 1024 * 1024;

/// The most parts of one object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_PARTS: u64 = 10_000;

/// Parts of one file that are sent concurrently.
const PARTS_AT_ONCE: usize = 4;

/// Puts files with the credentials of one grant.
#[derive(Debug, Clone)]
pub struct Putter {
    s3: Client,
    bucket: String,
    /// Key and id of uploads in parts that are neither complete nor removed.
    open: Arc<Mutex<Vec<(String, String)>>>,
}

impl Putter {
    /// Puts files into `bucket`.
    #[must_use]
    pub fn new(s3: Client, bucket: String) -> Self {
        Self {
            s3,
            bucket,
            open: Arc::default(),
        }
    }

    /// Puts `source` under `key`.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn put(&self, source: &Source, key: &str, bar: &ProgressBar) -> Result<(), Failure> {
        if source.bytes >= LARGE {
            self.put_in_parts(source, key, bar).await
        } else {
            self.put_whole(source, key, bar).await
        }
    }

    /// Removes the parts of interrupted uploads. The bucket's lifecycle rule removes the rest.
    pub async fn abandon(&self) {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        let removals = open.iter().map(|(key, id)| self.abort(key, id));
        futures_util::future::join_all(removals).await;
    }

    async fn put_whole(
        &self,
        source: &Source,
        key: &str,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let body = part(source, 0, source.bytes).await?;
        let bytes = body.collect().await.map_err(|error| unreadable(&error))?;
        if !source.is_unchanged() {
            return Err(changed());
        }
        let put = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(metered(bytes.into_bytes().into(), bar));
        put.send().await.map(drop).map_err(|error| refused(&error))
    }

    async fn put_in_parts(
        &self,
        source: &Source,
        key: &str,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let created = self
            .s3
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await
            .map_err(|error| refused(&error))?;
        let id = created.upload_id.unwrap_or_default();
        self.note(key, &id);
        let outcome = self.put_parts(source, key, &id, bar).await;
        if outcome.is_err() {
            self.abort(key, &id).await;
        }
        self.forget(&id);
        outcome
    }

    async fn put_parts(
        &self,
        source: &Source,
        key: &str,
        id: &str,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let mut parts: Vec<CompletedPart> = stream::iter(parts(source.bytes, PART))
            .map(|(number, from, length)| async move {
                let body = part(source, from, length).await?;
                let put = self
                    .s3
                    .upload_part()
                    .bucket(&self.bucket)
                    .key(key)
                    .upload_id(id)
                    .part_number(number)
                    .checksum_algorithm(ChecksumAlgorithm::Crc32)
                    .body(metered(body, bar));
                let done = put.send().await.map_err(|error| refused(&error))?;
                let part = CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(done.e_tag)
                    .set_checksum_crc32(done.checksum_crc32);
                Ok::<_, Failure>(part.build())
            })
            .buffer_unordered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        if !source.is_unchanged() {
            return Err(changed());
        }
        parts.sort_by_key(|part| part.part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let complete = self
            .s3
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(id)
            .multipart_upload(parts.build());
        complete.send().await.map_err(|error| refused(&error))?;
        Ok(())
    }

    async fn abort(&self, key: &str, id: &str) {
        let abort = self
            .s3
            .abort_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(id);
        // Best effort: the failure that led here is the one to report.
        drop(abort.send().await);
    }

    fn note(&self, key: &str, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push((key.to_owned(), id.to_owned()));
    }

    fn forget(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, other)| other != id);
    }
}

async fn part(source: &Source, from: u64, length: u64) -> Result<ByteStream, Failure> {
    let body = ByteStream::read_from()
        .path(&source.path)
        .offset(from)
        .length(Length::Exact(length))
        .build();
    body.await.map_err(|error| unreadable(&error))
}

fn unreadable(error: &aws_sdk_s3::primitives::ByteStreamError) -> Failure {
    Failure::Usage(format!("it can no longer be read: {}", causes(error)))
}

/// Returns number, offset and length of each part: of this size, or as large as they must be.
pub(crate) fn parts(bytes: u64, size: u64) -> impl Iterator<Item = (i32, u64, u64)> {
    let size = size.max(bytes.div_ceil(MOST_PARTS));
    (1..=i32::MAX)
        .zip(0_u64..)
        .map_while(move |(number, place)| {
            let from = place.checked_mul(size)?;
            let length = bytes.checked_sub(from)?.min(size);
            (length > 0).then_some((number, from, length))
        })
}

fn changed() -> Failure {
    Failure::Usage(
        "it was changed during the upload; upload it again when no program writes to it any more"
            .to_owned(),
    )
}

/// Returns the failure for an error of S3.
pub(crate) fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Failure {
    let said = error
        .as_service_error()
        .and_then(|said| Some((said.code()?, said.message().unwrap_or_default())));
    let unavailable = |cause: &str| Failure::Unavailable {
        what: "S3".to_owned(),
        cause: cause.to_owned(),
    };
    match said {
        Some(("SlowDown" | "InternalError" | "ServiceUnavailable", _)) => {
            unavailable("it is busy; try again later")
        }
        Some((code, message)) => Failure::StorageRefused {
            code: shown(code).to_string(),
            message: shown(message).to_string(),
        },
        None => unavailable("it could not be reached, or the connection broke"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_gapless_and_few_enough() {
        for bytes in [
            LARGE,
            LARGE + 1,
            20_000_000,
            PART * 3,
            PART * MOST_PARTS,
            PART * MOST_PARTS + 1,
            5 * 1024 * 1024 * 1024 * 1024,
        ] {
            let mut at = 0;
            let mut last = 0;
            for (number, from, length) in parts(bytes, PART) {
                assert_eq!((number, from), (last + 1, at), "{bytes}");
                (last, at) = (number, from + length);
            }
            assert_eq!(at, bytes);
            assert!((2..=10_000).contains(&last), "{bytes}: {last}");
        }
        let parts: Vec<_> = parts(20_000_000, PART)
            .map(|(_, _, length)| length)
            .collect();
        assert_eq!(parts, [PART, PART, 20_000_000 - 2 * PART]);
    }
}
