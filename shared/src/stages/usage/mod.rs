//! Counts what each app uploads, and compares it with the app's quotas.
//!
//! Every accepted media leaves one mark: an empty object whose key names app, day, media and bytes. All of these follow
//! from the media's record, so a message that is delivered twice, late, or after a crash writes the same mark again,
//! and nothing is counted twice. The mark is written before the media becomes ready, so nothing is missed. The count is
//! a listing of the marks; a lifecycle rule removes them after their day. Rejected files are not counted, because
//! people correct them and try again.
//!
//! There is no counter object, because a hundred validations at once would compete for its conditional writes. A
//! sharded counter would have to hold every media's id to be as exact, and each upload would write a new version of it.
//!
//! Cost: one PUT per accepted media, and listings of a thousand marks per call. A process lists again only after it has
//! admitted a thousandth (`SHARE`) of what was left at its last listing, and never again once a quota is used up. So a
//! small quota is listed for each file, in one call, and a large one now and then.
//!
//! Accuracy: a refusal is always right, because marks are never removed on their day. Too much may be admitted, by
//! as much as other processes admit meanwhile: for each process (`ValidateConcurrency` in the template: 2, or as many as it is set to), one
//! file or a thousandth of the quota, whichever is more. One more file may be admitted for each process that died
//! between its verdict and the mark, until its message is delivered again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, LIST, ObjectStore, PUT_NEW, StoreError};
use crate::vocabulary::access::Call;
use crate::vocabulary::app::Quotas;
use crate::vocabulary::day::Day;
use crate::vocabulary::keys::{Key, ObjectLocation, Prefix};
use crate::vocabulary::names::{AppId, UploadId};
use crate::vocabulary::record::MediaRecord;

#[cfg(test)]
mod tests;

use crate::vocabulary::quota::{Quota, Used};

/// A process admits up to 1/`SHARE` of what is left before it lists again. A hundred processes thus admit up to a
/// tenth.
const SHARE: u64 = 1_000;

/// Number of marks per listing call, the maximum that S3 allows.
const PAGE: u16 = 1_000;

/// Number of days and uploads that a process remembers.
const REMEMBERED: usize = 64;

/// The IAM actions that [`Usage::exceeded`] and [`Usage::exceeded_by_upload`] need.
pub const COUNT: Call = LIST;

/// The IAM actions that [`Usage::mark`] needs.
pub const MARK: Call = PUT_NEW;

/// The service that counts what apps upload.
pub struct Usage {
    store: Arc<dyn ObjectStore>,
    tallies: Arc<Mutex<BTreeMap<String, Tally>>>,
}

/// The result of the last listing, and the amount that this process has admitted since.
#[derive(Debug, Clone, Copy)]
struct Tally {
    seen: Used,
    own: Used,
}

impl Usage {
    /// Creates a service that counts in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: Arc::default(),
        }
    }

    /// Returns a service with the memory of this one, but with another view of the same buckets.
    #[cfg(any(test, feature = "memory"))]
    #[must_use]
    pub fn seen_through(&self, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            tallies: self.tallies.clone(),
        }
    }

    /// Returns today's quota that `wanted` more would exceed, if any.
    ///
    /// # Errors
    /// Returns [`Error::Store`] if the marks cannot be listed.
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

    /// Returns the quota that one more file of this upload would exceed, if any. A grant lasts at most twelve hours, so
    /// the day on which it was given and the next one are counted.
    ///
    /// # Errors
    /// Returns [`Error::Store`] if the marks cannot be listed.
    pub async fn exceeded_by_upload(
        &self,
        app: &AppId,
        quotas: &Quotas,
        upload: &UploadId,
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

    /// Counts an accepted media with this many bytes. Repeated calls count only once.
    ///
    /// # Errors
    /// Returns [`Error::Store`] if the mark cannot be written.
    pub async fn mark(&self, record: &MediaRecord, bytes: u64) -> Result<(), Error> {
        let day = Day::of(record.accepted_at.unwrap_or(record.state_since));
        let key = Key::Used(record.app.clone(), day, record.media.clone(), bytes);
        let (location, headers) = (key.location(), Headers::default());
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

    /// Adds up the marks, and stops early once they exceed `most`.
    async fn count(&self, prefixes: &[Prefix], most: Used) -> Result<Used, Error> {
        let mut used = Used::default();
        for prefix in prefixes {
            let mut after = None;
            loop {
                let page = self.store.list(prefix, after.as_deref(), PAGE).await?;
                used = page
                    .objects
                    .iter()
                    .fold(used, |used, mark| used.plus(marked(&mark.location)));
                if !page.more || !used.is_within(most) {
                    break;
                }
                after = page
                    .objects
                    .last()
                    .map(|mark| mark.location.key().to_owned());
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
        // Forgetting costs another listing and does no other harm.
        if tallies.len() >= REMEMBERED && !tallies.contains_key(&name) {
            tallies.clear();
        }
        tallies.insert(name, tally);
    }
}

/// Returns the amount that a mark stands for.
fn marked(mark: &ObjectLocation) -> Used {
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
            | Key::Stuck(..)
            | Key::Begun(_)
            | Key::Compared
            | Key::Unclaimed(_)
            | Key::Part(..),
        )
        | None => Used::default(),
    }
}
