//! The database: JSON objects in the RECORDS bucket, changed by conditional write only.
//!
//! A lost race (412, 409 or 404) means: read again, wait a little, try again, a bounded number of times. A
//! write whose answer was lost is recognised by its `write_id` at the next read, so it is not made twice.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::error::Error;
use crate::ports::clock::Clock;
use crate::ports::store::{Condition, Headers, ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Key, Place};
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::record::MediaRecord;

/// Tries at one change. With the pauses below, the last one comes after about two seconds.
const ATTEMPTS: u32 = 8;

/// The first pause between tries; each is up to twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// A record as it was read, and the version that a change must be based on.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// What it says.
    pub value: T,
    /// Of the object it was read from.
    pub etag: ETag,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It stands.
    Done,
    /// Somebody else wrote first.
    Lost,
}

/// What a change came to.
#[derive(Debug, Clone)]
pub struct After {
    /// The record as it stands now.
    pub record: Option<MediaRecord>,
    /// Whether this change wrote it.
    pub written: bool,
}

/// The records.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
}

impl Records {
    /// Records in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Record`] when it is not what we write.
    pub async fn load<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<Versioned<T>>, Error> {
        let place = key.place();
        match self.store.get(&place, None).await {
            Ok(object) => Ok(Some(Versioned {
                value: parse(&place, &object.body)?,
                etag: object.info.etag,
            })),
            Err(StoreError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a record: a new one, or in the place of the version that was read.
    ///
    /// # Errors
    /// [`Error::Store`]. A lost race is not one: [`Written::Lost`].
    pub async fn write<T: Serialize + Sync>(
        &self,
        key: &Key,
        value: &T,
        replaces: Option<&ETag>,
    ) -> Result<Written, Error> {
        let place = key.place();
        let body = serde_json::to_vec(value).map_err(|source| Error::Record {
            place: place.key().to_owned(),
            source,
        })?;
        let headers = Headers {
            content_type: Some("application/json".to_owned()),
            ..Headers::default()
        };
        let condition = replaces.map_or(Condition::Absent, Condition::Is);
        match self
            .store
            .put(&place, Bytes::from(body), &headers, condition)
            .await
        {
            Ok(_) => Ok(Written::Done),
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                Ok(Written::Lost)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Changes a media's record by `decide`, which sees the record as it stands and gives the one to write,
    /// or `None` to leave it. It is called again after every lost race, so it must be a pure function of what it
    /// sees.
    ///
    /// # Errors
    /// What `decide` fails with, [`Error::Store`], and [`Error::Contended`] when every try was lost.
    pub async fn change<F>(&self, app: &App, media: &Media, decide: F) -> Result<After, Error>
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
            self.pause(attempt).await;
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    /// Writes a media's record in the place of the version that was read, if that is still what stands there.
    ///
    /// # Errors
    /// [`Error::Store`]. A lost race is not one: [`Written::Lost`].
    pub async fn replace(&self, next: &mut MediaRecord, replaces: &ETag) -> Result<Written, Error> {
        self.stamp(next);
        let key = Key::Media(next.app.clone(), next.media.clone());
        self.write(&key, next, Some(replaces)).await
    }

    fn stamp(&self, record: &mut MediaRecord) {
        record.write_id = format!("{:032x}", self.clock.random());
        record.updated_at = self.clock.now();
    }

    /// Full jitter: between nothing and the bound, so that those who collided do not collide again.
    /// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
    async fn pause(&self, attempt: u32) {
        let bound = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).as_micros();
        let micros = self.clock.random() % bound.max(1);
        tokio::time::sleep(Duration::from_micros(u64::try_from(micros).unwrap_or(0))).await;
    }
}

fn parse<T: DeserializeOwned>(place: &Place, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|source| Error::Record {
        place: place.key().to_owned(),
        source,
    })
}
