//! Finds versions of uploads whose event never came, although an earlier version of the same file was dealt with.
//!
//! `validate-upload` judges another version of a rejected file, and notes one of a file that is ready or has failed. So
//! it gets the event that S3 should have sent. It says nothing about media that are suspended or deleted, and neither
//! does this.
//!
//! Records are not read for it, except where a listing shows that a version was put after the record was last written.
//! A version that was put before that, while the one before it was judged or the media was suspended, is looked for at
//! the end of that work: the mark of the work leads to the record, and a rejected record to one more look at the upload.
//! So only this is missed: the lost event of an upload in parts that began before the record was written and took longer
//! than the grace.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::look::later;
use super::verdict::MOST;
use super::{AT_ONCE, Sweeper};
use crate::platform::error::Error;
use crate::ports::store::StoreError;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Begun, Key};
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

impl Sweeper {
    /// Returns the files of which `validate-upload` has not heard that this version was put.
    pub(super) async fn unheeded(
        &self,
        newer: Vec<(UploadedFile, ETag)>,
    ) -> Result<Vec<UploadedFile>, Error> {
        let reads = newer.into_iter().map(async |(file, version)| {
            let key = Key::Media(file.app.clone(), file.media.clone());
            let record = self.records.load::<MediaRecord>(&key).await?;
            let is_unheeded = record.is_some_and(|record| {
                record.value.file_name.as_ref() == Some(&file.name)
                    && record.value.is_news(&version)
            });
            Ok::<_, Error>(is_unheeded.then_some(file))
        });
        let unheeded = stream::iter(reads).buffer_unordered(AT_ONCE);
        unheeded
            .try_filter_map(async |file| Ok(file))
            .try_collect()
            .await
    }

    /// Sends the event of a version that was put before the media came to rest as rejected, and has this looked at
    /// again. Returns whether there is such a version.
    pub(super) async fn renew(
        &self,
        begun: &Begun,
        record: &MediaRecord,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let is_rejected = record.state == State::Rejected && record.generation == begun.generation;
        let Some(name) = record.file_name.clone().filter(|_| is_rejected) else {
            return Ok(false);
        };
        let file = UploadedFile::new(record.app.clone(), record.media.upload(), name);
        let found = match self.store.head(&file.key().location()).await {
            Ok(found) => found,
            Err(StoreError::Unreadable) => None,
            Err(error) => return Err(error.into()),
        };
        let is_news = found.is_some_and(|found| record.is_news(&found.etag));
        if !is_news || begun.sweeps >= MOST {
            return Ok(false);
        }
        let next = later(now, self.grace_seconds.into());
        self.put(begun, next, begun.sweeps.saturating_add(1), 0)
            .await?;
        tracing::warn!(media = %record.media, "no event came for another version of {}, so one is sent", record.media);
        let event = upload::write(&file);
        self.queues.uploads.send(&record.app, &event, 0).await?;
        Ok(true)
    }
}
