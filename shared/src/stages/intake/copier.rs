//! Copies a delivered media into UPLOAD, under the grant that was made for the copy.
//!
//! S3 copies, so no bytes pass through here. The record of the media is read before and after: one that was withdrawn
//! before is not copied, and what was copied of one that is withdrawn meanwhile is removed. Whoever judges the copy looks
//! at the media and at the blocks once more, so it does not matter at which call a process dies.

use super::arrivals::{Arrivals, Wanted};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::store::{Headers, Listed, StoreError};
use crate::stages::blocked::are_blocked;
use crate::vocabulary::keys::{Key, ObjectLocation};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::origin::{CopyOf, Origin};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::state::State;

/// The wait in seconds before a media is looked at again that is being moved: most moves take a minute.
const MOVING_SECONDS: u32 = 60;

/// Copies media.
pub struct Copier {
    /// The place that copies are brought to.
    pub arrivals: Arrivals,
}

/// How the media that is copied stands.
enum Source {
    /// It is delivered, and this is what is copied of it.
    Delivered(ObjectLocation),
    /// It is being moved, and will be delivered again.
    Moves,
    /// It was taken down or deleted.
    Withdrawn,
}

impl Copier {
    /// Copies what the order is about, if its media still waits for it.
    ///
    /// # Errors
    /// Any error that kept it from being copied; the message must then come again.
    pub async fn copy(&self, order: &StageOrder) -> Result<Ending, Error> {
        let (file, of) = match self.arrivals.wanted(order).await? {
            Wanted::File(file, Origin::Copy(of)) => (file, of),
            Wanted::File(_, Origin::Fetch(_)) => return Ok(Ending::Overtaken),
            Wanted::Nothing(ending) => return Ok(ending),
        };
        let from = match self.source(&of).await? {
            Source::Delivered(from) => from,
            Source::Moves => {
                let seconds = MOVING_SECONDS;
                return Err(Error::Busy { seconds });
            }
            Source::Withdrawn => {
                let why = Reason::SourceWithdrawn;
                return self.arrivals.refuse(order, &why).await;
            }
        };
        let store = &*self.arrivals.store;
        if are_blocked(store, &of.digests).await? {
            let why = Reason::BlockedContent;
            return self.arrivals.refuse(order, &why).await;
        }
        let to = file.key().location();
        self.put(from, &to).await?;
        match self.source(&of).await? {
            Source::Delivered(_) | Source::Moves => Ok(Ending::Copied),
            Source::Withdrawn => {
                self.arrivals.remove(&to).await?;
                let why = Reason::SourceWithdrawn;
                self.arrivals.refuse(order, &why).await
            }
        }
    }

    /// Copies an object in the version that is there. Only its media type goes along: it says nothing about where it lies.
    async fn put(&self, from: ObjectLocation, to: &ObjectLocation) -> Result<(), Error> {
        let store = &*self.arrivals.store;
        let there = store.head(&from).await?.ok_or(StoreError::Missing)?;
        let headers = Headers {
            content_type: there.headers.content_type,
            ..Headers::default()
        };
        let from = Listed {
            location: from,
            etag: there.etag,
            bytes: there.bytes,
            written_at: None,
        };
        Ok(store.copy(&from, to, Some(&headers)).await?)
    }

    async fn source(&self, of: &CopyOf) -> Result<Source, Error> {
        let key = Key::Media(of.app.clone(), of.media.clone());
        let Some(found) = self.arrivals.records.load::<MediaRecord>(&key).await? else {
            return Ok(Source::Withdrawn);
        };
        let record = found.value;
        Ok(match (record.state, &record.content) {
            (State::Ready | State::Updating, Some(content)) => {
                Source::Delivered(record.delivered(content.copied()).location())
            }
            (State::Moving, _) => Source::Moves,
            (
                State::Ready
                | State::Updating
                | State::Validating
                | State::Processing
                | State::Rejected
                | State::Failed
                | State::Suspending
                | State::Suspended
                | State::Restoring
                | State::Deleting
                | State::Deleted,
                _,
            ) => Source::Withdrawn,
        })
    }
}
