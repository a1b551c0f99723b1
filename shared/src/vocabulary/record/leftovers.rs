//! The objects that a media has published in part before its file was refused.
//!
//! A stage that refuses a file deletes nothing of what is public: it has no right to. The record says so instead, and the
//! sweeper orders the removal. Until that is done the media is not at rest, and no other version of its file is judged, so
//! that the removal takes nothing of what that version publishes.

use jiff::{SignedDuration, Timestamp};

use super::{MediaRecord, What};
use crate::vocabulary::operation::{Forgets, Withdrawal};
use crate::vocabulary::state::State;

/// The time in seconds after which no function can be at work any more that began before: Lambda's longest timeout.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const LONGEST_RUN_SECONDS: i64 = 900;

/// The time in seconds after which no split-pdf can be at work any more that began before: its timeout in the template.
/// Nobody else publishes anything of a document.
pub const SPLIT_RUN_SECONDS: i64 = 120;

impl MediaRecord {
    /// Returns whether the file was refused, and what was published of it is still to be taken away.
    #[must_use]
    pub fn has_leftovers(&self) -> bool {
        self.state == State::Rejected && self.withdrawal.is_some()
    }

    /// Returns whether objects are being moved, changed or taken away: by an operation, or because the file was refused.
    #[must_use]
    pub fn is_operated_on(&self) -> bool {
        self.state.is_operation() || self.has_leftovers()
    }

    /// Returns whether nobody is at work on the media, and nobody has to be.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.state.is_at_rest() && !self.has_leftovers()
    }

    /// Has everything taken away that was published of a file that has just been refused. Whether the CDN has to forget it
    /// is decided when it is seen what there is. Whoever is at work on the file is so for `run_seconds` at most.
    pub fn leave_behind(&mut self, now: Timestamp, run_seconds: i64) {
        let run = SignedDuration::from_secs(run_seconds);
        let quiet_at = now.checked_add(run).unwrap_or(Timestamp::MAX);
        self.withdrawal = Some(Withdrawal {
            forgets: Forgets::Never,
            ..Withdrawal::new(quiet_at)
        });
    }

    /// Returns whether work on the accepted file was stopped and begun again: it failed or was suspended. A stage that is
    /// not stopped either publishes what it has begun to publish, or knows what it leaves.
    pub(super) fn was_stopped(&self) -> bool {
        let begins_or_stops = [What::Accepted, What::Failed, What::Suspending];
        let mut latest = self.history.iter().rev();
        let latest = latest.find(|event| begins_or_stops.contains(&event.what));
        // The history is bounded: where neither is left, it was long.
        self.state == State::Processing && latest.is_none_or(|event| event.what != What::Accepted)
    }
}
