//! Refuses audio and video whose bytes are blocked: before anything is made of them, and once more before anything is
//! public, because hours may lie in between.

use std::time::Duration;

use super::delivery::Delivery;
use super::task::Task;
use crate::platform::digest;
use crate::platform::error::Error;
use crate::ports::store::StoreError;
use crate::stages::blocked::are_blocked;
use crate::stages::original::SOURCE;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, Prefix};
use crate::vocabulary::record::MediaRecord;

/// The time for reading a file whole: a third of the timeout of transcode-media, 600 s. A file that takes longer has no
/// digest and is published all the same. The largest that is accepted, 20 GiB, needs 107 MB a second.
const READING: Duration = Duration::from_secs(200);

impl Delivery {
    /// Reads the upload whole, notes its digest on the record, and returns whether the media must be refused.
    pub(super) async fn must_refuse_unread(&self, task: &Task<'_>) -> Result<bool, Error> {
        let mut record = task.record.clone();
        if task.content.digest().is_none() {
            let digest = match digest::read(&*self.store, &task.uploaded()?, READING).await {
                Ok(digest) => digest,
                // Whoever reads the upload next decides what follows from that.
                Err(StoreError::Missing | StoreError::Changed) => None,
                Err(error) => return Err(error.into()),
            };
            self.note_digest(task, digest.as_ref()).await?;
            if let Some(content) = record.content.as_mut() {
                content.note_digest(digest.as_ref());
            }
        }
        self.must_refuse(&record).await
    }

    /// Returns whether the media's bytes are blocked and nothing of it is public. What was begun to be published before
    /// the bytes were blocked is published whole: a stage takes nothing away.
    pub(super) async fn must_refuse(&self, record: &MediaRecord) -> Result<bool, Error> {
        let digest = record.content.as_ref().and_then(|content| content.digest());
        Ok(are_blocked(&*self.store, digest.as_ref()).await? && !self.is_begun(record).await?)
    }

    /// Returns whether an object that was made from the bound version is in delivery.
    async fn is_begun(&self, record: &MediaRecord) -> Result<bool, Error> {
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

    async fn note_digest(&self, task: &Task<'_>, digest: Option<&FileDigest>) -> Result<(), Error> {
        let order = task.order;
        let noted = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| {
                if let Some(content) = record.content.as_mut() {
                    content.note_digest(digest);
                }
                Ok(())
            },
        );
        noted.await.map(drop)
    }
}
