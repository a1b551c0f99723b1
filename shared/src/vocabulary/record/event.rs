//! The history of a media.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MediaRecord;
use crate::vocabulary::change::Change;
use crate::vocabulary::moment::Moment;

/// The maximum number of events in a record; the oldest are dropped first. 50 events of at most a few hundred bytes
/// keep a record small enough to be read at every step.
pub(super) const HISTORY: usize = 50;

/// An event in the history of a media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HistoryEvent")]
pub struct Event {
    /// The time of the event.
    #[schemars(with = "Moment")]
    pub at: Timestamp,
    /// The kind of event.
    pub what: What,
    /// The actor: a stage, or the IAM identity of a caller.
    pub by: String,
    /// A detail, such as a reason or a version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The number of the event among those that the app is told about, if it is one of them; the first is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
}

/// The kinds of events that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "HistoryEventKind")]
pub enum What {
    /// The media was first seen, or is judged anew after a rejection.
    Validating,
    /// The file was judged good, and the media bound to the version in the note.
    Accepted,
    /// The file was judged bad, for the reason in the note.
    Rejected,
    /// The media was published.
    Ready,
    /// The media was given up, for the reason in the note.
    Failed,
    /// A later upload under the same name was ignored; the note has its version.
    Superseded,
    /// Another file name of the same upload has the same id, and was refused.
    Collided,
    /// A suspension was requested, for the reason in the note.
    Suspending,
    /// The reason of a suspension was changed to the one in the note.
    ReasonChanged,
    /// The media was withdrawn everywhere.
    Suspended,
    /// A restore was requested.
    Restoring,
    /// The media was restored.
    Restored,
    /// A change to the visibility in the note was requested.
    Moving,
    /// The visibility was changed.
    Moved,
    /// Captions in the language in the note were put.
    CaptionsPut,
    /// Captions in the language in the note were taken away.
    CaptionsRemoved,
    /// The change of the captions was delivered.
    Updated,
    /// A retry of the failed work was requested.
    Retried,
    /// The deletion was requested; or the media has expired, as the note says then.
    Deleting,
    /// The media was deleted.
    Deleted,
}

impl What {
    /// Returns the change that the app is told about, or `None` if it is not told. This is the only place that decides it.
    ///
    /// An order is told when it is done. Later uploads under a name that is taken are not told: an uploader can repeat
    /// them at will, and would drive everything else out of the history.
    #[must_use]
    pub fn change(self) -> Option<Change> {
        match self {
            Self::Ready => Some(Change::Ready),
            Self::Rejected => Some(Change::Rejected),
            Self::Failed => Some(Change::Failed),
            Self::Suspended => Some(Change::Suspended),
            Self::Restored => Some(Change::Restored),
            Self::Moved => Some(Change::VisibilityChanged),
            Self::Deleted => Some(Change::Deleted),
            Self::Validating
            | Self::Accepted
            | Self::Superseded
            | Self::Collided
            | Self::Suspending
            | Self::ReasonChanged
            | Self::Restoring
            | Self::Moving
            | Self::CaptionsPut
            | Self::CaptionsRemoved
            | Self::Updated
            | Self::Retried
            | Self::Deleting => None,
        }
    }
}

impl MediaRecord {
    /// Adds an event to the history. An event that the app is told about gets its number here, so it is written together
    /// with the change itself, and nobody has to remember to tell.
    pub(crate) fn note(&mut self, what: What, by: &str, note: Option<String>, at: Timestamp) {
        let seq = what.change().map(|_| self.seq.saturating_add(1));
        self.seq = seq.unwrap_or(self.seq);
        self.history.push(Event {
            at,
            what,
            by: by.to_owned(),
            note,
            seq,
        });
        let surplus = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..surplus);
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}
