//! Orders to suspend, restore, move, delete or retry an existing media, or to change its captions.
//!
//! An [`Order`] is sent to its queue before the record is changed, so that nothing is lost if a process dies between
//! the two: the receiver of the order then makes the change. An order names the generation that it leads to, so that it
//! takes effect only once, however often it is delivered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MessageError;
use super::stage_order::StageOrder;
use crate::vocabulary::captions::Captions;
use crate::vocabulary::language::Language;
use crate::vocabulary::names::{AppId, MediaId, Visibility};
use crate::vocabulary::operation::Suspension;
use crate::vocabulary::record::MediaRecord;

/// A message of the operations queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The generation that the operation leads to: one more than the record's at the time of the request.
    pub generation: u32,
    /// The request and the caller; `None` if an operation under way is only to be continued.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
}

impl Order {
    /// Creates an order to continue the operation that is under way in the record.
    #[must_use]
    pub fn carry_on(record: &MediaRecord) -> Self {
        Self {
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
            request: None,
        }
    }
}

/// A message of the operations queue: about a media that exists, or about one whose file is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// An operation.
    Order(Order),
    /// A copy.
    Copy(StageOrder),
}

impl Task {
    /// Returns the media that the message is about.
    #[must_use]
    pub fn about(&self) -> (AppId, MediaId) {
        let (app, media) = match self {
            Self::Order(order) => (&order.app, &order.media),
            Self::Copy(order) => (&order.app, &order.media),
        };
        (app.clone(), media.clone())
    }
}

/// Reads a message of the operations queue. Only a copy names a stage.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a message of this queue.
pub fn read(body: &str) -> Result<Task, MessageError> {
    let message: Value = super::parse(body)?;
    if message.get("stage").is_some() {
        return super::parse(body).map(Task::Copy);
    }
    super::parse(body).map(Task::Order)
}

/// A request and its caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The operation that was requested.
    #[serde(rename = "wish")]
    pub command: Command,
    /// The ARN of the caller's IAM identity.
    pub by: String,
}

/// The operations that can be requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Withdraw the media from delivery.
    Suspend(Suspension),
    /// Publish it again after a suspension.
    Restore,
    /// Change its visibility.
    Move(Visibility),
    /// Erase it.
    Delete,
    /// Erase it, if it has expired by what its record says then.
    Expire,
    /// Put captions in place of those in their language.
    PutCaptions(Captions),
    /// Take away the captions in a language.
    RemoveCaptions(Language),
    /// Retry the work that failed.
    Retry,
}
