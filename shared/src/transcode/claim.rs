//! Who is at work on a media: one process at a time, by an object in WORK that it writes first. It also says how far.
//!
//! A claim ends by itself when the process that made it must be dead. Two at the same thing would cost twice, and could
//! mix their segments.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::error::Error;
use crate::keys::{Key, Place, work};
use crate::record::MediaRecord;
use crate::store::{Condition, ETag, Headers, ObjectStore, StoreError};

/// Added to the time that a process has, in seconds: its last call may still be under way when it ends.
const GRACE_SECONDS: i64 = 30;

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// Nobody is at it any more from then on.
    until: Timestamp,
    /// Tells this writer from others.
    token: String,
    /// Of the source, in milliseconds.
    pub done_ms: u64,
}

/// A claim that is held.
pub(super) struct Claim<'a> {
    store: &'a dyn ObjectStore,
    place: Place,
    etag: ETag,
    claimed: Claimed,
}

impl<'a> Claim<'a> {
    /// Claims a media for this many seconds.
    ///
    /// # Errors
    /// [`Error::Busy`] while another is at it.
    pub(super) async fn take(
        store: &'a dyn ObjectStore,
        clock: &dyn Clock,
        record: &MediaRecord,
        seconds: u64,
    ) -> Result<Self, Error> {
        let place = place(record);
        let now = clock.now();
        let found = find(store, &place).await?;
        if let Some((other, _)) = &found
            && other.until > now
        {
            let seconds = other
                .until
                .as_second()
                .saturating_sub(now.as_second())
                .max(1);
            return Err(busy(seconds));
        }
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let until = now
            .as_second()
            .saturating_add(seconds)
            .saturating_add(GRACE_SECONDS);
        let claimed = Claimed {
            until: Timestamp::from_second(until).unwrap_or(Timestamp::MAX),
            token: format!("{:032x}", clock.random()),
            done_ms: 0,
        };
        let condition = found
            .as_ref()
            .map_or(Condition::Absent, |(_, etag)| Condition::Is(etag));
        match write(store, &place, &claimed, condition).await {
            Ok(etag) => Ok(Self {
                store,
                place,
                etag,
                claimed,
            }),
            // Another was faster, or it was this one and its answer was lost: then it is asked for again.
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => Err(busy(1)),
            Err(error) => Err(error.into()),
        }
    }

    /// Says how far it is. `false` when the claim is another's by now.
    pub(super) async fn tell(&mut self, done_ms: u64) -> Result<bool, Error> {
        if self.claimed.done_ms == done_ms {
            return Ok(true);
        }
        self.claimed.done_ms = done_ms;
        self.write().await
    }

    /// Lets the next one begin at once.
    pub(super) async fn release(mut self) -> Result<bool, Error> {
        self.claimed.until = Timestamp::UNIX_EPOCH;
        self.write().await
    }

    async fn write(&mut self) -> Result<bool, Error> {
        match write(
            self.store,
            &self.place,
            &self.claimed,
            Condition::Is(&self.etag),
        )
        .await
        {
            Ok(etag) => {
                self.etag = etag;
                Ok(true)
            }
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                // An answer that was lost left our own words there.
                let found = find(self.store, &self.place).await?;
                let Some((_, etag)) = found.filter(|(found, _)| *found == self.claimed) else {
                    return Ok(false);
                };
                self.etag = etag;
                Ok(true)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn busy(seconds: i64) -> Error {
    Error::Busy {
        seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
    }
}

fn place(record: &MediaRecord) -> Place {
    let (app, media) = (record.app.clone(), record.media.clone());
    Key::Part(app, media, record.generation, work::Part::Transcode).place()
}

/// How far the work on a media is, if any was begun in its generation.
///
/// # Errors
/// [`Error::Store`], and [`Error::Record`] for what is no claim.
pub async fn done_ms(store: &dyn ObjectStore, record: &MediaRecord) -> Result<Option<u64>, Error> {
    let found = find(store, &place(record)).await?;
    Ok(found.map(|(claimed, _)| claimed.done_ms))
}

async fn find(store: &dyn ObjectStore, place: &Place) -> Result<Option<(Claimed, ETag)>, Error> {
    match store.get(place, None).await {
        Ok(object) => {
            let claimed = serde_json::from_slice(&object.body).map_err(|source| Error::Record {
                place: place.key().to_owned(),
                source,
            })?;
            Ok(Some((claimed, object.info.etag)))
        }
        Err(StoreError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn write(
    store: &dyn ObjectStore,
    place: &Place,
    claimed: &Claimed,
    condition: Condition<'_>,
) -> Result<ETag, StoreError> {
    let body =
        serde_json::to_vec(claimed).map_err(|error| StoreError::Unavailable(error.into()))?;
    let headers = Headers {
        content_type: Some("application/json".to_owned()),
        ..Headers::default()
    };
    store
        .put(place, Bytes::from(body), &headers, condition)
        .await
}
