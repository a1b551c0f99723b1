//! The messages of deliver-webhook.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::event_id::EventId;
use crate::vocabulary::names::AppId;
use crate::vocabulary::webhook::HookName;

/// A message of the deliveries queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Send {
    /// Send one event.
    SendEvent(SendEvent),
    /// Send all events again that happened since a time.
    SendSince(SendSince),
}

impl Send {
    /// Returns the webhook that the message is about.
    #[must_use]
    pub fn to(&self) -> &To {
        match self {
            Self::SendEvent(one) => &one.to,
            Self::SendSince(all) => &all.to,
        }
    }

    /// Returns the time at which this was asked for.
    #[must_use]
    pub fn asked_at(&self) -> Timestamp {
        match self {
            Self::SendEvent(one) => one.asked_at,
            Self::SendSince(all) => all.asked_at,
        }
    }
}

/// The webhook that a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct To {
    /// The tenant.
    pub app: AppId,
    /// The name of the webhook.
    pub hook: HookName,
    /// The id of its registration. Nothing is sent to a later one under the same name.
    pub id: String,
}

impl To {
    /// Returns the group of the message in its queue: SQS holds back a group that keeps its receivers busy.
    #[must_use]
    pub fn group(&self) -> String {
        format!("{}/{}", self.app, self.hook)
    }
}

/// An event that is to be sent to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendEvent {
    /// The webhook.
    #[serde(flatten)]
    pub to: To,
    /// The event.
    pub event: EventId,
    /// The time at which this was asked for: that of the event, or of a request to send it again. A message with the
    /// same time is the same request.
    pub asked_at: Timestamp,
    /// How often it was put off because the endpoint was not well.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub put_off: u32,
}

/// All events of a webhook that happened since a time, or those that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendSince {
    /// The webhook.
    #[serde(flatten)]
    pub to: To,
    /// The time.
    pub since: Timestamp,
    /// The time at which this was asked for.
    pub asked_at: Timestamp,
    /// Whether those that were delivered are left out.
    #[serde(default)]
    pub undelivered: bool,
    /// The last delivery that was dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
