//! The records of the database: JSON objects in the RECORDS bucket, which are changed only by conditional writes.
//!
//! After a lost race (412, 409 or 404), a change is tried again a bounded number of times, each after reading the
//! record anew and a short pause. A write whose answer was lost is recognised by its `write_id` at the next read, so it
//! is not made twice.
//!
//! Before a write that begins work, which is a new generation in a state that is no rest, a mark of the work is put. By
//! these marks a media is found whose message was lost, and one whose app was not told what became of it; only
//! [`crate::stages::sweep`] removes them. Before a write that says when a media expires, a mark of that time is put, too.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::platform::error::Error;
use crate::platform::{json, mark};
use crate::ports::clock::Clock;
use crate::ports::store::ObjectStore;
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::{AppId, MediaId, UploadId};
use crate::vocabulary::record::MediaRecord;

/// The maximum number of tries of one change. The pauses between them add up to at most 1.27 seconds.
const ATTEMPTS: u32 = 8;

/// The maximum of the first pause between tries; the maximum doubles with each further pause.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// A record as it was read, with its version, on which a change must be based.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// The entity tag of the object that it was read from.
    pub etag: ETag,
}

/// The outcome of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The write succeeded.
    Done,
    /// Another writer was first.
    Lost,
}

/// The outcome of a change.
#[derive(Debug, Clone)]
pub struct After {
    /// The record as it stands now.
    pub record: Option<MediaRecord>,
    /// Whether this change wrote it.
    pub written: bool,
}

/// The database of records.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
}

impl Records {
    /// Creates a database in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Record`] if the object cannot be read as a record.
    pub async fn load<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<Versioned<T>>, Error> {
        let found = json::get(&*self.store, &key.location()).await?;
        Ok(found.map(|(value, etag)| Versioned { value, etag }))
    }

    /// Reads the record of a grant of upload credentials.
    ///
    /// # Errors
    /// As [`Records::load`].
    pub async fn grant(
        &self,
        app: &AppId,
        upload: &UploadId,
    ) -> Result<Option<GrantRecord>, Error> {
        let key = Key::Grant(app.clone(), upload.clone());
        Ok(self.load(&key).await?.map(|found| found.value))
    }

    /// Writes a record: a new one, or one that replaces the version that was read.
    ///
    /// # Errors
    /// [`Error::Store`]. A lost race is not an error but
    /// [`Written::Lost`].
    pub async fn write<T: Serialize + Sync>(
        &self,
        key: &Key,
        value: &T,
        replaces: Option<&ETag>,
    ) -> Result<Written, Error> {
        let location = key.location();
        let written = json::replace(&*self.store, &location, value, replaces).await?;
        Ok(written.map_or(Written::Lost, |_| Written::Done))
    }

    /// Changes a media's record. `decide` gets the current record and returns the one to write, or `None` to leave it
    /// as it is. It is called again after every lost race, so it must be a pure function of its argument.
    ///
    /// # Errors
    /// The errors of `decide`, [`Error::Store`], [`Error::Record`], and [`Error::Contended`] if every try was lost.
    pub async fn change<F>(&self, app: &AppId, media: &MediaId, decide: F) -> Result<After, Error>
    where
        F: Fn(Option<&MediaRecord>) -> Result<Option<MediaRecord>, Error> + Send + Sync,
    {
        let key = Key::Media(app.clone(), media.clone());
        let mut written: Option<MediaRecord> = None;
        for attempt in 0..ATTEMPTS {
            let current = self.load::<MediaRecord>(&key).await?;
            if let (Some(current), Some(written)) = (&current, &written)
                && current.value.write_id == written.write_id
            {
                return Ok(After {
                    record: Some(current.value.clone()),
                    written: true,
                });
            }
            let Some(mut next) = decide(current.as_ref().map(|c| &c.value))? else {
                return Ok(After {
                    record: current.map(|c| c.value),
                    written: false,
                });
            };
            self.stamp(&mut next);
            self.mark(current.as_ref().map(|c| &c.value), &next).await?;
            match self
                .write(&key, &next, current.as_ref().map(|c| &c.etag))
                .await?
            {
                Written::Done => {
                    return Ok(After {
                        record: Some(next),
                        written: true,
                    });
                }
                Written::Lost => written = Some(next),
            }
            pause(&*self.clock, attempt).await;
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    /// Changes a media's record if there is one and `is_concerned` holds for it. The record is written only if `change`
    /// makes a difference. Both are called again after every lost race.
    ///
    /// # Errors
    /// The errors of [`Records::change`].
    pub async fn change_if(
        &self,
        (app, media): (&AppId, &MediaId),
        is_concerned: impl Fn(&MediaRecord) -> bool + Send + Sync,
        change: impl Fn(&mut MediaRecord) -> Result<(), Error> + Send + Sync,
    ) -> Result<After, Error> {
        let decide = |current: Option<&MediaRecord>| {
            let Some(current) = current.filter(|record| is_concerned(record)) else {
                return Ok(None);
            };
            let mut next = current.clone();
            change(&mut next)?;
            Ok((next != *current).then_some(next))
        };
        self.change(app, media, decide).await
    }

    /// Replaces the version of a media's record that was read, if it is still the current one.
    ///
    /// # Errors
    /// [`Error::Store`]. A lost race is not an error but
    /// [`Written::Lost`].
    pub async fn replace(
        &self,
        next: &mut MediaRecord,
        replaces: &Versioned<MediaRecord>,
    ) -> Result<Written, Error> {
        self.stamp(next);
        self.mark(Some(&replaces.value), next).await?;
        let key = Key::Media(next.app.clone(), next.media.clone());
        self.write(&key, next, Some(&replaces.etag)).await
    }

    /// Puts the marks of work that `next` begins, and of its end. One that is there already was put at an earlier try.
    async fn mark(&self, current: Option<&MediaRecord>, next: &MediaRecord) -> Result<(), Error> {
        if let Some(mark) = next.expiring(current) {
            mark::put_once(&*self.store, &mark, &json!({})).await?;
        }
        let Some(mark) = next.begun_after(current) else {
            return Ok(());
        };
        mark::put_once(&*self.store, &mark, &json!({})).await
    }

    fn stamp(&self, record: &mut MediaRecord) {
        record.write_id = format!("{:032x}", self.clock.random());
        record.updated_at = self.clock.now();
    }
}

/// Waits with full jitter, between 0 and a bound that doubles, so that writers who collided do not collide again.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
pub(crate) async fn pause(clock: &dyn Clock, attempt: u32) {
    let bound = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).as_micros();
    let micros = clock.random() % bound.max(1);
    tokio::time::sleep(Duration::from_micros(u64::try_from(micros).unwrap_or(0))).await;
}
