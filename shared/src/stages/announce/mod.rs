//! Tells apps what became of their media: each change that an app cares about is an event, which is handed to the bus.
//!
//! No stage has to remember to tell. A change gets its number in the write of the record that makes it
//! ([`What::change`](crate::vocabulary::record::What::change)), and a media has a number for each of its changes from 1
//! on. A message only hints that a record was written. This stage reads the record, and the cursor, which says up to
//! which number everything was handed to the bus. For each number beyond it, in order, it
//!
//! 1. puts the event into RECORDS, if it is not there. This freezes its bytes: whoever sends the event later sends these.
//! 2. hands these bytes to the bus.
//! 3. asks for them to be sent to each webhook of the app, by a message.
//! 4. advances the cursor, unless somebody else has.
//!
//! A process may die after any of these calls. Then the message comes again, or the sweeper hints at the record again,
//! and the next one goes on from the cursor. So each event is sent at least once, and two sendings of one event are the
//! same bytes under the same id. Two processes at the same media send an event twice, but never two events with the same
//! number.
//!
//! The first event of a media decides it, and leaves its first cursor. So an upload whose files were declared is finished
//! when all of them have cursors; `upload` looks for that after each first event.
//!
//! `registered` tells of apps in the same way.
//!
//! An event shows the media as it stood when the event was frozen, which is at the change or after it. The kind and the
//! time of each change are those of the record's history; `past` finds those that it has dropped.

mod cursor;
mod past;
mod registered;
pub mod schema;
mod upload;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::cloud_event::{CONTENT_TYPE, CloudEvent};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::bus::{Bus, Notice};
use crate::ports::queue::Outbox;
use crate::ports::store::{Condition, Headers, ObjectStore, StoreError};
use crate::stages::show::Viewer;
use crate::stages::webhooks::KeptHooks;
use crate::vocabulary::event_id::EventId;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::news::{self, Written};
use crate::vocabulary::names::AppId;
use crate::vocabulary::record::MediaRecord;

pub use cursor::Cursor;

use cursor::Place;
use past::Past;

/// The most events of a media that are sent for one message. Each takes three calls, so this is a few seconds' work.
const AT_ONCE: u32 = 50;

/// The part of a frozen event that is read.
#[derive(Deserialize)]
struct Frozen {
    #[serde(rename = "type")]
    kind: String,
    time: Timestamp,
}

/// Announces changes of media.
pub struct Announcer {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Shows media as the API answers them.
    pub viewer: Viewer,
    /// The bus that events are handed to.
    pub bus: Arc<dyn Bus>,
    /// The queue of hints, for what is left to announce.
    pub hints: Arc<dyn Outbox>,
    /// The webhooks that events are sent to.
    pub webhooks: KeptHooks,
}

impl Announcer {
    /// Announces what is new about a media.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Bus`], [`Error::Queue`], [`Error::Record`], and [`Error::Contended`] if the cursor
    /// could not be advanced. Whatever was done stays done.
    pub async fn announce(&self, written: &Written) -> Result<Ending, Error> {
        let Written { app, media } = written;
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let Some(record) = found.map(|found| found.value).filter(|one| one.seq > 0) else {
            return Ok(Ending::NothingToAnnounce);
        };
        let mut place = Place::find(&*self.store, app, media).await?;
        if !place.cursor.is_behind(&record) {
            return Ok(Ending::NothingToAnnounce);
        }
        let declared = if place.cursor.upload_seen {
            None
        } else {
            self.declared(app, &media.upload()).await?
        };
        let first = place.cursor.seq.saturating_add(1);
        let last = record.seq.min(place.cursor.seq.saturating_add(AT_ONCE));
        let past = Past::of(&*self.store, &record, first..=last).await?;
        let shown = self.viewer.at_rest(record.clone()).await?;
        for seq in first..=last {
            let event = past.event(&record, seq, &shown);
            self.send(app, EventId::Media(media.clone(), seq), &event)
                .await?;
            let upload_seen = declared.is_none();
            let to = Cursor { seq, upload_seen };
            place = place.advance(&*self.store, &to).await?;
        }
        if let Some(declared) = declared {
            self.finish_upload(&record, &declared).await?;
        }
        // Also where the upload's grant is not there any more.
        if !place.cursor.upload_seen {
            let to = Cursor {
                seq: last,
                upload_seen: true,
            };
            place.advance(&*self.store, &to).await?;
        }
        if last < record.seq {
            self.hints.send(app, &news::write(app, media), 0).await?;
            return Ok(Ending::AnnouncedInPart);
        }
        Ok(Ending::Announced)
    }

    /// Freezes an event, hands it to the bus, and asks for it to be sent to the app's webhooks.
    async fn send<D>(&self, app: &AppId, id: EventId, event: &CloudEvent<D>) -> Result<(), Error>
    where
        D: Serialize + Send + Sync,
    {
        let Some(key) = Key::of_event(app, &id) else {
            return Ok(());
        };
        let Frozen { kind, time } = self.publish(&key, event).await?;
        self.webhooks.send(app, &id, &kind, time).await
    }

    /// Freezes an event, and hands it to the bus. Returns the frozen one's type and time, which are another process's if that
    /// one was first.
    async fn publish<D>(&self, key: &Key, event: &CloudEvent<D>) -> Result<Frozen, Error>
    where
        D: Serialize + Send + Sync,
    {
        let body = self.freeze(key, event.write()?).await?;
        let frozen: Frozen = serde_json::from_str(&body).map_err(Error::Answer)?;
        let notice = Notice {
            kind: frozen.kind.clone(),
            at: frozen.time,
            body,
        };
        self.bus.publish(&notice).await?;
        Ok(frozen)
    }

    /// Puts an event, or finds the one that is there. Returns its text.
    async fn freeze(&self, key: &Key, body: String) -> Result<String, Error> {
        let location = key.location();
        let headers = Headers {
            content_type: Some(CONTENT_TYPE.to_owned()),
            ..Headers::default()
        };
        let bytes = Bytes::from(body.clone());
        let put = self
            .store
            .put(&location, bytes, &headers, Condition::Absent);
        match put.await {
            Ok(_) => Ok(body),
            // Another process was first, or is about to be; if that one fails, the message comes again.
            Err(StoreError::Changed | StoreError::Conflict) => {
                let frozen = self.store.get(&location, None).await?;
                Ok(String::from_utf8_lossy(&frozen.body).into_owned())
            }
            Err(error) => Err(error.into()),
        }
    }
}
