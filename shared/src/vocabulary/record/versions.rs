//! Versions of the upload other than the one that was judged last.

use jiff::Timestamp;

use super::{MediaRecord, What};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::rejection::OVERWRITTEN;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

impl MediaRecord {
    /// Notes that a later version of the upload is ignored, unless this was noted before.
    pub fn supersede(&mut self, ignored: &ETag, now: Timestamp) {
        if !self.has_superseded(ignored) {
            self.note(
                What::Superseded,
                Stage::ValidateUpload.as_str(),
                Some(ignored.to_string()),
                now,
            );
        }
    }

    /// Returns whether the file was refused because another one lay in its place when it was to be published.
    #[must_use]
    pub fn was_overwritten(&self) -> bool {
        let rejection = self.rejection.as_ref();
        rejection.is_some_and(|rejection| rejection.code == OVERWRITTEN)
    }

    fn has_superseded(&self, version: &ETag) -> bool {
        let version = version.to_string();
        let mut history = self.history.iter();
        history.any(|event| event.what == What::Superseded && event.note.as_ref() == Some(&version))
    }

    /// Returns whether an event about this version of the upload would make a difference to a media at rest:
    /// `validate-upload` judges it if the version before it was rejected, and notes it if that one counts. A retry of a
    /// media that failed before it was bound to a version takes whatever is there. A version that was overwritten was not
    /// refused for what it is, and counts when it is there again.
    #[must_use]
    pub fn is_news(&self, version: &ETag) -> bool {
        let is_other = self.source.as_ref() != Some(version);
        match self.state {
            State::Rejected => is_other || self.was_overwritten(),
            State::Ready | State::Updating | State::Failed => {
                self.source.is_some() && is_other && !self.has_superseded(version)
            }
            State::Validating
            | State::Processing
            | State::Suspending
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Deleting
            | State::Deleted => false,
        }
    }
}
