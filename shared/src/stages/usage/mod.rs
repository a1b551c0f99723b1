//! Counts what each app uploads, and compares it with the app's quotas.
//!
//! Every accepted media leaves a mark: an empty object whose key names app, day, time, media and bytes. All of these
//! follow from the media's record, so a message that is delivered twice, late, or after a crash writes the same mark
//! again, and nothing is counted twice. The mark is written before the media becomes ready, so nothing is missed. A
//! media of an upload without declared files leaves a second mark, in the ledger of its upload. A lifecycle rule
//! removes marks after 402 days. Rejected files are not counted, because people correct them and try again.
//!
//! Marks are listed in the order of their times, a thousand a call. How far they have been added up is kept in a
//! checkpoint (`checkpoint.rs`), an object beside the ledger, so each mark is listed twice by all processes together.
//! One check reads the checkpoint, lists four pages at most to confirm older sums, as many to go on, and writes the
//! checkpoint: [`MOST_CALLS`] calls at most, however large the quota and the use of it are, and two or three as a rule.
//! A process checks again only after it has admitted a ten-thousandth (`SHARE`) of the quota, or one file if that is
//! more, and never again once the quota is used up.
//!
//! Late marks: a process writes a mark under its own time only within four minutes of it (`IN_TIME_SECONDS`), and has
//! written it or is dead a lease later; from then on (`checkpoint::SETTLED_MILLISECONDS`) sums up to that time are
//! final. A message that comes again after that looks for the mark, and writes it behind all others (`late`) if there
//! is none. In between it waits. So a mark is neither counted twice nor overtaken by the sum, as long as no process
//! outlives its lease and no clock is a minute wrong.
//!
//! Accuracy: a refusal is always right, because marks are never removed on their day and none is counted twice. Too
//! much may be admitted, by what other processes admit meanwhile: for each process that validates at the same time, one
//! file or a ten-thousandth of the quota, whichever is more (a hundred processes: a hundredth). A count that is behind,
//! because more than 4,000 marks came since the checkpoint, admits one file and is 4,000 marks further the next time. A
//! mark that is written seconds after its time may be missed until its sum is confirmed, minutes later; so may a file
//! whose process died between its verdict and the mark, until its message is delivered again. Of marks that are late by
//! minutes, no more than 4,000 a day are counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, ObjectStore, StoreError};
use crate::vocabulary::app::Quotas;
use crate::vocabulary::day::Day;
use crate::vocabulary::keys::Key;
use crate::vocabulary::keys::used::{Ledger, Mark};
use crate::vocabulary::names::{AppId, UploadId};
use crate::vocabulary::quota::{Quota, Used};
use crate::vocabulary::record::MediaRecord;

mod checkpoint;
mod count;
#[cfg(test)]
mod tests;

pub use count::MOST_CALLS;

use count::Count;

/// A process admits up to 1/`SHARE` of a quota before it counts again. A hundred processes thus admit up to a
/// hundredth.
const SHARE: u64 = 10_000;

/// The most media that a process admits before it counts again: as many as a listing call counts, so that the counting
/// keeps up with the uploads.
const MOST_ADMITTED: u64 = 1_000;

/// The number of ledgers that a process remembers.
const REMEMBERED: usize = 64;

/// The age in seconds up to which a media's mark is written under its own time: the time for which the process that
/// accepted it may be at work (`LEASE_SECONDS` of [`crate::stages::settle`]).
const IN_TIME_SECONDS: i64 = 240;

/// The time in seconds after which a call that a process has begun has ended: the same lease.
const LEASE_SECONDS: i64 = 240;

/// The service that counts what apps upload.
pub struct Usage {
    store: Arc<dyn ObjectStore>,
    tallies: Arc<Mutex<BTreeMap<String, Tally>>>,
    keeps_checkpoints: bool,
}

/// The result of the last count, and the amount that this process has admitted since.
#[derive(Debug, Clone, Copy)]
struct Tally {
    seen: Count,
    own: Used,
}

impl Usage {
    /// Creates a service that counts in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: Arc::default(),
            keeps_checkpoints: true,
        }
    }

    /// Creates a service that counts with the checkpoints that others write.
    #[must_use]
    pub fn reader(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            keeps_checkpoints: false,
            ..Self::new(store)
        }
    }

    /// Returns a service with the memory of this one, but with another view of the same buckets.
    #[cfg(any(test, feature = "memory"))]
    #[must_use]
    pub fn seen_through(&self, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: self.tallies.clone(),
            keeps_checkpoints: self.keeps_checkpoints,
        }
    }

    /// Returns today's quota that `wanted` more would exceed, if any.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`] if the marks cannot be counted.
    pub async fn exceeded(
        &self,
        app: &AppId,
        quotas: &Quotas,
        wanted: Used,
        now: Timestamp,
    ) -> Result<Option<Quota>, Error> {
        let most = Used {
            media: quotas.media_per_day.into(),
            bytes: quotas.bytes_per_day,
        };
        let today = Ledger::Day(Day::of(now));
        let seen = self.over(app, &today, most, wanted, now).await?;
        Ok(seen.map(|seen| {
            if seen.plus(wanted).media > most.media {
                Quota::MediaPerDay(quotas.media_per_day)
            } else {
                Quota::BytesPerDay(quotas.bytes_per_day)
            }
        }))
    }

    /// Returns what an app uploaded on a day, and whether that is everything. Otherwise the next call goes on from there.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`] if the marks cannot be counted.
    pub async fn on_day(
        &self,
        app: &AppId,
        day: Day,
        now: Timestamp,
    ) -> Result<(Used, bool), Error> {
        let count = self.count(app, &Ledger::Day(day), now).await?;
        Ok((count.used, count.is_whole))
    }

    /// Returns the quota that one more file of this upload would exceed, if any.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`] if the marks cannot be counted.
    pub async fn exceeded_by_upload(
        &self,
        app: &AppId,
        quotas: &Quotas,
        upload: &UploadId,
        now: Timestamp,
    ) -> Result<Option<Quota>, Error> {
        let most = Used {
            media: quotas.files_per_upload.into(),
            bytes: u64::MAX,
        };
        let one = Used { media: 1, bytes: 0 };
        let ledger = Ledger::Upload(upload.clone());
        let seen = self.over(app, &ledger, most, one, now).await?;
        Ok(seen.map(|_| Quota::FilesPerUpload(quotas.files_per_upload)))
    }

    /// Counts an accepted media with this many bytes. Repeated calls count only once.
    ///
    /// # Errors
    /// [`Error::Store`] if the mark cannot be written, and [`Error::Busy`] as long as another process may be about to
    /// write it.
    pub async fn mark(
        &self,
        record: &MediaRecord,
        bytes: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        let accepted_at = record.accepted_at.unwrap_or(record.state_since);
        let mark = Mark::new(accepted_at, record.media.clone(), bytes);
        let age = now.as_second().saturating_sub(accepted_at.as_second());
        let upload = Ledger::Upload(record.media.upload());
        let upload = record.counts_in_upload.then_some(upload);
        for ledger in [Some(Ledger::Day(Day::of(accepted_at))), upload] {
            let Some(ledger) = ledger else { continue };
            self.write(&record.app, ledger, mark.clone(), age).await?;
        }
        Ok(())
    }

    /// Writes a mark of this age in seconds; see the module's text about late marks.
    async fn write(&self, app: &AppId, ledger: Ledger, mark: Mark, age: i64) -> Result<(), Error> {
        let in_time = Key::Used(app.clone(), ledger.clone(), mark.clone()).location();
        let location = if age <= IN_TIME_SECONDS {
            in_time
        } else if self.store.head(&in_time).await?.is_some() {
            return Ok(());
        } else if let Some(seconds) = wait_seconds(age) {
            return Err(Error::Busy { seconds });
        } else {
            Key::Used(app.clone(), ledger, mark.late()).location()
        };
        let headers = Headers::default();
        let put = self
            .store
            .put(&location, Bytes::new(), &headers, Condition::Absent);
        match put.await {
            Ok(_) | Err(StoreError::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the amount counted so far if `wanted` more would exceed `most`.
    async fn over(
        &self,
        app: &AppId,
        ledger: &Ledger,
        most: Used,
        wanted: Used,
        now: Timestamp,
    ) -> Result<Option<Used>, Error> {
        let name = Key::Counted(app.clone(), ledger.clone()).to_string();
        if let Some(Tally { seen, own }) = self.recall(&name) {
            if !seen.used.plus(wanted).is_within(most) {
                return Ok(Some(seen.used));
            }
            let own = own.plus(wanted);
            if seen.is_whole && own.is_within(share(most)) {
                self.remember(name, Tally { seen, own });
                return Ok(None);
            }
        }
        let seen = self.count(app, ledger, now).await?;
        let fits = seen.used.plus(wanted).is_within(most);
        let own = if fits { wanted } else { Used::default() };
        self.remember(name, Tally { seen, own });
        Ok((!fits).then_some(seen.used))
    }

    fn recall(&self, name: &str) -> Option<Tally> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.get(name).copied()
    }

    fn remember(&self, name: String, tally: Tally) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        // Forgetting costs another count and does no other harm.
        if tallies.len() >= REMEMBERED && !tallies.contains_key(&name) {
            tallies.clear();
        }
        tallies.insert(name, tally);
    }
}

/// Returns the amount that a process may admit before it counts again.
fn share(most: Used) -> Used {
    let share = most.share(SHARE);
    Used {
        media: share.media.min(MOST_ADMITTED),
        ..share
    }
}

/// Returns the seconds until nobody can be about to write a mark of this age under its own time, if any.
fn wait_seconds(age: i64) -> Option<u32> {
    let left = (IN_TIME_SECONDS + LEASE_SECONDS).saturating_sub(age);
    u32::try_from(left).ok().filter(|seconds| *seconds > 0)
}
