//! SQS. The IAM actions of each call are declared beside the port, in [`crate::ports::queue`].

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox, Queue, QueueError};

/// The longest visibility timeout, in seconds.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const LONGEST_SECONDS: u32 = 43_200;

/// An SQS queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// Refers to the queue at this URL.
    #[must_use]
    pub fn new(sdk: &SdkConfig, url: &str) -> Self {
        Self {
            client: Client::new(sdk),
            url: url.to_owned(),
        }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn delay(&self, receipt: &str, seconds: u32) -> Result<(), QueueError> {
        let seconds = i32::try_from(seconds.min(LONGEST_SECONDS)).unwrap_or(0);
        let call = self.client.change_message_visibility().queue_url(&self.url);
        let call = call.receipt_handle(receipt).visibility_timeout(seconds);
        call.send()
            .await
            .map(drop)
            .map_err(|error| QueueError(Box::new(error)))
    }

    async fn waiting(&self) -> Result<u64, QueueError> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let call = call.set_attribute_names(Some(names.to_vec()));
        let answer = call.send().await;
        let counts = answer.map_err(|error| QueueError(Box::new(error)))?;
        let counts = counts.attributes.unwrap_or_default();
        // What is not said counts as none.
        let count = |name| counts.get(&name)?.parse::<u64>().ok();
        Ok(names.into_iter().filter_map(count).sum())
    }
}

#[async_trait]
impl Outbox for SqsQueue {
    async fn send_in_group(
        &self,
        group: &str,
        body: &str,
        delay_seconds: u32,
    ) -> Result<(), QueueError> {
        let delay = i32::try_from(delay_seconds.min(LONGEST_DELAY_SECONDS)).unwrap_or(0);
        let call = self.client.send_message().queue_url(&self.url);
        let call = call.message_body(body).delay_seconds(delay);
        let call = call.message_group_id(group);
        call.send()
            .await
            .map(drop)
            .map_err(|error| QueueError(Box::new(error)))
    }
}
