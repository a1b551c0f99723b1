//! The ports to SQS: when a message comes again, and sending one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::stage::Stage;

/// [`Queue::come_again`].
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
pub const COME_AGAIN: Call = Call {
    name: "sqs:come-again",
    actions: &[Action::OnResource("sqs:ChangeMessageVisibility")],
};

/// What Lambda's event source mapping does with the function's role. No adapter calls it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions>
pub const CONSUME: Call = Call {
    name: "sqs:consume",
    actions: &[
        Action::OnResource("sqs:ReceiveMessage"),
        Action::OnResource("sqs:DeleteMessage"),
        Action::OnResource("sqs:GetQueueAttributes"),
    ],
};

/// [`Outbox::send`].
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub const SEND: Call = Call {
    name: "sqs:send",
    actions: &[Action::OnResource("sqs:SendMessage")],
};

/// The longest that a message that is sent can be held back, in seconds.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const LONGEST_DELAY_SECONDS: u32 = 900;

/// The queue that a batch came from.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Lets a message that was received, and is not acknowledged, come again after `seconds` (0 to 43,200).
    ///
    /// # Errors
    /// The source, when SQS did not do it. The message then comes again when the queue's own timeout ends.
    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueError>;
}

/// A queue that messages are sent to.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Sends a message that is to be received after `delay_seconds`, [`LONGEST_DELAY_SECONDS`] at most.
    ///
    /// # Errors
    /// The source, when SQS did not do it, or its answer was lost: then the message may have been sent.
    async fn send(&self, body: &str, delay_seconds: u32) -> Result<(), QueueError>;
}

/// SQS did not do it.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not do it")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The queues of the stages.
#[derive(Clone)]
pub struct Stages {
    /// To split-pdf.
    pub pdfs: Arc<dyn Outbox>,
    /// To transcode-media.
    pub videos: Arc<dyn Outbox>,
}

impl Stages {
    /// The queue of a stage that files are handed on to.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Option<&dyn Outbox> {
        match stage {
            Stage::SplitPdf => Some(&*self.pdfs),
            Stage::TranscodeMedia => Some(&*self.videos),
            Stage::ValidateUpload
            | Stage::FinishTranscode
            | Stage::RunOperation
            | Stage::InvalidateCache => None,
        }
    }
}
