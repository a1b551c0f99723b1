//! The expiry of a media, and the mark by which it is found then.

use jiff::Timestamp;

use super::MediaRecord;
use crate::vocabulary::keys::{Expiring, Key};
use crate::vocabulary::operation::SuspendReason;
use crate::vocabulary::second::Second;
use crate::vocabulary::state::State;

impl MediaRecord {
    /// Returns whether the media is suspended on an authority's demand, so that nobody may delete it.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.suspension
            .as_ref()
            .is_some_and(|suspension| suspension.reason == SuspendReason::Legal)
    }

    /// Returns whether the media has expired, and may be deleted for it.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let is_over = self.expires_at.is_some_and(|at| at <= now);
        is_over && !self.is_held() && !matches!(self.state, State::Deleting | State::Deleted)
    }

    /// Returns the mark by which the media is found when it expires, if none of the record `before` finds it: the time is
    /// another one, or the media was held until now, so that a mark may have been removed.
    #[must_use]
    pub fn expiring(&self, before: Option<&Self>) -> Option<Key> {
        let at = self.expires_at?;
        let is_marked = |before: &Self| before.expires_at == self.expires_at && !before.is_held();
        if self.is_held() || before.is_some_and(is_marked) {
            return None;
        }
        Some(Key::Expiring(Expiring {
            at: Second::not_before(at.max(self.updated_at)),
            app: self.app.clone(),
            media: self.media.clone(),
        }))
    }
}
