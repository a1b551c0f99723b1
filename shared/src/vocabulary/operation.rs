//! The parts of a record that describe an operation on an existing media: suspend, restore, move, delete.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The maximum length of a note, in characters.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// The maximum length of an authority's URL, in bytes.
pub const MAX_ADDRESS_BYTES: usize = 2_000;

/// The reason for a suspension, and who demands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SuspendRequest")]
pub struct Suspension {
    /// The reason.
    pub reason: SuspendReason,
    /// A note for colleagues; never shown to viewers.
    #[schemars(length(max = MAX_NOTE_CHARS))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The http or https address of the authority that demands the suspension (RFC 7725), with the reason `legal` only.
    #[schemars(length(max = MAX_ADDRESS_BYTES), regex(pattern = "^https?://[^\\s<>\"\\\\^`{|}]+$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
}

/// The reasons for a suspension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuspendReason {
    /// An authority demands it. The media must not be deleted.
    Legal,
    /// The media breaks the rules.
    Abuse,
    /// Any other reason.
    Other,
}

impl SuspendReason {
    /// Returns the reason as it is written in records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }
}

/// The progress of an operation that removes objects from where viewers fetch them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From this time on, nobody who began before the operation can still be at work.
    pub quiet_at: Timestamp,
    /// How often the CDN is asked to forget the media.
    #[serde(default, skip_serializing_if = "Forgets::is_twice")]
    pub forgets: Forgets,
    /// The invalidation of the CDN's copies when the objects were first removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Invalidation>,
    /// The second invalidation, when no more objects could be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Invalidation>,
    /// Whether the operation overtook a suspension, which may not have blocked the media's bytes yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overtook_suspension: bool,
}

impl Withdrawal {
    /// Starts a withdrawal in which nothing has been invalidated yet, and all of it will be, twice.
    #[must_use]
    pub fn new(quiet_at: Timestamp) -> Self {
        Self {
            quiet_at,
            forgets: Forgets::Twice,
            first: None,
            last: None,
            overtook_suspension: false,
        }
    }

    /// Returns the invalidation of a phase.
    pub fn of(&mut self, phase: Phase) -> &mut Option<Invalidation> {
        match phase {
            Phase::First => &mut self.first,
            Phase::Last => &mut self.last,
        }
    }
}

/// How often the CDN is asked to forget a media that is withdrawn. Each time costs money, however little is cached:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Forgets {
    /// As soon as the objects are removed, and again after `quiet_at`. Records of earlier versions do not say how often,
    /// and mean this.
    #[default]
    Twice,
    /// After `quiet_at` only. Until then the CDN may serve what it has cached.
    Once,
    /// Never, because nothing can be cached.
    Never,
}

impl Forgets {
    fn is_twice(&self) -> bool {
        *self == Self::Twice
    }
}

/// A batch that the CDN was asked to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalidation {
    /// The id that the CDN gave the invalidation.
    pub id: String,
    /// The time of the request.
    pub requested_at: Timestamp,
    /// The time at which the CDN confirmed that it was complete everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// The point in a withdrawal at which the CDN is asked to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// As soon as the objects are removed; after this, nobody is served but what is on its way.
    First,
    /// Once nobody who could have filled a cache again can still be at work.
    Last,
}

/// The time for which somebody may still be at work after the record was changed, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// For a render: the timeout of render-thumbnail, and a little more.
    pub render_seconds: u32,
    /// For any stage: the longest timeout of all stages, and a little more.
    pub stage_seconds: u32,
}
