//! Finds work whose message was lost, and sends the message again; and media that expire (`expire`).
//!
//! A message may be lost: with a queue that is deleted with its stack, when a queue has kept it for as long as it may,
//! or by a fault of ours. Its media would stay in a state that is no rest for ever. So each generation of a media that
//! begins in such a state puts a mark first ([`crate::platform::records`]). Marks sort by time. A grace after the time
//! of a mark, this stage reads the record:
//!
//! | record                                    | what is done                                             |
//! |-------------------------------------------|----------------------------------------------------------|
//! | at rest, of another generation, or none   | the mark is removed, and what is stale of other marks    |
//! | its stage goes on, or its queue is filled | the mark is put again, for later                         |
//! | nothing has happened                      | the same, and the message is sent again                  |
//! | its app was not told what became of it    | the same, and it is announced again                      |
//! | rejected, and published in part           | the same, and its removal is ordered                     |
//! | the same, after five messages             | the media has failed as `lost`; an operation never fails |
//!
//! The order of the calls is: the next mark, the list of stuck media, the record, the message, and only then the old
//! mark is removed. So a process may die after any of them, and the work is found again. Two processes that look at the
//! same mark at the same time send one message, because only one of them changes the record. A message that was not
//! lost after all does no harm, as every stage derives what to do from the record.
//!
//! The cost follows from the work that was begun, not from the media that there are: one mark for each generation of a
//! media, one read when it is due, and one listing for a thousand marks. Marks are removed version by version, so that no
//! delete markers remain: these would slow down the listing of what lies behind them.
//!
//! An upload whose event never came has no record, and no mark. [`compare`] finds it, and `renewed` finds another version
//! of a file that has a record.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::Metrics;
use crate::ports::store::{ObjectStore, Version};
use crate::stages::index::Indexer;
use crate::stages::operate::orders::Orders;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::second::Second;

pub mod compare;
mod expire;
mod look;
pub mod queues;
mod renewed;
mod unannounced;
mod verdict;

use look::Seen;
use queues::{Backlogs, Queues};

/// Marks that are looked at concurrently: enough for a thousand of them in a few seconds.
const AT_ONCE: usize = 16;

/// The most pages of a thousand marks that one run looks at.
const PAGES: u32 = 50;

/// The most pages of media that have expired which one run deletes. More at once would hold up takedowns, which wait in the same
/// queue.
const EXPIRING_PAGES: u32 = 1;

/// Finds work that was lost.
pub struct Sweeper {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts media that were lost.
    pub metrics: Arc<dyn Metrics>,
    /// The queues of all stages.
    pub queues: Queues,
    /// Takes the orders to delete what has expired.
    pub orders: Orders,
    /// The time in seconds after which work that was not lost has ended or has been tried again.
    pub grace_seconds: u32,
    /// Says whether media are listed as they are.
    pub indexer: Indexer,
}

/// The findings of a run, for the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The work that has ended.
    pub ended: u32,
    /// The work that goes on, or waits in its queue.
    pub underway: u32,
    /// The messages that were sent again.
    pub sent_again: u32,
    /// The media whose app was not told what became of them, and is told again.
    pub announced: u32,
    /// The media that failed as lost.
    pub given_up: u32,
    /// The media that are deleted because they have expired.
    pub expired: u32,
    /// The uploads that got an event, because theirs never came.
    pub uploads: u32,
}

impl Sweeper {
    /// Looks at the work that is due, and compares uploads with records; starts nothing new after `deadline`.
    ///
    /// # Errors
    /// The first error. Everything that it did not concern was done; the next run does the rest.
    pub async fn run(&self, deadline: Instant) -> Result<Found, Error> {
        let backlogs = Backlogs::new(&self.queues);
        let mut found = Found::default();
        let begun = (Prefix::begun(), PAGES);
        let work = self.look_at_marks(begun, &backlogs, &mut found, deadline);
        let work = work.await;
        let expiring = (Prefix::expiring(), EXPIRING_PAGES);
        let ends = self.look_at_marks(expiring, &backlogs, &mut found, deadline);
        let ends = ends.await;
        let uploads = self.compare(&backlogs, deadline).await;
        found.uploads = work.and(ends).and(uploads)?;
        Ok(found)
    }

    async fn look_at_marks(
        &self,
        (prefix, pages): (Prefix, u32),
        backlogs: &Backlogs<'_>,
        found: &mut Found,
        deadline: Instant,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (mut after, mut result) = (None::<String>, Ok(()));
        for _ in 0..pages {
            let page = self.store.versions(&prefix, after.as_deref()).await?;
            let due: Vec<_> = page.iter().filter(|mark| self.is_due(mark, now)).collect();
            let looks = due.iter().map(|mark| self.look(mark, backlogs));
            let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
            while let Some(seen) = looks.next().await {
                match seen {
                    Ok(Seen::Ended) => found.ended += 1,
                    Ok(Seen::Underway) => found.underway += 1,
                    Ok(Seen::SentAgain) => found.sent_again += 1,
                    Ok(Seen::Announced) => found.announced += 1,
                    Ok(Seen::GivenUp) => found.given_up += 1,
                    Ok(Seen::Expired) => found.expired += 1,
                    Err(error) => {
                        tracing::warn!(cause = error.chain(), "a media could not be looked at");
                        result = result.and(Err(error));
                    }
                }
            }
            let last = page.last().map(|mark| mark.location.key().to_owned());
            if due.len() < page.len() || last.is_none() || Instant::now() > deadline {
                break;
            }
            after = last;
        }
        result
    }

    /// Returns whether a mark's grace is over.
    fn is_due(&self, mark: &Version, now: Timestamp) -> bool {
        let grace = SignedDuration::from_secs(self.grace_seconds.into());
        let Ok(latest) = now.checked_sub(grace).map(Second::of) else {
            return false;
        };
        let since = match Key::parse(Bucket::Records, mark.location.key()) {
            Some(Key::Begun(begun)) => Some(begun.since),
            Some(Key::Expiring(expiring)) => Some(expiring.at),
            _ => None,
        };
        since.is_some_and(|since| since <= latest)
    }
}
