//! Has the manifest of a published document say what its app says.
//!
//! The app's words change on the record, in whatever state the media is, and the record says then that the manifest may be
//! behind. The manifest is put only over the one that was there before a last look at the record. So it cannot come back
//! where the document was withdrawn or moved away: there is nothing to put it over. The record is looked at once more after
//! that, so whoever put what is no longer said puts again. While the document is withdrawn or moved nothing is done; the
//! end of that sends a message here.

use super::Operator;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::store::{Condition, StoreError};
use crate::stages::derived::Derived;
use crate::stages::split::manifest;
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{ChangedMedia, Task};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The number of attempts while others change the record or the manifest.
const ATTEMPTS: u32 = 8;

impl Operator {
    /// Rewrites the manifest, unless it says already what the record says, and has the CDN forget the one before.
    pub(super) async fn retell(&self, begun: &MediaRecord) -> Result<Ending, Error> {
        for _ in 0..ATTEMPTS {
            let object = Derived::new(begun, Item::Manifest);
            let there = match self.store.get(&object.location(), None).await {
                Ok(there) => Some(there),
                Err(StoreError::Missing) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(record) = self.still_ready(begun).await? else {
                return Ok(Ending::Overtaken);
            };
            let Some(there) = there else {
                return Ok(Ending::SettledBefore);
            };
            let text = manifest::retell(&there.body, &record)?;
            if text.is_some() && !record.manifest_behind {
                // Somebody put what was said before. Whoever goes on after a death has to know of it.
                self.note_behind(&record, true).await?;
                continue;
            }
            if let Some(text) = text {
                let (location, headers) = (object.location(), &there.info.headers);
                let condition = Condition::Is(&there.info.etag);
                let put = self.store.put(&location, text.into(), headers, condition);
                match put.await {
                    Ok(_) => {}
                    Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if !record.manifest_behind {
                return Ok(Ending::SettledBefore);
            }
            self.forget(&record).await?;
            if self.note_behind(&record, false).await? {
                return Ok(Ending::Ready);
            }
        }
        Err(Error::Unsteady)
    }

    /// Returns the record, if the media is ready and no operation has begun since.
    async fn still_ready(&self, begun: &MediaRecord) -> Result<Option<MediaRecord>, Error> {
        let key = Key::Media(begun.app.clone(), begun.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let record = found.map(|found| found.value);
        Ok(record
            .filter(|record| record.state == State::Ready && record.generation == begun.generation))
    }

    /// Notes whether the manifest may be behind, unless the app says something else by now. Returns whether it is noted.
    async fn note_behind(&self, told: &MediaRecord, is_behind: bool) -> Result<bool, Error> {
        let is_same = |record: &MediaRecord| {
            record.generation == told.generation && manifest::says_the_same(record, told)
        };
        let noted = self
            .records
            .change_if((&told.app, &told.media), is_same, |record| {
                record.manifest_behind = is_behind;
                Ok(())
            });
        let after = noted.await?.record;
        Ok(after.is_some_and(|record| is_same(&record)))
    }

    async fn forget(&self, record: &MediaRecord) -> Result<(), Error> {
        let changed = ChangedMedia {
            app: record.app.clone(),
            media: record.media.clone(),
            changed_at: record.updated_at,
            again: false,
        };
        let body = message::write(&Task::ForgetChanged(changed))?;
        Ok(self.invalidations.send(&record.app, &body, 0).await?)
    }
}
