//! Time limits, after which work on a document makes room for others.

use std::time::Duration;

use tokio::time::Instant;

use super::Task;

/// The time during which a delivery starts new pieces of work. It is ten times the cost of taking a turn (some calls to
/// S3, and opening the document again), but so short that others wait only seconds.
pub const TURN: Duration = Duration::from_secs(2);

/// The time that a page may take in the normal queue: ten times that of a large scan.
pub const QUICK: Duration = Duration::from_secs(3);

/// The time that a page may take at most: a hundred times that of a large scan. It is also a turn in the slow queue.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The time limits in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The limit of [`TURN`].
    pub turn: Duration,
    /// The limit of [`QUICK`].
    pub quick: Duration,
    /// The limit of [`PATIENCE`].
    pub patience: Duration,
}

impl Times {
    /// The limits used in production.
    pub const STANDARD: Self = Self {
        turn: TURN,
        quick: QUICK,
        patience: PATIENCE,
    };

    /// Returns how long a delivery of this task starts new pieces of work.
    pub(super) fn turn_of(self, task: &Task) -> Duration {
        if task.patient {
            self.patience
        } else {
            self.turn
        }
    }

    /// Returns how long a page may take in this task.
    pub(super) fn page_of(self, task: &Task) -> Duration {
        if task.patient {
            self.patience
        } else {
            self.quick
        }
    }
}

/// A timer of the page that the engine is working on.
pub(super) struct Watch {
    limit: Duration,
    is_patient: bool,
    /// The start of the page.
    begun: Instant,
    /// The last time at which the engine made a call.
    heard: Instant,
    longest: Duration,
    /// Whether the engine has made any call.
    has_heard: bool,
}

impl Watch {
    pub(super) fn new(times: Times, task: &Task) -> Self {
        let now = Instant::now();
        Self {
            limit: times.page_of(task),
            is_patient: task.patient,
            begun: now,
            heard: now,
            longest: Duration::ZERO,
            has_heard: false,
        }
    }

    /// Records that a page was made and the next one begins.
    pub(super) fn made(&mut self) {
        self.has_heard = true;
        self.longest = self.longest.max(self.begun.elapsed());
        self.paused();
    }

    /// Restarts the page's time, because the engine may have waited for us.
    pub(super) fn paused(&mut self) {
        self.begun = Instant::now();
        self.heard = self.begun;
    }

    /// Records that the engine asked for bytes. In the slow queue this restarts the limit: a document that is still
    /// being read is at work, and the function's own timeout bounds how long that lasts.
    pub(super) fn read(&mut self) {
        self.has_heard = true;
        self.heard = Instant::now();
    }

    /// Returns the time at which the current page has taken too long.
    pub(super) fn end(&self) -> Instant {
        let since = if self.is_patient {
            self.heard
        } else {
            self.begun
        };
        since.checked_add(self.limit).unwrap_or(since)
    }

    /// Returns whether the engine has begun with this document. If not, it is still busy with an earlier one, which was
    /// withdrawn meanwhile.
    pub(super) fn has_heard(&self) -> bool {
        self.has_heard
    }

    /// Returns whether any page took at least this long.
    pub(super) fn has_seen(&self, long: Duration) -> bool {
        self.longest >= long
    }
}
