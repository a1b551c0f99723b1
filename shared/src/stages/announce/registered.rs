//! Tells that an app was registered: for the first time, or again after its registration was removed.
//!
//! A registration is known by the time at which it was made, which stays when it is changed. The cursor says which one was
//! told last, and under which number. It stays when the registration is removed, so the numbers of an app go on.
//!
//! An event that was frozen by a process that died then is sent as it is, also if the app was registered anew since. The new
//! registration gets the next number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Announcer, CloudEvent};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::json;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::change::APP_REGISTERED;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::AppId;

/// The most events that are sent for one message: one that was frozen before, and the one of the registration as it is.
const AT_ONCE: u32 = 2;

/// The registration of an app that was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// The number of the event.
    seq: u32,
    /// The time at which the app was registered.
    created_at: Timestamp,
}

impl Announcer {
    /// Announces that an app was registered, if that was not told.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Bus`], [`Error::Record`], and [`Error::Contended`] if another process has advanced the
    /// cursor, or there is more to tell. Whatever was done stays done.
    pub async fn announce_app(&self, app: &AppId) -> Result<Ending, Error> {
        let found = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        let Some(record) = found.map(|found| found.value) else {
            return Ok(Ending::NothingToAnnounce);
        };
        let place = Key::AnnouncedApp(app.clone()).location();
        let mut ending = Ending::NothingToAnnounce;
        for _ in 0..AT_ONCE {
            let cursor = json::get::<Told>(&*self.store, &place).await?.unzip();
            let (last, etag) = cursor;
            if last.as_ref().map(|last| last.created_at) == Some(record.created_at) {
                return Ok(ending);
            }
            let seq = last.map_or(0, |last| last.seq).saturating_add(1);
            let created_at = self.tell(app, &record, seq).await?;
            let told = Told { seq, created_at };
            let written = json::replace(&*self.store, &place, &told, etag.as_ref());
            if written.await?.is_none() {
                return Err(Error::Contended { attempts: 1 });
            }
            ending = Ending::Announced;
            if created_at == record.created_at {
                return Ok(ending);
            }
        }
        Err(Error::Contended { attempts: AT_ONCE })
    }

    /// Freezes an event and hands it to the bus. Returns when the app was registered that the event tells of.
    async fn tell(&self, app: &AppId, record: &AppRecord, seq: u32) -> Result<Timestamp, Error> {
        let about = (app, app.as_str());
        let event = CloudEvent::new(APP_REGISTERED, about, seq, record.created_at, record);
        let key = Key::AppEvent(app.clone(), seq);
        Ok(self.publish(&key, &event).await?.time)
    }
}
