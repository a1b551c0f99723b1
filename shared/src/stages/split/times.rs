//! How long work may take before it makes room for others.

use std::time::Duration;

use tokio::time::Instant;

use super::Task;

/// How long a delivery begins new pieces of work. That is ten times what it costs to take a turn (some calls to S3, and
/// opening the document again), and so short that others wait for seconds.
pub const TURN: Duration = Duration::from_secs(2);

/// How long a page may take where all documents take turns: ten times what a large scan does.
pub const QUICK: Duration = Duration::from_secs(3);

/// How long a page may take at all: a hundred times what a large scan does. Also a turn among slow documents.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long each may take.
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
    /// Those of production.
    pub const STANDARD: Self = Self {
        turn: TURN,
        quick: QUICK,
        patience: PATIENCE,
    };

    /// How long a delivery of this task begins new pieces of work.
    pub(super) fn turn_of(self, task: &Task) -> Duration {
        if task.patient {
            self.patience
        } else {
            self.turn
        }
    }

    /// How long a page may take in this task.
    pub(super) fn page_of(self, task: &Task) -> Duration {
        if task.patient {
            self.patience
        } else {
            self.quick
        }
    }
}

/// Watches how long the page at work takes.
pub(super) struct Watch {
    limit: Duration,
    is_patient: bool,
    /// When the page was begun.
    begun: Instant,
    /// When the engine last said something.
    heard: Instant,
    longest: Duration,
    /// Whether it has said anything.
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

    /// A page was made, and the next one begins.
    pub(super) fn made(&mut self) {
        self.has_heard = true;
        self.longest = self.longest.max(self.begun.elapsed());
        self.paused();
    }

    /// The engine may have waited for us, and not we for it.
    pub(super) fn paused(&mut self) {
        self.begun = Instant::now();
        self.heard = self.begun;
    }

    /// The engine asked for bytes. A slow document that is still being read is at work; how long it reads is bounded by the
    /// function's time.
    pub(super) fn read(&mut self) {
        self.has_heard = true;
        self.heard = Instant::now();
    }

    /// When the page at work has taken too long.
    pub(super) fn end(&self) -> Instant {
        let since = if self.is_patient {
            self.heard
        } else {
            self.begun
        };
        since.checked_add(self.limit).unwrap_or(since)
    }

    /// Whether the engine has begun with this document. If not, it is still at another one, which was taken away meanwhile.
    pub(super) fn has_heard(&self) -> bool {
        self.has_heard
    }

    /// Whether a page that was made took this long.
    pub(super) fn has_seen(&self, long: Duration) -> bool {
        self.longest >= long
    }
}
