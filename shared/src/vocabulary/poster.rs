//! The poster that an app chose for a film.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A choice: the picture at this time of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenPoster {
    /// Milliseconds from the beginning of the film.
    pub at_ms: u64,
    /// The time at which it was asked for, which tells choices apart: the latest counts.
    pub asked_at: Timestamp,
    /// Whether the picture was taken and put in place of the one before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made: bool,
}

impl ChosenPoster {
    /// Returns whether this was asked for after another choice.
    #[must_use]
    pub fn is_after(&self, other: Option<&Self>) -> bool {
        other.is_none_or(|other| other.asked_at < self.asked_at)
    }

    /// Returns whether this is the same choice, whether made or not.
    #[must_use]
    pub fn is_same(&self, other: Option<&Self>) -> bool {
        other.is_some_and(|other| other.asked_at == self.asked_at && other.at_ms == self.at_ms)
    }
}
