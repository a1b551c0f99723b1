//! Refuses audio and video whose bytes are blocked: before anything is made of them, and once more before anything is
//! public, because hours may lie in between.

use std::time::Duration;

use super::delivery::Delivery;
use super::task::Task;
use crate::platform::digest;
use crate::platform::error::Error;
use crate::ports::store::StoreError;
use crate::stages::blocked::{are_blocked, note_digest};
use crate::stages::original::{Original, SOURCE};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, Prefix};
use crate::vocabulary::record::{Content, MediaRecord};

/// The time for reading a file whole: a third of the timeout of transcode-media, 600 s. A file that takes longer has no
/// digest and is published all the same. The largest that is accepted, 20 GiB, needs 107 MB a second.
const READING: Duration = Duration::from_secs(200);

/// The seconds that reading a file whole may take of the engine's time. FFmpeg refuses a film for which its time is too
/// short, so no film may have less of it because it was read first.
const SLOW_SECONDS: i64 = 10;

/// The result of reading a file whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WasRead {
    /// Its bytes are blocked, and nothing of it is public.
    Blocked,
    /// Its bytes are free.
    Free,
    /// Its bytes are free, and to find that out took much of this process's time. The digest is on the record.
    Slowly,
}

impl Delivery {
    /// Reads the upload whole, unless that was done before, and notes its digest on the record.
    pub(super) async fn read_whole(&self, task: &Task<'_>) -> Result<WasRead, Error> {
        let begun = self.clock.now();
        let mut record = task.record.clone();
        let mut result = WasRead::Free;
        if task.content.digest().is_none() {
            let digest = match digest::read(&*self.store, &task.uploaded()?, READING).await {
                Ok(digest) => digest,
                // Whoever reads the upload next decides what follows from that.
                Err(StoreError::Missing | StoreError::Changed) => None,
                Err(error) => return Err(error.into()),
            };
            if let Some(digest) = digest {
                note_digest(&self.records, task.order, &digest).await?;
                if let Some(content) = record.content.as_mut() {
                    content.sha256 = Some(digest.to_string());
                }
                let seconds = self.clock.now().as_second() - begun.as_second();
                if seconds > SLOW_SECONDS {
                    result = WasRead::Slowly;
                }
            }
        }
        if self.must_refuse(&record).await? {
            return Ok(WasRead::Blocked);
        }
        Ok(result)
    }

    /// Returns whether the media's bytes are blocked and nothing of it is public. What was begun to be published before
    /// the bytes were blocked is published whole: a stage takes nothing away.
    pub(super) async fn must_refuse(&self, record: &MediaRecord) -> Result<bool, Error> {
        let content = record.content.as_ref();
        let digests = content.map(Content::digests).unwrap_or_default();
        Ok(are_blocked(&*self.store, &digests).await? && !self.is_begun(record).await?)
    }

    /// Returns whether an object that was made from the bound version is in delivery: the original, which is put first,
    /// or what comes first of the rest.
    async fn is_begun(&self, record: &MediaRecord) -> Result<bool, Error> {
        if let (Some(content), Some(source)) = (&record.content, &record.source) {
            let original = Original {
                record,
                content,
                source,
            };
            if original.stands(&*self.store).await? {
                return Ok(true);
            }
        }
        let (app, media) = (&record.app, &record.media);
        let prefix = Prefix::delivered(Bucket::Delivery, record.visibility, app, media);
        let listing = self.store.list(&prefix, None, 1).await?;
        let Some(first) = listing.objects.first() else {
            return Ok(false);
        };
        let there = self.store.head(&first.location).await?;
        let made_from = there.and_then(|there| there.headers.metadata.get(SOURCE).cloned());
        Ok(made_from.map(|made_from| ETag::new(&made_from)) == record.source)
    }
}
