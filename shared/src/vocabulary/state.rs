//! The states of a media, and the one table of how it may go from one to another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a media stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Seen, not judged; not bound to a version of the upload.
    Validating,
    /// Judged good and bound to one version; not published whole.
    Processing,
    /// Published.
    Ready,
    /// Judged bad; a new version of the upload is judged anew.
    Rejected,
    /// Given up; waits for a retry.
    Failed,
    /// Being withdrawn.
    Suspending,
    /// Withdrawn.
    Suspended,
    /// Coming back.
    Restoring,
    /// Changing its visibility.
    Moving,
    /// Being erased.
    Deleting,
    /// Erased; the record is a tombstone.
    Deleted,
}

use State::{
    Deleted, Deleting, Failed, Moving, Processing, Ready, Rejected, Restoring, Suspended,
    Suspending, Validating,
};

/// From, to. What is not here does not happen.
const TRANSITIONS: &[(State, &[State])] = &[
    (
        Validating,
        &[Processing, Rejected, Failed, Suspending, Deleting],
    ),
    // Rejected: the bound version was overwritten before it was published.
    (Processing, &[Ready, Rejected, Failed, Suspending, Deleting]),
    (Ready, &[Suspending, Moving, Deleting]),
    // Validating: people fix their file and try again.
    (Rejected, &[Validating, Suspending, Deleting]),
    (Failed, &[Validating, Processing, Suspending, Deleting]),
    (Suspending, &[Suspended, Deleting]),
    (Suspended, &[Restoring, Deleting]),
    (
        Restoring,
        &[
            Ready, Validating, Processing, Rejected, Failed, Suspending, Deleting,
        ],
    ),
    (Moving, &[Ready, Failed, Suspending, Deleting]),
    (Deleting, &[Deleted]),
    (Deleted, &[]),
];

/// A change of state that the table does not know: a fault of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a media cannot go from {from} to {to}")]
pub struct TransitionError {
    /// The record's state.
    pub from: State,
    /// The state wanted.
    pub to: State,
}

impl State {
    /// Whether a media in this state may go to that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        TRANSITIONS
            .iter()
            .any(|(from, to)| *from == self && to.contains(&next))
    }

    /// Whether an operation on what is stored is under way.
    #[must_use]
    pub fn is_operation(self) -> bool {
        matches!(self, Suspending | Restoring | Moving | Deleting)
    }

    /// As it stands in records and answers.
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

    /// Rows from, columns to, in the order of the enum; x where the change is allowed.
    const MATRIX: [(State, &str); 11] = [
        //            VPRrF suspending, suspended, restoring, moving, deleting, deleted
        (Validating, ".x.xxx...x."),
        (Processing, "..xxxx...x."),
        (Ready, ".....x..xx."),
        (Rejected, "x....x...x."),
        (Failed, "xx...x...x."),
        (Suspending, "......x..x."),
        (Suspended, ".......x.x."),
        (Restoring, "xxxxxx...x."),
        (Moving, "..x.xx...x."),
        (Deleting, "..........x"),
        (Deleted, "..........."),
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
