//! The parts of a record that tell of an operation on a media that is known: suspend, restore, move, delete.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a media is suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// The reason.
    pub reason: SuspendReason,
    /// For colleagues; never shown to viewers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The address of the authority that demands it (RFC 7725).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
}

/// The reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuspendReason {
    /// An authority demands it. It must not be deleted.
    Legal,
    /// Against the rules.
    Abuse,
    /// Anything else.
    Other,
}

impl SuspendReason {
    /// As it stands in records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }
}

/// How far an operation got that takes objects away from where viewers fetch them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From then on nobody can be at work any more who began before.
    pub quiet_at: Timestamp,
    /// Of the CDN's copies, when the objects were first taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Invalidation>,
    /// The same, when nothing could be added any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Invalidation>,
}

impl Withdrawal {
    /// Nothing was invalidated yet.
    #[must_use]
    pub fn new(quiet_at: Timestamp) -> Self {
        Self {
            quiet_at,
            first: None,
            last: None,
        }
    }

    /// The invalidation of a phase.
    pub fn of(&mut self, phase: Phase) -> &mut Option<Invalidation> {
        match phase {
            Phase::First => &mut self.first,
            Phase::Last => &mut self.last,
        }
    }
}

/// A batch that the CDN was asked to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalidation {
    /// The CDN's id of it.
    pub id: String,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// When it was known to be done everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// When in a withdrawal the CDN is asked to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// As soon as the objects are taken away: from here on nobody is served.
    First,
    /// When nobody can be at work any more who could have filled a cache again.
    Last,
}

/// How long somebody may still be at work after the record was changed, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// A render: the timeout of render-thumbnail, and a little.
    pub render_seconds: u32,
    /// Any stage: the longest timeout of them, and a little.
    pub stage_seconds: u32,
}
