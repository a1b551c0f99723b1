//! Waits for what viewers are being sent while objects are removed.
//!
//! A request that the CDN sent to S3 before an object was removed may be answered after that, and fill a cache with it. So
//! the CDN is asked for the last time only when such a request cannot be on its way any more: a render's grace after the
//! removal. `quiet_at` says so where the order is carried out at once. It is moved where objects are removed later: the
//! message was late, or a stage that began before has added some. The record says so before they are removed, so that
//! another run, which finds nothing to remove, waits as long.

use super::Operator;
use super::begin::later;
use crate::platform::error::Error;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::Forgets;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

impl Operator {
    /// Moves `quiet_at`, if objects are about to be removed too late for it. Returns the record as it is then, or `None` if
    /// the operation was overtaken.
    ///
    /// # Errors
    /// Fails if the objects could not be listed, or the record not be written.
    pub(super) async fn outlast_viewers(
        &self,
        record: &MediaRecord,
    ) -> Result<Option<MediaRecord>, Error> {
        let by = later(self.clock.now(), self.grace.render_seconds);
        let is_late = record.withdrawal.as_ref().is_some_and(|withdrawal| {
            withdrawal.forgets != Forgets::Never && withdrawal.quiet_at < by
        });
        if !is_late || !self.is_served_yet(record).await? {
            return Ok(Some(record.clone()));
        }
        let changed = self.records.change_if(
            (&record.app, &record.media),
            |now| is_same(now, record),
            |next| {
                if let Some(withdrawal) = next.withdrawal.as_mut() {
                    withdrawal.quiet_at = withdrawal.quiet_at.max(by);
                }
                Ok(())
            },
        );
        let after = changed.await?.record;
        Ok(after.filter(|now| is_same(now, record)))
    }

    /// Returns whether another run has moved `quiet_at` since the record was read.
    ///
    /// # Errors
    /// Fails if the record could not be read.
    pub(super) async fn is_quiet_later(&self, record: &MediaRecord) -> Result<bool, Error> {
        let key = Key::Media(record.app.clone(), record.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let quiet_at = |of: &MediaRecord| of.withdrawal.as_ref().map(|one| one.quiet_at);
        Ok(found.is_none_or(|now| quiet_at(&now.value) != quiet_at(record)))
    }

    /// Returns whether objects are there that viewers must not get any more.
    async fn is_served_yet(&self, record: &MediaRecord) -> Result<bool, Error> {
        let from: &[Visibility] = match record.state {
            State::Suspending | State::Deleting => &Visibility::ALL,
            State::Moving => &[record.visibility.other()],
            // Captions are written over those before them, which nobody must be kept from seeing.
            State::Updating
            | State::Validating
            | State::Processing
            | State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspended
            | State::Restoring
            | State::Deleted => &[],
        };
        for visibility in from {
            let (app, media) = (&record.app, &record.media);
            let prefix = Prefix::delivered(Bucket::Delivery, *visibility, app, media);
            if !self.store.list(&prefix, None, 1).await?.objects.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_same(now: &MediaRecord, record: &MediaRecord) -> bool {
    now.state == record.state && now.generation == record.generation
}
