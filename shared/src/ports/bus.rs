//! The port to EventBridge, which hands events on to whoever has a rule for them.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::vocabulary::access::{Action, Call};

/// The call of [`Bus::publish`].
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
pub const PUBLISH: Call = Call {
    name: "events:publish",
    actions: &[Action::OnResource("events:PutEvents")],
};

/// The source of all events, by which rules tell them from others.
pub const SOURCE: &str = "dozo";

/// An event, as it is handed to the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The type of the event.
    pub kind: String,
    /// The time of what happened.
    pub at: Timestamp,
    /// The event itself, a JSON object of at most 256 KiB together with the rest.
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
    pub body: String,
}

/// A bus for events.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands an event to the bus, which delivers it at least once.
    ///
    /// # Errors
    /// [`BusError`] if the bus did not take it or its answer was lost; in the latter case the event may be delivered.
    async fn publish(&self, notice: &Notice) -> Result<(), BusError>;
}

/// A request to EventBridge failed.
#[derive(Debug, thiserror::Error)]
#[error("EventBridge refused or did not answer the request")]
pub struct BusError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
