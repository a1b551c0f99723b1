//! Time limits after which work makes room for other documents.

use std::time::Duration;

use tokio::time::Instant;

use super::Task;

/// How long a delivery starts new pieces of work. This is ten times the cost of taking a turn (some calls to S3, and
/// opening the document again), and still so short that other documents wait only for seconds.
pub const TURN: Duration = Duration::from_secs(2);

/// How long a page may take on the queue that all documents share: ten times what a large scan takes.
pub const QUICK: Duration = Duration::from_secs(3);

/// How long a page may take on the queue of slow documents: a hundred times what a large scan takes. It is also the
/// length of a turn there.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The time limits of a splitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// [`TURN`]
    pub turn: Duration,
    /// [`QUICK`]
    pub quick: Duration,
    /// [`PATIENCE`]
    pub patience: Duration,
}

impl Times {
    /// The limits in production.
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

/// Measures how long the page at work takes.
pub(super) struct Watch {
    limit: Duration,
    is_patient: bool,
    /// The time at which the page was begun.
    begun: Instant,
    /// The time of the engine's last call.
    heard: Instant,
    longest: Duration,
    /// Whether the engine has made any call yet.
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

    /// Notes that a page was made and the next one begins.
    pub(super) fn made(&mut self) {
        self.has_heard = true;
        self.longest = self.longest.max(self.begun.elapsed());
        self.paused();
    }

    /// Restarts the clock, because the engine may have waited for us and not we for it.
    pub(super) fn paused(&mut self) {
        self.begun = Instant::now();
        self.heard = self.begun;
    }

    /// Notes that the engine asked for bytes. A slow document that is still being read is making progress; the
    /// function's timeout bounds how long it reads.
    pub(super) fn read(&mut self) {
        self.has_heard = true;
        self.heard = Instant::now();
    }

    /// Returns the time from which the page at work counts as too slow.
    pub(super) fn end(&self) -> Instant {
        let since = if self.is_patient {
            self.heard
        } else {
            self.begun
        };
        since.checked_add(self.limit).unwrap_or(since)
    }

    /// Whether the engine has begun with this document. If not, it is still busy with an earlier one, which was taken
    /// from it.
    pub(super) fn has_heard(&self) -> bool {
        self.has_heard
    }

    /// Whether any page that was made took at least this long.
    pub(super) fn has_seen(&self, long: Duration) -> bool {
        self.longest >= long
    }
}
