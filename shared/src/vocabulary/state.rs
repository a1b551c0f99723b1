//! The states of a media, and the table of all transitions between them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of a media.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MediaState")]
pub enum State {
    /// An upload was seen but not judged; the media is not bound to a version of it.
    Validating,
    /// The upload was judged good and the media is bound to its version; not everything is published yet.
    Processing,
    /// Everything is published.
    Ready,
    /// The upload was judged bad; a new version of it is judged anew.
    Rejected,
    /// A stage gave the media up; it waits for a retry.
    Failed,
    /// The media is being withdrawn.
    Suspending,
    /// The media is withdrawn.
    Suspended,
    /// The media is being published again after a suspension.
    Restoring,
    /// The media's visibility is being changed.
    Moving,
    /// The media stays published, and its captions are being changed.
    Updating,
    /// The media is being erased.
    Deleting,
    /// The media is erased; the record is a tombstone.
    Deleted,
}

use State::{
    Deleted, Deleting, Failed, Moving, Processing, Ready, Rejected, Restoring, Suspended,
    Suspending, Updating, Validating,
};

/// The allowed transitions, as pairs of a state and its possible successors. All others are refused.
const TRANSITIONS: &[(State, &[State])] = &[
    (
        Validating,
        &[Processing, Rejected, Failed, Suspending, Deleting],
    ),
    // Rejected: the bound version was overwritten before it was published.
    (Processing, &[Ready, Rejected, Failed, Suspending, Deleting]),
    (Ready, &[Suspending, Moving, Updating, Deleting]),
    // Validating: people fix their file and try again.
    (Rejected, &[Validating, Suspending, Deleting]),
    (Failed, &[Validating, Processing, Suspending, Deleting]),
    (Suspending, &[Suspended, Deleting]),
    (Suspended, &[Restoring, Deleting]),
    (
        Restoring,
        &[
            Ready, Validating, Processing, Rejected, Failed, Updating, Suspending, Deleting,
        ],
    ),
    (Moving, &[Ready, Failed, Suspending, Deleting]),
    // Updating: other captions are put meanwhile.
    (Updating, &[Ready, Updating, Suspending, Deleting]),
    (Deleting, &[Deleted]),
    (Deleted, &[]),
];

/// A change of state that the table does not allow: a fault of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state of a media cannot change from {from} to {to}")]
pub struct TransitionError {
    /// The record's state.
    pub from: State,
    /// The requested state.
    pub to: State,
}

impl State {
    /// Returns whether a media in this state may change to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        TRANSITIONS
            .iter()
            .any(|(from, to)| *from == self && to.contains(&next))
    }

    /// Returns whether an operation on the stored objects is under way.
    #[must_use]
    pub fn is_operation(self) -> bool {
        matches!(self, Suspending | Restoring | Moving | Updating | Deleting)
    }

    /// Returns whether viewers are served everything of a media in this state.
    #[must_use]
    pub fn is_served(self) -> bool {
        matches!(self, Ready | Updating)
    }

    /// Returns whether nobody is at work on a media in this state, and nobody has to be.
    #[must_use]
    pub fn is_at_rest(self) -> bool {
        matches!(self, Ready | Rejected | Failed | Suspended | Deleted)
    }

    /// Returns the state as it is written in records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Validating => "validating",
            Processing => "processing",
            Ready => "ready",
            Rejected => "rejected",
            Failed => "failed",
            Suspending => "suspending",
            Suspended => "suspended",
            Restoring => "restoring",
            Moving => "moving",
            Updating => "updating",
            Deleting => "deleting",
            Deleted => "deleted",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are the old states and columns the new ones, in the order of the enum; x marks an allowed change.
    const MATRIX: [(State, &str); 12] = [
        //            VPRrF suspending, suspended, restoring, moving, updating, deleting, deleted
        (Validating, ".x.xxx....x."),
        (Processing, "..xxxx....x."),
        (Ready, ".....x..xxx."),
        (Rejected, "x....x....x."),
        (Failed, "xx...x....x."),
        (Suspending, "......x...x."),
        (Suspended, ".......x..x."),
        (Restoring, "xxxxxx...xx."),
        (Moving, "..x.xx....x."),
        (Updating, "..x..x...xx."),
        (Deleting, "...........x"),
        (Deleted, "............"),
    ];

    #[test]
    fn every_pair_of_states_is_decided() {
        for (from, row) in MATRIX {
            for ((to, _), mark) in MATRIX.iter().zip(row.chars()) {
                assert_eq!(from.may_become(*to), mark == 'x', "{from} to {to}");
            }
        }
    }

    #[test]
    fn nothing_comes_back_from_deleted_or_is_published_while_suspended() {
        for (state, _) in MATRIX {
            assert!(!Deleted.may_become(state));
        }
        assert!(!Suspending.may_become(Ready) && !Suspended.may_become(Ready));
    }
}
