//! Work that is under way, and since when somebody should have heard of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::MediaRecord;
use crate::vocabulary::keys::{Begun, Key};
use crate::vocabulary::second::Second;

/// How often a media's message was sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// The number of times since the media entered its state.
    pub times: u32,
    /// The last time.
    pub at: Timestamp,
}

impl MediaRecord {
    /// Returns the time from which work counts as under way: the media entered its state, or its operation may go on
    /// because nobody who began earlier is at work any more.
    #[must_use]
    pub fn underway_since(&self) -> Timestamp {
        let quiet_at = self
            .withdrawal
            .as_ref()
            .map(|withdrawal| withdrawal.quiet_at);
        let quiet_at = quiet_at.filter(|_| self.state.is_operation());
        self.state_since.max(quiet_at.unwrap_or(self.state_since))
    }

    /// Returns whether work has been under way for longer than this many seconds.
    #[must_use]
    pub fn is_overdue(&self, seconds: u32, now: Timestamp) -> bool {
        let waited = now.duration_since(self.underway_since());
        !self.is_at_rest() && waited > SignedDuration::from_secs(seconds.into())
    }

    /// Returns the mark that has to be there before this record replaces another one (or none): of work that it begins, or
    /// of an event that the app is to be told about. A generation has one mark, which leads to everything that happens in
    /// it; but where tags or metadata of a media at rest change, that one may be gone, and there is another.
    #[must_use]
    pub fn begun_after(&self, before: Option<&Self>) -> Option<Key> {
        let is_new = before.is_none_or(|before| before.generation != self.generation);
        let is_news = before.map_or(0, |before| before.seq) != self.seq;
        let is_work = is_new && (is_news || !self.is_at_rest());
        let is_relabelled = before.is_some_and(|before| !is_new && self.is_relabelled(before));
        (is_work || is_relabelled).then(|| {
            let since = if is_work {
                self.underway_since()
            } else {
                self.updated_at
            };
            Key::Begun(Begun {
                since: Second::not_before(since),
                app: self.app.clone(),
                media: self.media.clone(),
                generation: self.generation,
                sweeps: 0,
            })
        })
    }
}
