//! Counts what an app has brought in, and compares it with its quotas.
//!
//! Every media that is accepted leaves one mark: an empty object with app, day, media and bytes in its key. All of
//! these follow from the media's record, so a message that comes twice, late, or after a crash puts the same mark
//! again, and nothing is counted twice. A mark is put before its media becomes ready, so nothing is missing. The count
//! is the listing of the marks; a lifecycle rule removes them after their day. Rejected files are not counted, because
//! people correct them and try again.
//!
//! A counter would not do: a hundred validations at once would fight for one object's conditional writes; and a sharded
//! counter has to hold every media's id to be as exact, and is written anew, as one more version, at every upload.
//!
//! Cost: a PUT for each accepted media; and the listing, a thousand marks per call. A process lists again only once it
//! has let in a thousandth of what was left at its last listing (`SHARE`), and never again once a quota is used up. So
//! small quotas are listed for each file, by one call each, and large ones now and then.
//!
//! Accuracy: refusals are always right, as marks are never removed on their day. What is let in may exceed the quota by
//! what other processes let in meanwhile: for each process at work (`MaximumConcurrency` in the template: 5 or 100) one
//! file or a thousandth of the quota, whichever is more; and by one file for each process that died between its verdict
//! and the mark, until its message comes again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, LIST, ObjectStore, PUT_NEW, StoreError};
use crate::vocabulary::access::Call;
use crate::vocabulary::app::Quotas;
use crate::vocabulary::day::Day;
use crate::vocabulary::keys::{Key, Place, Prefix};
use crate::vocabulary::names::{App, Upload};
use crate::vocabulary::record::MediaRecord;

#[cfg(test)]
mod tests;

use crate::vocabulary::quota::{Quota, Used};

/// The part of what is left that one process lets in without listing again. A hundred processes let in a tenth.
const SHARE: u64 = 1_000;

/// Marks per call of a listing, the most that S3 lists.
const PAGE: u16 = 1_000;

/// Days and uploads that a process remembers.
const REMEMBERED: usize = 64;

/// The call of [`Usage::exceeded`] and [`Usage::exceeded_by_upload`].
pub const COUNT: Call = LIST;

/// The call of [`Usage::mark`].
pub const MARK: Call = PUT_NEW;

/// Counts what apps bring in.
pub struct Usage {
    store: Arc<dyn ObjectStore>,
    tallies: Arc<Mutex<BTreeMap<String, Tally>>>,
}

/// The last count, and what this process has let in since.
#[derive(Debug, Clone, Copy)]
struct Tally {
    seen: Used,
    own: Used,
}

impl Usage {
    /// Counts the marks in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: Arc::default(),
        }
    }

    /// Shares this process's memory with another view of the same buckets.
    #[cfg(any(test, feature = "memory"))]
    #[must_use]
    pub fn seen_through(&self, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: self.tallies.clone(),
        }
    }

    /// Returns the quota of today that this much more would exceed, if any.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn exceeded(
        &self,
        app: &App,
        quotas: &Quotas,
        wanted: Used,
        now: Timestamp,
    ) -> Result<Option<Quota>, Error> {
        let most = Used {
            media: quotas.media_per_day.into(),
            bytes: quotas.bytes_per_day,
        };
        let today = [Prefix::used_on(app, Day::of(now))];
        let seen = self.over(&today, most, wanted).await?;
        Ok(seen.map(|seen| {
            if seen.plus(wanted).media > most.media {
                Quota::MediaPerDay(quotas.media_per_day)
            } else {
                Quota::BytesPerDay(quotas.bytes_per_day)
            }
        }))
    }

    /// Whether one more file exceeds the quota of an upload that was granted at that time. A grant lasts twelve hours
    /// at most, so the marks of that day and the next one are counted.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn exceeded_by_upload(
        &self,
        app: &App,
        quotas: &Quotas,
        upload: &Upload,
        granted_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Quota>, Error> {
        let first = Day::of(granted_at);
        let mut days = vec![Prefix::used_by_upload(app, first, upload)];
        if Day::of(now) > first {
            days.push(Prefix::used_by_upload(app, first.next(), upload));
        }
        let most = Used {
            media: quotas.files_per_upload.into(),
            bytes: u64::MAX,
        };
        let one = Used { media: 1, bytes: 0 };
        let seen = self.over(&days, most, one).await?;
        Ok(seen.map(|_| Quota::FilesPerUpload(quotas.files_per_upload)))
    }

    /// Counts an accepted media of this many bytes. Calling it again counts nothing more.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn mark(&self, record: &MediaRecord, bytes: u64) -> Result<(), Error> {
        let day = Day::of(record.accepted_at.unwrap_or(record.state_since));
        let key = Key::Used(record.app.clone(), day, record.media.clone(), bytes);
        let (place, headers) = (key.place(), Headers::default());
        let put = self
            .store
            .put(&place, Bytes::new(), &headers, Condition::Absent);
        match put.await {
            Ok(_) | Err(StoreError::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the count, if `wanted` more would exceed `most`.
    async fn over(
        &self,
        prefixes: &[Prefix],
        most: Used,
        wanted: Used,
    ) -> Result<Option<Used>, Error> {
        let name: String = prefixes.iter().map(Prefix::as_str).collect();
        if let Some(Tally { seen, own }) = self.recall(&name) {
            if !seen.plus(wanted).is_within(most) {
                return Ok(Some(seen));
            }
            let own = own.plus(wanted);
            if own.is_within(most.minus(seen).share(SHARE)) {
                self.remember(name, Tally { seen, own });
                return Ok(None);
            }
        }
        let seen = self.count(prefixes, most).await?;
        let fits = seen.plus(wanted).is_within(most);
        let own = if fits { wanted } else { Used::default() };
        self.remember(name, Tally { seen, own });
        Ok((!fits).then_some(seen))
    }

    /// Adds up the marks, and stops once they exceed `most`.
    async fn count(&self, prefixes: &[Prefix], most: Used) -> Result<Used, Error> {
        let mut used = Used::default();
        for prefix in prefixes {
            let mut after = None;
            loop {
                let page = self.store.list(prefix, after.as_deref(), PAGE).await?;
                used = page
                    .objects
                    .iter()
                    .fold(used, |used, mark| used.plus(marked(&mark.place)));
                if !page.more || !used.is_within(most) {
                    break;
                }
                after = page.objects.last().map(|mark| mark.place.key().to_owned());
            }
        }
        Ok(used)
    }

    fn recall(&self, name: &str) -> Option<Tally> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.get(name).copied()
    }

    fn remember(&self, name: String, tally: Tally) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        // Forgetting costs no more than a listing.
        if tallies.len() >= REMEMBERED && !tallies.contains_key(&name) {
            tallies.clear();
        }
        tallies.insert(name, tally);
    }
}

/// Returns the usage that a mark stands for.
fn marked(mark: &Place) -> Used {
    match Key::parse(mark.bucket(), mark.key()) {
        Some(Key::Used(_, _, _, bytes)) => Used { media: 1, bytes },
        Some(
            Key::Uploaded { .. }
            | Key::Delivered { .. }
            | Key::App(_)
            | Key::Grant(..)
            | Key::Media(..)
            | Key::Failed(..)
            | Key::Suspended(..)
            | Key::Unclaimed(_)
            | Key::Part(..),
        )
        | None => Used::default(),
    }
}
