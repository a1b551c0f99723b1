//! Messages of the invalidations queue: requests to invalidate media in the CDN, and to check whether that is done; and
//! requests to invalidate what was rendered by presets that have changed, or of media that have.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::MessageError;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::operation::Phase;
use crate::vocabulary::preset::PresetName;

/// A message of the invalidations queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Make the CDN forget a media.
    Forget(Request),
    /// Check whether the CDN has forgotten a batch.
    #[serde(rename = "look")]
    Check(Check),
    /// Make the CDN forget what was rendered by presets that have changed.
    ForgetPresets(ChangedPresets),
    /// Make the CDN forget a media whose focal point or poster has changed.
    ForgetChanged(ChangedMedia),
}

/// A request to make the CDN forget one media.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The generation of the operation.
    pub generation: u32,
    /// The phase of the withdrawal.
    pub phase: Phase,
}

/// A batch that the CDN was asked to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The CDN's id of the invalidation.
    pub id: String,
    /// The requests that the batch fulfils.
    pub requests: BTreeSet<Request>,
    /// The number of checks so far.
    #[serde(rename = "looks")]
    pub checks: u32,
}

/// Presets of an app that were changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPresets {
    /// The tenant.
    pub app: AppId,
    /// The names of the presets.
    pub presets: BTreeSet<PresetName>,
    /// The time of the change.
    pub changed_at: Timestamp,
    /// Whether the CDN was asked once already. It is asked twice: a render that began before the change may put an old
    /// image into the cache after the first time.
    pub again: bool,
}

/// A media whose focal point or poster has changed, so that its renderings look different. It stays published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedMedia {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The time of the change.
    pub changed_at: Timestamp,
    /// Whether the CDN was asked once already; see [`ChangedPresets::again`].
    pub again: bool,
}

/// Reads a message of the invalidations queue.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a message of this queue.
pub fn read(message: &str) -> Result<Task, MessageError> {
    super::parse(message)
}
