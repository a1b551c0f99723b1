//! How far the marks of a ledger have been added up, so that the next count goes on from there.
//!
//! The sums are of stretches of keys, in the order of the marks' times. A stretch is added up when it is first listed;
//! marks that come into it afterwards are missing. When no more can come, it is listed once more, and joins the settled
//! sum, which is exact. Marks that were written late lie behind all others and never become part of a sum.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IN_TIME_SECONDS, LEASE_SECONDS};
use crate::ports::store::{Listed, Listing};
use crate::vocabulary::keys::Key;
use crate::vocabulary::keys::used::{Mark, milliseconds};
use crate::vocabulary::quota::Used;

/// A time in milliseconds after which nobody writes a mark under its own time any more: the time in which one may be
/// begun, a lease, and a minute for clocks that differ.
const SETTLED_MILLISECONDS: u64 =
    (IN_TIME_SECONDS.unsigned_abs() + LEASE_SECONDS.unsigned_abs() + 60) * 1_000;

/// A time in milliseconds after which almost all marks are written. A sum does not go further, unless it has to.
const RECENT_MILLISECONDS: u64 = 5_000;

/// The sums of a ledger's marks so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The marks from the beginning, exactly.
    settled: Stretch,
    /// Those that follow, each stretch as it was listed once.
    ahead: VecDeque<Stretch>,
}

/// The sum of the marks after the stretch before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    /// The key of the last mark; empty at the beginning.
    to: String,
    used: Used,
}

impl Checkpoint {
    /// Returns the sum of all stretches.
    pub(super) fn used(&self) -> Used {
        let ahead = self.ahead.iter();
        ahead.fold(self.settled.used, |sum, stretch| sum.plus(stretch.used))
    }

    /// Returns the key of the last mark that was added up, if there is one.
    pub(super) fn end(&self) -> Option<&str> {
        let last = self.ahead.back().map(|stretch| stretch.to.as_str());
        last.or(self.settled())
    }

    /// Returns the key of the last mark of the settled sum, if there is one.
    pub(super) fn settled(&self) -> Option<&str> {
        Some(self.settled.to.as_str()).filter(|key| !key.is_empty())
    }

    /// Returns whether no mark can come into the first stretch any more, so that it can be listed a last time.
    pub(super) fn can_settle(&self, now: Timestamp) -> bool {
        let first = self.ahead.front();
        let mark = first.and_then(|stretch| parse(&stretch.to));
        mark.is_some_and(|mark| is_older(&mark, SETTLED_MILLISECONDS, now))
    }

    /// Moves the marks of a page that follows the settled sum into it, as far as the stretches reach and no more can
    /// come.
    pub(super) fn settle(&mut self, page: &Listing, now: Timestamp) {
        for object in &page.objects {
            let key = object.location.key();
            // The end of a stretch is a mark, and marks are not removed while they are counted.
            while self.ahead.front().is_some_and(|first| *first.to < *key) {
                self.ahead.pop_front();
            }
            let Some(first) = self.ahead.front_mut() else {
                return;
            };
            let Some(mark) = mark_of(object) else {
                continue;
            };
            if !is_older(&mark, SETTLED_MILLISECONDS, now) {
                return;
            }
            first.used = first.used.minus(mark.used());
            self.settled = Stretch {
                to: key.to_owned(),
                used: self.settled.used.plus(mark.used()),
            };
        }
        self.ahead.pop_front_if(|first| first.to == self.settled.to);
    }

    /// Adds a page that follows the last stretch as another one. Returns `false` if it did not, and the page has to be
    /// listed again: it is the last one, or is recent and was not in the way of a whole count.
    pub(super) fn go_on(&mut self, page: &Listing, is_whole: bool, now: Timestamp) -> bool {
        let marks: Vec<_> = page.objects.iter().filter_map(mark_of).collect();
        let is_late = marks.iter().any(|mark| mark.accepted_at.is_none());
        let Some(last) = page.objects.last().filter(|_| page.more && !is_late) else {
            return false;
        };
        let recent = |mark: &Mark| !is_older(mark, RECENT_MILLISECONDS, now);
        if is_whole && marks.last().is_none_or(recent) {
            return false;
        }
        self.ahead.push_back(Stretch {
            to: last.location.key().to_owned(),
            used: amount(page),
        });
        true
    }
}

/// Returns what the marks of a page add up to.
pub(super) fn amount(page: &Listing) -> Used {
    let marks = page.objects.iter().filter_map(mark_of);
    marks.fold(Used::default(), |sum, mark| sum.plus(mark.used()))
}

fn mark_of(object: &Listed) -> Option<Mark> {
    parse(object.location.key())
}

fn parse(key: &str) -> Option<Mark> {
    match Key::parse(crate::vocabulary::keys::Bucket::Records, key) {
        Some(Key::Used(_, _, mark)) => Some(mark),
        Some(
            Key::Uploaded { .. }
            | Key::Delivered { .. }
            | Key::App(_)
            | Key::Grant(..)
            | Key::Media(..)
            | Key::Failed(..)
            | Key::Suspended(..)
            | Key::Stuck(..)
            | Key::Blocked(_)
            | Key::Begun(_)
            | Key::Compared
            | Key::Unclaimed(_)
            | Key::Counted(..)
            | Key::Part(..),
        )
        | None => None,
    }
}

/// Returns whether a mark is older than this; one that was written late is not.
fn is_older(mark: &Mark, age: u64, now: Timestamp) -> bool {
    let before = milliseconds(now).saturating_sub(age);
    mark.accepted_at.is_some_and(|time| time <= before)
}
