//! Blocks the bytes of suspended media, so that nobody uploads them again under another name.
//!
//! One object a digest, `blocked/{sha256}` in RECORDS, names the media for which the bytes are blocked. It is there if
//! and only if they are, so a look is one request, and it holds for all apps: an admin suspends for the platform.
//!
//! The entry of a media has the generation of its suspension. A restore takes away only an entry of an earlier
//! generation, so one that comes late, or twice, leaves the entry of a later suspension. An entry that no restore
//! takes away, of a media that was erased while it was suspended, stays until an admin lifts the block.

pub mod list;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::platform::error::Error;
use crate::platform::json;
use crate::platform::records::{Records, pause};
use crate::ports::clock::Clock;
use crate::ports::store::{Condition, ObjectStore, StoreError};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

/// The number of media that a block names: 12 kB of JSON. Blocked bytes are not uploaded again, so only bytes that are
/// published more than a hundred times before the first suspension come to more.
const MOST_HOLDERS: usize = 100;

/// The number of tries to change a block that others change at the same time.
pub(crate) const TRIES: u32 = 8;

/// The media for which a file's bytes are blocked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BlockHolders")]
pub struct Block {
    /// The media, in the order in which they were suspended.
    pub holders: Vec<Holder>,
    /// Whether more media were suspended than are named. Such a block is lifted by an admin only, because nobody knows
    /// when the last of them is restored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub and_more: bool,
}

/// A media for which a file's bytes are blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BlockHolder")]
pub struct Holder {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The generation of its suspension.
    pub generation: u32,
    /// The time of the entry.
    #[schemars(with = "Moment")]
    pub since: Timestamp,
}

impl Block {
    /// Adds the entry of a suspension. Returns whether that changed anything.
    fn add(&mut self, record: &MediaRecord, now: Timestamp) -> bool {
        let mut own = self
            .holders
            .iter_mut()
            .filter(|holder| holder.is_of(record));
        if let Some(own) = own.next() {
            let is_later = own.generation < record.generation;
            own.generation = own.generation.max(record.generation);
            return is_later;
        }
        if self.holders.len() >= MOST_HOLDERS {
            return !std::mem::replace(&mut self.and_more, true);
        }
        self.holders.push(Holder {
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
            since: now,
        });
        true
    }

    /// Takes away the entry that a restore ends. Returns whether there was one.
    fn remove(&mut self, record: &MediaRecord) -> bool {
        let before = self.holders.len();
        let ends = |holder: &Holder| holder.is_of(record) && holder.generation < record.generation;
        self.holders.retain(|holder| !ends(holder));
        self.holders.len() < before
    }
}

impl Holder {
    fn is_of(&self, record: &MediaRecord) -> bool {
        self.media == record.media && self.app == record.app
    }
}

/// Returns whether any of these digests of a media is blocked. Bytes that were not read whole have none, and are not.
///
/// # Errors
/// [`Error::Store`]
pub async fn are_blocked(store: &dyn ObjectStore, digests: &[FileDigest]) -> Result<bool, Error> {
    for digest in digests {
        let there = store.head(&Key::Blocked(digest.clone()).location()).await?;
        if there.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes on the record the digest of a file that was read whole, if the order still applies to it. Whoever suspends the
/// media then blocks its bytes.
///
/// # Errors
/// The errors of [`Records::change_if`].
pub(crate) async fn note_digest(
    records: &Records,
    order: &StageOrder,
    digest: &FileDigest,
) -> Result<(), Error> {
    let noted = records.change_if(
        (&order.app, &order.media),
        |record| order.is_of(record),
        |record| {
            if let Some(content) = record.content.as_mut() {
                content.sha256 = Some(digest.to_string());
            }
            Ok(())
        },
    );
    noted.await.map(drop)
}

/// Blocks the bytes of a media that is being suspended. It may be done again.
///
/// # Errors
/// [`Error::Store`], [`Error::Record`], and [`Error::Contended`] if others changed the block at every try.
pub(crate) async fn block(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    clock: &dyn Clock,
) -> Result<(), Error> {
    let now = clock.now();
    change(store, record, clock, |block| block.add(record, now)).await
}

/// Takes the entry of a media away that is being restored. It may be done again.
///
/// # Errors
/// The errors of [`block`].
pub(crate) async fn unblock(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    clock: &dyn Clock,
) -> Result<(), Error> {
    change(store, record, clock, |block| block.remove(record)).await
}

/// Changes the block of a media's bytes, by conditional writes. A change that was made already, whose answer was lost,
/// is found at the next try.
async fn change(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    clock: &dyn Clock,
    change: impl Fn(&mut Block) -> bool + Send + Sync,
) -> Result<(), Error> {
    let Some(digest) = record.content.as_ref().and_then(|content| content.digest()) else {
        return Ok(());
    };
    let location = Key::Blocked(digest).location();
    for attempt in 0..TRIES {
        if attempt > 0 {
            pause(clock, attempt).await;
        }
        let found = json::get::<Block>(store, &location).await?;
        let (mut block, etag) =
            found.map_or_else(Default::default, |(block, etag)| (block, Some(etag)));
        if !change(&mut block) {
            return Ok(());
        }
        let is_over = block.holders.is_empty() && !block.and_more;
        let written = match &etag {
            Some(etag) if is_over => store.delete(&location, etag).await,
            etag => {
                let condition = etag.as_ref().map_or(Condition::Absent, Condition::Is);
                json::put(store, &location, &block, condition)
                    .await
                    .map(drop)
            }
        };
        match written {
            Ok(()) => return Ok(()),
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Contended { attempts: TRIES })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::names::{FileName, UploadId, Visibility};

    /// The record of a media in this generation.
    fn record(number: usize, generation: u32) -> MediaRecord {
        let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let name = FileName::new(&format!("{number}.png")).unwrap();
        let app = AppId::parse("demo").unwrap();
        let now = Timestamp::UNIX_EPOCH;
        MediaRecord {
            generation,
            ..MediaRecord::new(app, &upload, name, Visibility::Public, now)
        }
    }

    #[test]
    fn a_late_restore_leaves_the_entry_of_a_later_suspension() {
        let (mut block, now) = (Block::default(), Timestamp::UNIX_EPOCH);
        assert!(block.add(&record(1, 2), now));
        assert!(!block.add(&record(1, 2), now), "twice");
        // Suspended again, restored in between.
        assert!(block.add(&record(1, 4), now));
        assert!(!block.add(&record(1, 2), now), "late");
        assert!(!block.remove(&record(1, 3)), "late");
        assert_eq!(block.holders.len(), 1);
        assert!(block.remove(&record(1, 5)));
        assert!(!block.remove(&record(1, 5)), "twice");
        assert_eq!(block, Block::default());
    }

    #[test]
    fn a_block_of_very_many_media_is_bounded_and_stays() {
        let (mut block, now) = (Block::default(), Timestamp::UNIX_EPOCH);
        let more = MOST_HOLDERS + 2;
        let changes = (0..more).filter(|number| block.add(&record(*number, 2), now));
        assert_eq!(changes.count(), MOST_HOLDERS + 1);
        assert_eq!((block.holders.len(), block.and_more), (MOST_HOLDERS, true));
        for number in 0..more {
            block.remove(&record(number, 3));
        }
        assert_eq!((block.holders.len(), block.and_more), (0, true));
    }
}
