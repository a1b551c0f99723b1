//! Messages of the invalidations queue: make the CDN forget media, and look whether it has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::MessageError;
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::operation::Phase;

/// A message of the invalidations queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Make the CDN forget a media.
    Forget(Request),
    /// See whether it has.
    Look(Look),
}

/// One media to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    /// The tenant.
    pub app: App,
    /// Of it.
    pub media: Media,
    /// Of the operation.
    pub generation: u32,
    /// Of the withdrawal.
    pub phase: Phase,
}

/// A batch that the CDN was asked to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The CDN's id.
    pub id: String,
    /// What it is for.
    pub requests: BTreeSet<Request>,
    /// Looks so far.
    pub looks: u32,
}

/// Reads a message of the invalidations queue.
///
/// # Errors
/// [`MessageError::Malformed`]
pub fn read(message: &str) -> Result<Task, MessageError> {
    super::parse(message)
}
