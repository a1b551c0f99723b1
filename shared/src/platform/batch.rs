//! Batches of queue messages: each message is handled separately, and only failed ones come again.
//!
//! Messages are handled one after the other: media jobs are bound by memory, so parallelism belongs to the event source
//! mapping. What only waits for others may be handled at the same time. The ids reported as failed are always a subset of those received.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::sync::Arc;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::join_all;

use crate::platform::ending::Ending;
use crate::platform::error::{Error, Next};
use crate::platform::log::Peak;
use crate::ports::Platform;
use crate::ports::clock::Clock;
use crate::ports::queue::Queue;

/// The longest wait before a message comes again, in seconds.
const LONGEST_WAIT_SECONDS: u32 = 900;

/// A message as a stage receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS's id of the message. It stays the same at every delivery and in a dead-letter queue.
    pub id: String,
    /// The text of the message.
    pub body: String,
    /// The number of deliveries so far, including this one.
    pub deliveries: u32,
    /// The receipt handle of this delivery, which requests to the queue about the message need.
    pub receipt: String,
}

/// The waits between deliveries: they start at `first_seconds` and double, with jitter, up to 15 minutes.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The wait after the first delivery, in seconds.
    pub first_seconds: u32,
}

impl Backoff {
    /// Returns the wait after this many deliveries, in seconds: a random value between half of the doubled bound and
    /// all of it.
    #[must_use]
    pub fn wait_seconds(self, deliveries: u32, clock: &dyn Clock) -> u32 {
        let doublings = deliveries.saturating_sub(1).min(16);
        let bound = self
            .first_seconds
            .saturating_mul(1 << doublings)
            .min(LONGEST_WAIT_SECONDS);
        let spread = clock.random() % u128::from(bound / 2 + 1);
        bound - u32::try_from(spread).unwrap_or(0)
    }
}

/// The outcome of handling a message.
#[derive(Debug)]
pub struct Outcome {
    /// The media's id for the log, or what is known instead.
    pub media: String,
    /// How the message was handled, or the error that kept the message from being handled.
    pub result: Result<Ending, Error>,
}

impl Outcome {
    /// Creates the outcome of a message that names no media.
    #[must_use]
    pub fn of_no_media(result: Result<Ending, Error>) -> Self {
        Self {
            media: "no media".to_owned(),
            result,
        }
    }
}

/// The configuration of an [`Inbox`].
#[derive(Debug)]
pub struct InboxConfig {
    /// The URL of the queue.
    pub queue_url: String,
    /// The waits between deliveries.
    pub backoff: Backoff,
}

/// The queue that a function receives messages from.
pub struct Inbox {
    /// The queue.
    pub queue: Arc<dyn Queue>,
    /// The clock, for the jitter of the waits.
    pub clock: Arc<dyn Clock>,
    /// The waits between deliveries.
    pub backoff: Backoff,
    /// The queue's name.
    name: String,
}

impl Inbox {
    /// Connects to the queue.
    #[must_use]
    pub fn new(config: &InboxConfig, platform: &impl Platform) -> Self {
        Self {
            queue: platform.queue(&config.queue_url),
            clock: platform.clock(),
            backoff: config.backoff,
            name: last_segment(&config.queue_url, '/').to_owned(),
        }
    }

    /// Returns whether a batch came from this queue. An event source mapping has only one.
    #[must_use]
    pub fn is_source_of(&self, event: &SqsEvent) -> bool {
        let first = event.records.first();
        let arn = first.and_then(|record| record.event_source_arn.as_deref());
        last_segment(arn.unwrap_or_default(), ':') == self.name
    }

    /// Handles every message of a batch and reports those that must come again.
    pub async fn handle(
        &self,
        event: SqsEvent,
        handle: impl AsyncFn(&Message) -> Outcome,
    ) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for received in event.records {
            let message = open(received);
            let outcome = handle(&message).await;
            let failure = self.settle(message, &outcome).await;
            response.batch_item_failures.extend(failure);
        }
        response
    }

    /// Handles all messages of a batch at the same time, and reports those that must come again. This is for work that
    /// waits for others and takes little memory.
    pub async fn handle_at_once(
        &self,
        event: SqsEvent,
        handle: impl AsyncFn(&Message) -> Outcome,
    ) -> SqsBatchResponse {
        let handle = &handle;
        let handled = event.records.into_iter().map(|received| async move {
            let message = open(received);
            let outcome = handle(&message).await;
            self.settle(message, &outcome).await
        });
        let mut response = SqsBatchResponse::default();
        let failures = join_all(handled).await.into_iter().flatten();
        response.batch_item_failures.extend(failures);
        response
    }

    /// Logs how a message was handled, and has it come again if it must.
    async fn settle(&self, message: Message, outcome: &Outcome) -> Option<BatchItemFailure> {
        log(&message, outcome);
        let Err(error) = &outcome.result else {
            return None;
        };
        let wait_seconds = match error.next() {
            Next::Forget => return None,
            // Redeliver at once, so that it reaches the dead-letter queue quickly; handling it again cannot succeed.
            Next::Park => 0,
            Next::Retry => self.backoff.wait_seconds(message.deliveries, &*self.clock),
            Next::RetryIn(seconds) => seconds,
        };
        postpone(&*self.queue, &message.receipt, wait_seconds).await;
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.id;
        Some(failure)
    }
}

/// Returns a queue's name, which is the last part of its URL and of its ARN.
fn last_segment(address: &str, separator: char) -> &str {
    address.rsplit(separator).next().unwrap_or(address)
}

/// Logs one event for each message, with the peak memory of the process so far.
fn log(message: &Message, outcome: &Outcome) {
    let (media, message_id, deliveries) = (&outcome.media, &message.id, message.deliveries);
    let peak_bytes = Peak::bytes();
    match outcome.result.as_ref().map(|ending| ending.as_str()) {
        // Two messages about one media are nothing unusual.
        Err(Error::Busy { seconds }) => tracing::info!(
            media,
            message_id,
            deliveries,
            seconds,
            peak_bytes,
            "{media}: waits, because another delivery is at work"
        ),
        Ok(outcome) => tracing::info!(
            media,
            message_id,
            deliveries,
            outcome,
            peak_bytes,
            "{media}: {outcome}"
        ),
        Err(error) => {
            let (code, cause) = (error.code(), error.chain());
            tracing::warn!(
                media,
                message_id,
                deliveries,
                code,
                cause,
                peak_bytes,
                "{media}: failed, {code}"
            );
        }
    }
}

/// Sets the wait before the message comes again. If this fails, the message comes again when the queue's own timeout
/// ends: late, but not lost.
async fn postpone(queue: &dyn Queue, receipt: &str, seconds: u32) {
    if let Err(error) = queue.delay(receipt, seconds).await {
        tracing::warn!(cause = ?error, "the visibility timeout of a message could not be changed");
    }
}

fn open(received: SqsMessage) -> Message {
    let deliveries = received
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok());
    Message {
        id: received.message_id.unwrap_or_default(),
        body: received.body.unwrap_or_default(),
        deliveries: deliveries.unwrap_or(1),
        receipt: received.receipt_handle.unwrap_or_default(),
    }
}
