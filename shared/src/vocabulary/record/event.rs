//! The history of a media.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::moment::Moment;

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
