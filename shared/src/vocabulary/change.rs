//! The changes of a media that apps are told about. Nothing else is an event for them.

use std::fmt;

/// The type of the event that all declared files of an upload are decided: none is at its first validation any more.
pub const UPLOAD_FINISHED: &str = "upload.finished";

/// The type of the event that an app was registered.
pub const APP_REGISTERED: &str = "app.registered";

/// A change that an app cares about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Everything of the media is published.
    Ready,
    /// The file was refused.
    Rejected,
    /// A stage gave the media up.
    Failed,
    /// The media was withdrawn everywhere.
    Suspended,
    /// The media is where it was before its suspension.
    Restored,
    /// The media has moved to another visibility.
    VisibilityChanged,
    /// The media was erased.
    Deleted,
    /// A change whose kind is not known any more: so many others came after it before it was announced that no record
    /// tells of it. It keeps its number, so that no sequence has a gap.
    Forgotten,
}

impl Change {
    /// All changes, in the order in which the documentation lists them.
    pub const ALL: [Self; 8] = [
        Self::Ready,
        Self::Rejected,
        Self::Failed,
        Self::Suspended,
        Self::Restored,
        Self::VisibilityChanged,
        Self::Deleted,
        Self::Forgotten,
    ];

    /// Returns the type of the event.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "media.ready",
            Self::Rejected => "media.rejected",
            Self::Failed => "media.failed",
            Self::Suspended => "media.suspended",
            Self::Restored => "media.restored",
            Self::VisibilityChanged => "media.visibility_changed",
            Self::Deleted => "media.deleted",
            Self::Forgotten => "media.changed",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
