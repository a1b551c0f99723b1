//! Finds what a change was, and when, for changes that the record's history has dropped.
//!
//! A history holds 50 events, of which each knows its number. If so many changes come before the first of them is
//! announced that some were dropped, older versions of the record still tell of them: RECORDS keeps these for 30 days.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::platform::cloud_event::CloudEvent;
use crate::platform::error::Error;
use crate::ports::store::{ObjectStore, StoreError, Version};
use crate::stages::show::MediaView;
use crate::vocabulary::change::Change;
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::record::MediaRecord;

/// The most versions of a record that are read for one message. Finding one among a thousand takes ten reads, and each
/// one that is found tells of up to 50 changes.
const READS: u32 = 60;

/// Some changes of a media and their times, by the numbers of the changes.
pub(super) struct Past {
    known: BTreeMap<u32, (Change, Timestamp)>,
}

impl Past {
    /// Finds the changes with these numbers.
    pub(super) async fn of(
        store: &dyn ObjectStore,
        record: &MediaRecord,
        wanted: RangeInclusive<u32>,
    ) -> Result<Self, Error> {
        let mut past = Self {
            known: BTreeMap::new(),
        };
        past.learn(record);
        let Some(mut missing) = past.last_missing(wanted.clone()) else {
            return Ok(past);
        };
        let prefix = Prefix::record_of(&record.app, &record.media);
        let versions = store.versions(&prefix, None).await?;
        let mut reads = READS;
        // What is not found is forgotten, so that the next one may be looked for.
        while reads > 0 {
            past.search(store, &versions, missing, &mut reads).await?;
            past.known
                .entry(missing)
                .or_insert((Change::Forgotten, record.updated_at));
            match past.last_missing(wanted.clone()) {
                Some(next) => missing = next,
                None => break,
            }
        }
        Ok(past)
    }

    /// Reads the oldest version of the record that knows of a change, and others on the way to it. Versions are listed
    /// latest first, and numbers only grow.
    async fn search(
        &mut self,
        store: &dyn ObjectStore,
        versions: &[Version],
        seq: u32,
        reads: &mut u32,
    ) -> Result<(), Error> {
        let (mut newer, mut older) = (0, versions.len());
        while newer < older && *reads > 0 && !self.known.contains_key(&seq) {
            let middle = newer + (older - newer) / 2;
            let Some(version) = versions.get(middle) else {
                break;
            };
            *reads -= 1;
            match read(store, version).await? {
                Some(record) if record.seq < seq => older = middle,
                Some(record) => {
                    self.learn(&record);
                    newer = middle + 1;
                }
                // Lifecycle rules remove the oldest ones.
                None => older = middle,
            }
        }
        Ok(())
    }

    fn learn(&mut self, record: &MediaRecord) {
        let told = record
            .history
            .iter()
            .filter_map(|event| Some((event.seq?, (event.what.change()?, event.at))));
        self.known.extend(told);
    }

    fn last_missing(&self, mut wanted: RangeInclusive<u32>) -> Option<u32> {
        wanted.rfind(|seq| !self.known.contains_key(seq))
    }

    /// Returns the event with this number.
    pub(super) fn event<'a>(
        &self,
        record: &MediaRecord,
        seq: u32,
        shown: &'a MediaView,
    ) -> CloudEvent<&'a MediaView> {
        let forgotten = (Change::Forgotten, record.updated_at);
        let (change, at) = self.known.get(&seq).copied().unwrap_or(forgotten);
        let about = (&record.app, record.media.as_str());
        CloudEvent::new(change.as_str(), about, seq, at, shown)
    }
}

/// Reads a version of a record; `None` if it is gone, or not a record.
async fn read(store: &dyn ObjectStore, version: &Version) -> Result<Option<MediaRecord>, Error> {
    match store.get_version(version).await {
        Ok(object) => Ok(serde_json::from_slice(&object.body).ok()),
        Err(StoreError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
