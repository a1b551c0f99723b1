//! Keeps the listings of an app's media: for each media an entry in the listing of every facet that it has, and a mark when
//! it comes to be stored or is erased.
//!
//! A message only hints that a record was written, as for events. This stage reads the note of the media, which says in
//! which listings it may have entries, and then the record. If they differ, it
//!
//! 1. writes the note: the listings of before and those of now, the marks that it is going to put, and who is at work.
//! 2. puts the marks and the entries of now, and removes those that are only of before.
//! 3. writes the note again: the listings of now; or removes it, if there are none.
//! 4. looks once more, until note and record agree.
//!
//! A process may die after any of these calls, and no entry is ever there that the note does not account for. A note says
//! for a lease that somebody is at work; nobody else changes anything meanwhile. After that, another process puts all
//! entries again and looks which of the marks are there. Because each process reads the record after the note, and once
//! more at the end, an old record is never left in a listing: somebody who writes a record hints at it afterwards, and
//! whoever takes that hint reads this record or a later one.
//!
//! Readers hold each entry against the record, so what is outdated is never shown. What is missing is seen by the sweeper:
//! the mark of a generation, or that of a change of tags or metadata, goes only when note and record agree.

mod note;
mod rebuild;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::json;

use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::records::{Records, pause};
use crate::ports::clock::Clock;
use crate::ports::store::ObjectStore;
use crate::stages::stored::{LEASE_SECONDS, Stored};
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::listed::{Facet, Position};
use crate::vocabulary::keys::used::milliseconds;
use crate::vocabulary::keys::{Flow, Key};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

pub use rebuild::{Indexed, Rebuild};

use note::{Note, Place, Work};

/// The age in seconds from which somebody's work counts as interrupted; before that, it is worth to ask again soon.
const QUICK_SECONDS: i64 = 15;

/// The time after which to ask again soon, in seconds.
const SOON_SECONDS: u32 = 3;

/// How often note and record are compared for one message. Each round but the last changes something.
const ROUNDS: u32 = 4;

/// Entries that are put or removed at the same time: a media has 29 at most.
const AT_ONCE: usize = 8;

/// Keeps the listings of media.
#[derive(Clone)]
pub struct Indexer {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock, by which leases end.
    pub clock: Arc<dyn Clock>,
}

/// The entries in listings and the stored bytes that a media's record asks for.
struct Wanted {
    facets: BTreeSet<Facet>,
    stored: Option<u64>,
    position: Position,
}

impl Indexer {
    /// Brings a media's entries up to date with its record. Returns whether there was anything to do.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Record`], [`Error::Busy`] while another process may be at work on them, and
    /// [`Error::Contended`] if others were first each time.
    pub async fn settle(&self, app: &AppId, media: &MediaId) -> Result<bool, Error> {
        for round in 0..ROUNDS {
            // The note first: what is read of the record is then at least as new as what the note was written by.
            let place = Place::find(&*self.store, app, media).await?;
            // A record is never removed. If somebody did so by hand, nothing says where the entries are.
            let Some(wanted) = self.wanted(app, media).await? else {
                return Ok(round > 0);
            };
            if place.note.is(&wanted.facets, wanted.stored) {
                return Ok(round > 0);
            }
            self.carry_out((app, media), place, &wanted).await?;
        }
        Err(Error::Contended { attempts: ROUNDS })
    }

    /// Returns whether a media's entries are not those that its record asks for.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`].
    pub async fn is_behind(&self, app: &AppId, media: &MediaId) -> Result<bool, Error> {
        let place = Place::find(&*self.store, app, media).await?;
        let wanted = self.wanted(app, media).await?;
        Ok(wanted.is_some_and(|wanted| !place.note.is(&wanted.facets, wanted.stored)))
    }

    async fn wanted(&self, app: &AppId, media: &MediaId) -> Result<Option<Wanted>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        let Some(found) = self.records.load::<MediaRecord>(&key).await? else {
            return Ok(None);
        };
        let record = found.value;
        let indexed = if record.description.metadata.is_empty() {
            Vec::new()
        } else {
            let registration = Key::App(app.clone());
            let found = self.records.load::<AppRecord>(&registration).await?;
            found.map(|found| found.value.indexed).unwrap_or_default()
        };
        Ok(Some(Wanted {
            facets: record.facets(&indexed),
            stored: record.stored_bytes(),
            position: record.position(),
        }))
    }

    async fn carry_out(
        &self,
        (app, media): (&AppId, &MediaId),
        place: Place,
        wanted: &Wanted,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        if let Some(work) = &place.note.work {
            work.is_over(now)?;
        }
        let before = place.note.clone();
        let ledger = Stored::new(self.store.clone());
        let stored = match &before.work {
            Some(work) => ledger.amended(app, before.stored, &work.marks).await?,
            None => before.stored,
        };
        let work = Work {
            by: format!("{:032x}", self.clock.random()),
            since: now,
            marks: self.flows(media, stored, wanted.stored, now),
        };
        let opened = Note {
            facets: before.facets.union(&wanted.facets).cloned().collect(),
            stored,
            work: Some(work.clone()),
        };
        let Some(opened) = place.open(&*self.store, opened).await? else {
            pause(&*self.clock, 0).await;
            return Ok(());
        };
        for flow in work.marks {
            ledger.mark(app, flow).await?;
        }
        // Whoever was interrupted may have put some of the entries only.
        let is_there = |facet: &&Facet| before.work.is_none() && before.facets.contains(*facet);
        let put = wanted.facets.iter().filter(|facet| !is_there(facet));
        let put = put.map(|facet| self.put(entry(app, facet, &wanted.position)));
        let remove = before.facets.difference(&wanted.facets);
        let remove = remove.map(async |facet| {
            // If this fails, so does the change: its note would say that the entry is gone.
            mark::clear(&*self.store, &entry(app, facet, &wanted.position)).await
        });
        for_all(put).await?;
        for_all(remove).await?;
        let closed = Note {
            facets: wanted.facets.clone(),
            stored: wanted.stored,
            work: None,
        };
        opened.close(&*self.store, closed).await
    }

    /// Returns the marks that lead from what is counted of a media to what is stored of it.
    fn flows(
        &self,
        media: &MediaId,
        counted: Option<u64>,
        stored: Option<u64>,
        now: Timestamp,
    ) -> Vec<Flow> {
        if counted == stored {
            return Vec::new();
        }
        let flow = |is_in, bytes| Flow {
            at: milliseconds(now),
            is_in,
            media: media.clone(),
            bytes,
            nonce: u32::try_from(self.clock.random() >> 96).unwrap_or_default(),
        };
        let out = counted.map(|bytes| flow(false, bytes));
        let come = stored.map(|bytes| flow(true, bytes));
        out.into_iter().chain(come).collect()
    }

    async fn put(&self, entry: Key) -> Result<(), Error> {
        mark::put_once(&*self.store, &entry, &json!({})).await
    }
}

fn entry(app: &AppId, facet: &Facet, position: &Position) -> Key {
    Key::Listed(app.clone(), facet.clone(), position.clone())
}

async fn for_all(
    calls: impl Iterator<Item = impl Future<Output = Result<(), Error>>>,
) -> Result<(), Error> {
    stream::iter(calls)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
