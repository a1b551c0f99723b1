//! The ports to SQS: one delays the next delivery of a message, and one sends messages.

use std::sync::Arc;

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::names::AppId;
use crate::vocabulary::stage::Stage;

/// The call of [`Queue::delay`].
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
pub const DELAY: Call = Call {
    name: "sqs:come-again",
    actions: &[Action::OnResource("sqs:ChangeMessageVisibility")],
};

/// The calls that Lambda's event source mapping makes with the function's role. No adapter makes them.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions>
pub const CONSUME: Call = Call {
    name: "sqs:consume",
    actions: &[
        Action::OnResource("sqs:ReceiveMessage"),
        Action::OnResource("sqs:DeleteMessage"),
        Action::OnResource("sqs:GetQueueAttributes"),
    ],
};

/// The call of [`Queue::waiting`].
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
pub const COUNT: Call = Call {
    name: "sqs:count",
    actions: &[Action::OnResource("sqs:GetQueueAttributes")],
};

/// The call of [`Outbox::send`].
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub const SEND: Call = Call {
    name: "sqs:send",
    actions: &[Action::OnResource("sqs:SendMessage")],
};

/// The longest delay of a sent message, in seconds.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const LONGEST_DELAY_SECONDS: u32 = 900;

/// A queue that messages are received from; messages can be sent to it, too.
#[async_trait]
pub trait Queue: Outbox {
    /// Makes a received message that is not acknowledged come again after `seconds` (0 to 43,200).
    ///
    /// # Errors
    /// [`QueueError`] if SQS did not do it. The message then comes again when the queue's own visibility timeout ends.
    async fn delay(&self, receipt: &str, seconds: u32) -> Result<(), QueueError>;

    /// Returns about how many messages are in the queue: those that wait, those that are worked on, and those that were
    /// sent with a delay.
    ///
    /// # Errors
    /// [`QueueError`] if SQS did not say.
    async fn waiting(&self) -> Result<u64, QueueError>;
}

/// A queue that messages are sent to.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Sends a message about media of `app` that is to be received after `delay_seconds`, at most
    /// [`LONGEST_DELAY_SECONDS`].
    ///
    /// The app is the message's group: an SQS queue holds back a group that keeps its receivers busy, for the others' sake.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    ///
    /// # Errors
    /// [`QueueError`] if SQS did not do it or its answer was lost; in the latter case the message may have been sent.
    async fn send(&self, app: &AppId, body: &str, delay_seconds: u32) -> Result<(), QueueError> {
        self.send_in_group(app.as_str(), body, delay_seconds).await
    }

    /// Sends a message as [`Self::send`] does, in a group of this name: 1 to 128 letters, digits and punctuation.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
    ///
    /// # Errors
    /// As [`Self::send`].
    async fn send_in_group(
        &self,
        group: &str,
        body: &str,
        delay_seconds: u32,
    ) -> Result<(), QueueError>;
}

/// A request to SQS failed.
#[derive(Debug, thiserror::Error)]
#[error("SQS refused or did not answer the request")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The queues of the stages that files are handed to.
#[derive(Clone)]
pub struct Stages {
    /// The queue of split-pdf.
    pub pdfs: Arc<dyn Outbox>,
    /// The queue of transcode-media.
    pub videos: Arc<dyn Outbox>,
}

impl Stages {
    /// Returns the queue of a stage, or `None` if no files are handed to it.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Option<&dyn Outbox> {
        match stage {
            Stage::SplitPdf => Some(&*self.pdfs),
            Stage::TranscodeMedia => Some(&*self.videos),
            Stage::ValidateUpload
            | Stage::FinishTranscode
            | Stage::RunOperation
            | Stage::InvalidateCache
            | Stage::FetchRemote => None,
        }
    }
}
