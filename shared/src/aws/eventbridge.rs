//! EventBridge. The IAM actions of each call are declared beside the port, in [`crate::ports::bus`].

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::DateTime;

use crate::ports::bus::{Bus, BusError, Notice, SOURCE};

/// An event bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// Refers to the bus with this name.
    #[must_use]
    pub fn new(sdk: &SdkConfig, name: &str) -> Self {
        Self {
            client: Client::new(sdk),
            name: name.to_owned(),
        }
    }
}

/// EventBridge answered, and did not take an event.
#[derive(Debug, thiserror::Error)]
#[error("EventBridge did not take the event: {code}")]
struct NotTaken {
    code: String,
}

#[async_trait]
impl Bus for EventBus {
    async fn publish(&self, notice: &Notice) -> Result<(), BusError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(&notice.kind)
            .time(DateTime::from_secs(notice.at.as_second()))
            .detail(&notice.body)
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| BusError(Box::new(error)))?;
        if answer.failed_entry_count == 0 {
            return Ok(());
        }
        let entries = answer.entries.unwrap_or_default();
        let code = entries.into_iter().find_map(|entry| entry.error_code);
        Err(BusError(Box::new(NotTaken {
            code: code.unwrap_or_default(),
        })))
    }
}
