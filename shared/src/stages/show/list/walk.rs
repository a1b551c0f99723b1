//! Walks listings together, and finds the positions that all of them have.
//!
//! Each listing is in the order of positions. The one that is behind leaps to where the others are, by listing from there
//! on, so what lies between is neither listed nor read. How many leaps there are between two positions that all have
//! depends on how the listings interleave, so the calls are bounded.

use std::collections::{BTreeSet, VecDeque};

use crate::platform::error::Error;
use crate::ports::store::ObjectStore;
use crate::vocabulary::keys::listed::{Cursor, Facet, Position};
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::AppId;

/// The most listing calls of a page. Each lists up to 1,000 entries, and eight listings can be walked together.
pub const MOST_LISTS: u32 = 32;

/// Entries of one listing call, the most that S3 allows.
const ENTRIES: u16 = 1_000;

/// How a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more.
    Goes,
    /// No more calls may be made for this page.
    Stopped,
    /// There is nothing more.
    Ended,
}

/// Listings that are walked together.
pub(super) struct Walk<'a> {
    store: &'a dyn ObjectStore,
    lanes: Vec<Lane>,
    cursor: Cursor,
    calls_left: u32,
}

/// A listing, and what was listed of it.
struct Lane {
    prefix: Prefix,
    listed: VecDeque<Position>,
    /// Whether more follows what was listed.
    more: bool,
}

/// The next entry of a lane; or the lane stopped because no calls are left, or has ended.
enum Next {
    At(Position),
    Stopped,
    Ended,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        store: &'a dyn ObjectStore,
        app: &AppId,
        facets: &BTreeSet<Facet>,
        begin: Cursor,
    ) -> Self {
        let lanes = facets.iter().map(|facet| Lane {
            prefix: Prefix::listed(app, facet),
            listed: VecDeque::new(),
            more: true,
        });
        Self {
            store,
            lanes: lanes.collect(),
            cursor: begin,
            calls_left: MOST_LISTS,
        }
    }

    /// Returns how far the walk has come: everything before that was found or is in one of the listings only.
    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Finds up to `most` positions that all listings have, and that are not past the end.
    pub(super) async fn take(
        &mut self,
        most: usize,
        is_past: &(dyn Fn(&Position) -> bool + Sync),
    ) -> Result<(Vec<Position>, Step), Error> {
        let mut found = Vec::new();
        while found.len() < most {
            match self.next(most, is_past).await? {
                Next::At(position) => {
                    self.cursor = position.cursor_behind();
                    found.push(position);
                }
                Next::Stopped => return Ok((found, Step::Stopped)),
                Next::Ended => return Ok((found, Step::Ended)),
            }
        }
        let is_at_end = self
            .lanes
            .iter_mut()
            .any(|lane| lane.is_at_end(&self.cursor));
        let step = if is_at_end { Step::Ended } else { Step::Goes };
        Ok((found, step))
    }

    /// Finds the next position that all listings have.
    async fn next(
        &mut self,
        most: usize,
        is_past: &(dyn Fn(&Position) -> bool + Sync),
    ) -> Result<Next, Error> {
        // One listing needs no more than is shown of it.
        let entries = match (self.lanes.len(), u16::try_from(most)) {
            (1, Ok(most)) => most.min(ENTRIES),
            _ => ENTRIES,
        };
        loop {
            let mut last = None::<Position>;
            let mut all_have_it = true;
            for lane in &mut self.lanes {
                // What all have is not before what one has.
                let before = last.as_ref().map(Position::cursor_before);
                let from = before.as_ref().unwrap_or(&self.cursor);
                let next = lane.next(self.store, from, entries, &mut self.calls_left);
                match next.await? {
                    Next::At(position) => {
                        all_have_it &= last.as_ref().is_none_or(|last| *last == position);
                        last = Some(position);
                    }
                    Next::Stopped => return Ok(Next::Stopped),
                    Next::Ended => return Ok(Next::Ended),
                }
            }
            let Some(last) = last.filter(|last| !is_past(last)) else {
                return Ok(Next::Ended);
            };
            if all_have_it {
                return Ok(Next::At(last));
            }
            self.cursor = last.cursor_before();
        }
    }
}

impl Lane {
    /// Returns the first position that the cursor leaves.
    async fn next(
        &mut self,
        store: &dyn ObjectStore,
        cursor: &Cursor,
        entries: u16,
        calls_left: &mut u32,
    ) -> Result<Next, Error> {
        loop {
            self.leap(cursor);
            if let Some(first) = self.listed.front() {
                return Ok(Next::At(first.clone()));
            }
            if !self.more {
                return Ok(Next::Ended);
            }
            let Some(left) = calls_left.checked_sub(1) else {
                return Ok(Next::Stopped);
            };
            *calls_left = left;
            let after = self.prefix.behind(cursor);
            let page = store.list(&self.prefix, after.as_deref(), entries).await?;
            self.more = page.more && !page.objects.is_empty();
            self.listed = page.keys().filter_map(position).collect();
        }
    }

    /// Forgets what lies before the cursor.
    fn leap(&mut self, cursor: &Cursor) {
        while self
            .listed
            .pop_front_if(|first| !cursor.leaves(first))
            .is_some()
        {}
    }

    /// Returns whether nothing follows the cursor, as far as was listed.
    fn is_at_end(&mut self, cursor: &Cursor) -> bool {
        self.leap(cursor);
        self.listed.is_empty() && !self.more
    }
}

fn position(key: &str) -> Option<Position> {
    let Some(Key::Listed(_, _, position)) = Key::parse(Bucket::Records, key) else {
        return None;
    };
    Some(position)
}
