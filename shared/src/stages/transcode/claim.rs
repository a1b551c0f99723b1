//! Claims: an object in WORK, written first, by which one process at a time works on a media. It also records progress.
//!
//! A claim ends by itself once the process that made it must be dead. Two processes on the same media would cost twice
//! and could mix their segments. When a service does the work, the claim also names its job, and no other job is
//! published. Once everything lies in WORK, the claim says so, and how much has been copied into delivery, so that the
//! next process continues there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::clock::Clock;
use crate::ports::store::{Condition, ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::{Key, ObjectLocation, work};
use crate::vocabulary::record::MediaRecord;

/// Seconds added to the time that a process has, because its last call may still be under way when it ends.
const GRACE_SECONDS: i64 = 30;

/// Earlier generations that are searched for a job: other operations may have overtaken one before it was run.
const GENERATIONS: usize = 4;

/// The content of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The time from which nobody holds the claim any more.
    until: Timestamp,
    /// Distinguishes this writer from others.
    token: String,
    /// Milliseconds of the source that are done.
    pub done_ms: u64,
    /// The job that was started at a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Begun>,
    /// The attempt under which everything made by our own engine lies in WORK, once it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<Attempt>,
    /// How much of an attempt has been copied into delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copied: Option<Copied>,
}

/// The part of the output that has been copied into delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Copied {
    /// The attempt that made the output.
    attempt: Attempt,
    /// The number of objects copied, counted in the order of copying.
    objects: usize,
}

/// A job of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The service's id of the job.
    pub id: JobId,
    /// The attempt under which its outputs lie.
    pub attempt: Attempt,
    /// How often the job was looked at because no event arrived.
    #[serde(default, rename = "looks")]
    pub checks: u32,
}

impl Claimed {
    /// Returns whether the claim names another job than this one.
    #[must_use]
    pub fn is_for_another(&self, id: &JobId) -> bool {
        self.job.as_ref().is_some_and(|begun| begun.id != *id)
    }
}

/// A claim that is held.
pub(super) struct Claim<'a> {
    store: &'a dyn ObjectStore,
    location: ObjectLocation,
    etag: ETag,
    claimed: Claimed,
}

impl<'a> Claim<'a> {
    /// Claims a media for this many seconds. Keeps what an earlier claim says about a service's job and about finished
    /// output.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process holds the claim.
    pub(super) async fn take(
        store: &'a dyn ObjectStore,
        clock: &dyn Clock,
        record: &MediaRecord,
        seconds: u64,
    ) -> Result<Self, Error> {
        let location = place(record);
        let now = clock.now();
        let found = json::get::<Claimed>(store, &location).await?;
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
        let before = found.as_ref().map(|(before, _)| before);
        let (job, made) = before.map_or((None, None), |before| {
            (before.job.clone(), before.made.clone())
        });
        let goes_on = job.is_some() || made.is_some();
        let claimed = Claimed {
            until: Timestamp::from_second(until).unwrap_or(Timestamp::MAX),
            token: format!("{:032x}", clock.random()),
            done_ms: before
                .filter(|_| goes_on)
                .map_or(0, |before| before.done_ms),
            job,
            made,
            copied: before.and_then(|before| before.copied.clone()),
        };
        let read = found.as_ref().map(|(_, etag)| etag);
        let written = json::replace(store, &location, &claimed, read).await?;
        // Another process was faster, or this one succeeded and the answer was lost; in both cases the order comes again.
        let etag = written.ok_or_else(|| busy(1))?;
        Ok(Self {
            store,
            location,
            etag,
            claimed,
        })
    }

    /// Records the progress. Returns `false` if the claim belongs to another process by now.
    pub(super) async fn tell(&mut self, done_ms: u64) -> Result<bool, Error> {
        if self.claimed.done_ms == done_ms {
            return Ok(true);
        }
        self.claimed.done_ms = done_ms;
        self.write().await
    }

    /// Returns the id that distinguishes output begun under this claim from that of other claims.
    pub(super) fn attempt(&self) -> Attempt {
        Attempt::new(&self.claimed.token)
    }

    /// Returns the job that the claim names.
    pub(super) fn job(&self) -> Option<&Begun> {
        self.claimed.job.as_ref()
    }

    /// Names a job, or updates what is known of it. Returns `false` as [`Self::tell`] does.
    pub(super) async fn name(&mut self, job: Begun) -> Result<bool, Error> {
        self.claimed.job = Some(job);
        self.write().await
    }

    /// Returns the attempt under which everything made by our own engine lies, if it is complete.
    pub(super) fn made(&self) -> Option<&Attempt> {
        self.claimed.made.as_ref()
    }

    /// Records that everything lies under this attempt. Returns `false` as [`Self::tell`] does.
    pub(super) async fn note_made(&mut self, attempt: Attempt) -> Result<bool, Error> {
        self.claimed.made = Some(attempt);
        self.write().await
    }

    /// Returns how many objects of an attempt have been copied into delivery, in the order of copying.
    pub(super) fn copied(&self, attempt: &Attempt) -> usize {
        let copied = self.claimed.copied.as_ref();
        copied
            .filter(|copied| copied.attempt == *attempt)
            .map_or(0, |copied| copied.objects)
    }

    /// Records how many objects have been copied. Returns `false` as [`Self::tell`] does.
    pub(super) async fn note_copied(
        &mut self,
        attempt: &Attempt,
        objects: usize,
    ) -> Result<bool, Error> {
        self.claimed.copied = Some(Copied {
            attempt: attempt.clone(),
            objects,
        });
        self.write().await
    }

    /// Releases the claim so that the next process can begin at once. Best effort: otherwise the claim ends by itself.
    pub(super) async fn give_back(mut self) {
        self.claimed.until = Timestamp::UNIX_EPOCH;
        if let Err(error) = self.write().await {
            tracing::warn!(cause = error.chain(), "a claim could not be released");
        }
    }

    async fn write(&mut self) -> Result<bool, Error> {
        let read = Some(&self.etag);
        let written = json::replace(self.store, &self.location, &self.claimed, read).await?;
        let etag = if let Some(etag) = written {
            etag
        } else {
            // If the answer to a write was lost, the claim that stands there is our own.
            let found = json::get::<Claimed>(self.store, &self.location).await?;
            let Some((_, etag)) = found.filter(|(found, _)| *found == self.claimed) else {
                return Ok(false);
            };
            etag
        };
        self.etag = etag;
        Ok(true)
    }
}

fn busy(seconds: i64) -> Error {
    Error::Busy {
        seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
    }
}

fn place(record: &MediaRecord) -> ObjectLocation {
    in_generation(record, record.generation)
}

fn in_generation(record: &MediaRecord, generation: u32) -> ObjectLocation {
    let (app, media) = (record.app.clone(), record.media.clone());
    Key::Part(app, media, generation, work::Part::Transcode).location()
}

/// Returns the progress in milliseconds of the source, if work was begun in the media's generation.
///
/// # Errors
/// [`Error::Store`], and [`Error::Record`] if the object is not a claim.
pub async fn done_ms(store: &dyn ObjectStore, record: &MediaRecord) -> Result<Option<u64>, Error> {
    let found = json::get::<Claimed>(store, &place(record)).await?;
    Ok(found.map(|(claimed, _)| claimed.done_ms))
}

/// Returns a number that grows while a media is being transcoded in its generation, or its job is looked at.
///
/// # Errors
/// The same errors as [`done_ms`].
pub async fn signs_of_life(store: &dyn ObjectStore, record: &MediaRecord) -> Result<u64, Error> {
    let claimed = find(store, record).await?;
    Ok(claimed.map_or(0, |claimed| {
        let checks = claimed.job.map_or(0, |job| u64::from(job.checks));
        claimed.done_ms.saturating_add(checks)
    }))
}

/// Returns whether a media is published without another look at its upload, in its generation: a service has begun to
/// work on a copy, or everything lies in WORK. Part of it may be in delivery already.
///
/// # Errors
/// The same errors as [`done_ms`].
pub async fn is_without_upload(
    store: &dyn ObjectStore,
    record: &MediaRecord,
) -> Result<bool, Error> {
    let claimed = find(store, record).await?;
    Ok(claimed.is_some_and(|claimed| claimed.job.is_some() || claimed.made.is_some()))
}

/// Returns the job started at a service in an earlier generation of a media, with that generation, if there is one.
///
/// # Errors
/// The same errors as [`done_ms`].
pub async fn begun_before(
    store: &dyn ObjectStore,
    record: &MediaRecord,
) -> Result<Option<(u32, JobId)>, Error> {
    for generation in (1..record.generation).rev().take(GENERATIONS) {
        let found = json::get::<Claimed>(store, &in_generation(record, generation)).await?;
        if let Some(begun) = found.and_then(|(claimed, _)| claimed.job) {
            return Ok(Some((generation, begun.id)));
        }
    }
    Ok(None)
}

/// Reads the claim of a media in its generation.
///
/// # Errors
/// The same errors as [`done_ms`].
pub(super) async fn find(
    store: &dyn ObjectStore,
    record: &MediaRecord,
) -> Result<Option<Claimed>, Error> {
    let found = json::get::<Claimed>(store, &place(record)).await?;
    Ok(found.map(|(claimed, _)| claimed))
}

/// Changes a claim that nobody holds. Best effort: a process that holds it, or writes to it at the same time, knows
/// better.
pub(super) async fn note(
    store: &dyn ObjectStore,
    clock: &dyn Clock,
    record: &MediaRecord,
    change: impl FnOnce(&mut Claimed),
) -> Result<(), Error> {
    let location = place(record);
    let Some((before, etag)) = json::get::<Claimed>(store, &location).await? else {
        return Ok(());
    };
    let mut noted = before.clone();
    change(&mut noted);
    if before.until > clock.now() || noted == before {
        return Ok(());
    }
    match json::put(store, &location, &noted, Condition::Is(&etag)).await {
        Ok(_) | Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
