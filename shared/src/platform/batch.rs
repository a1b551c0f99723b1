//! A batch of queue messages: each is handled alone, and only what failed comes again.
//!
//! Messages are handled one after the other: media jobs are bound by memory, so parallelism belongs to the
//! event source mapping. The ids reported as failed are always a subset of those received.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};

use crate::platform::error::{Error, Next};
use crate::platform::log::Peak;
use crate::ports::clock::Clock;
use crate::ports::queue::Queue;

/// The longest that a message waits before it comes again, in seconds.
const LONGEST_WAIT_SECONDS: u32 = 900;

/// A message as a stage sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// SQS's, the same at every delivery, and in a dead-letter queue.
    pub id: String,
    /// What it says.
    pub body: String,
    /// Deliveries so far, this one included.
    pub attempts: u32,
    /// Of this delivery: what the queue is told about it with.
    pub receipt: String,
}

/// Waits between deliveries: `first_seconds`, doubling, with jitter, 15 minutes at most.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The wait after the first delivery.
    pub first_seconds: u32,
}

impl Backoff {
    /// The wait after this many deliveries: between half and all of the doubled bound.
    #[must_use]
    pub fn wait_seconds(self, attempts: u32, clock: &dyn Clock) -> u32 {
        let doublings = attempts.saturating_sub(1).min(16);
        let bound = self
            .first_seconds
            .saturating_mul(1 << doublings)
            .min(LONGEST_WAIT_SECONDS);
        let spread = clock.random() % u128::from(bound / 2 + 1);
        bound - u32::try_from(spread).unwrap_or(0)
    }
}

/// What became of a message.
#[derive(Debug)]
pub struct Outcome {
    /// The media's id, or what is known instead: stands in the log.
    pub media: String,
    /// A word for the log, or why nothing could be decided.
    pub result: Result<&'static str, Error>,
}

impl Outcome {
    /// The outcome of a message that names no media.
    #[must_use]
    pub fn of_no_media(result: Result<&'static str, Error>) -> Self {
        Self {
            media: "no media".to_owned(),
            result,
        }
    }
}

/// Handles every message of a batch and reports those that must come again.
pub async fn run<F>(
    event: SqsEvent,
    queue: &dyn Queue,
    clock: &dyn Clock,
    backoff: Backoff,
    handle: F,
) -> SqsBatchResponse
where
    F: AsyncFn(&Message) -> Outcome,
{
    let mut response = SqsBatchResponse::default();
    for received in event.records {
        let message = open(received);
        let outcome = handle(&message).await;
        log(&message, &outcome);
        let Err(error) = outcome.result else { continue };
        let wait_seconds = match error.next() {
            Next::Forget => continue,
            // At once, so that it becomes a dead letter soon: it is not tried again in earnest.
            Next::Park => 0,
            Next::Retry => backoff.wait_seconds(message.attempts, clock),
            Next::RetryIn(seconds) => seconds,
        };
        postpone(queue, &message.receipt, wait_seconds).await;
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.id;
        response.batch_item_failures.push(failure);
    }
    response
}

/// One event a message, with the peak memory of the process so far.
fn log(message: &Message, outcome: &Outcome) {
    let (media, message_id, attempts) = (&outcome.media, &message.id, message.attempts);
    let peak_bytes = Peak::bytes();
    match &outcome.result {
        Ok(outcome) => tracing::info!(
            media,
            message_id,
            attempts,
            outcome,
            peak_bytes,
            "{media}: {outcome}"
        ),
        Err(error) => {
            let (code, cause) = (error.code(), error.chain());
            tracing::warn!(
                media,
                message_id,
                attempts,
                code,
                cause,
                peak_bytes,
                "{media}: failed, {code}"
            );
        }
    }
}

/// Without it, the message comes again when the queue's own timeout ends: late, but not lost.
async fn postpone(queue: &dyn Queue, receipt: &str, seconds: u32) {
    if let Err(error) = queue.come_again(receipt, seconds).await {
        tracing::warn!(cause = ?error, "a message's wait could not be set");
    }
}

fn open(received: SqsMessage) -> Message {
    let attempts = received
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok());
    Message {
        id: received.message_id.unwrap_or_default(),
        body: received.body.unwrap_or_default(),
        attempts: attempts.unwrap_or(1),
        receipt: received.receipt_handle.unwrap_or_default(),
    }
}
