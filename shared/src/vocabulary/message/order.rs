//! Orders to suspend, restore, move, delete or retry a media that is known.
//!
//! An [`Order`] is sent to its queue before the record is changed, so that a process that dies between the two loses
//! nothing: whoever receives the order makes the change then. It names the generation that it leads to, so that it can
//! take effect once only, however often it comes.

use serde::{Deserialize, Serialize};

use crate::vocabulary::names::{App, Media, Visibility};
use crate::vocabulary::operation::Suspension;
use crate::vocabulary::record::MediaRecord;

/// A message of the operations queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The tenant.
    pub app: App,
    /// Of it.
    pub media: Media,
    /// The generation that the operation has: one more than the record's when it was asked for.
    pub generation: u32,
    /// What was asked for, and by whom; nothing when the operation is only to be carried on.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

impl Order {
    /// To carry on what the record says is under way.
    #[must_use]
    pub fn carry_on(record: &MediaRecord) -> Self {
        Self {
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
            asked: None,
        }
    }
}

/// A wish, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What.
    pub wish: Wish,
    /// The ARN of the IAM identity.
    pub by: String,
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Withdraw it from delivery.
    Suspend(Suspension),
    /// Bring it back.
    Restore,
    /// Change who may see it.
    Move(Visibility),
    /// Erase it.
    Delete,
    /// Try again what failed.
    Retry,
}
