//! A message whose work may take its process with it: PDFium is C++, and what a document makes it do ends with the process,
//! without a word to the queue.
//!
//! Such a message would be hidden for the queue's own timeout, six times the function's, at each of its deliveries. So it is
//! told to come again soon before the work begins, and again and again while the work goes on: what comes after the
//! process is a matter of [`LEASE_SECONDS`]. Where it could not be told for so long, it is delivered a second time while the
//! first one works; stages bear that, as SQS may do it anyway.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use std::convert::Infallible;
use std::time::Duration;

use crate::platform::batch::Message;
use crate::ports::queue::Queue;

/// How soon a message comes again after its process has died, at the latest.
pub const LEASE_SECONDS: u32 = 30;

/// Between two tellings: two that fail in a row do not let it come.
const RENEWED_EVERY: Duration = Duration::from_secs(8);

/// Works on a message while it is leased. How it ends is left to who is told the result.
pub async fn hold<T>(queue: &dyn Queue, message: &Message, work: impl Future<Output = T>) -> T {
    renew(queue, message).await;
    let renewals = async || -> Infallible {
        loop {
            tokio::time::sleep(RENEWED_EVERY).await;
            renew(queue, message).await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        never = renewals() => match never { },
    }
}

/// Without it, it comes again when it was last told to, or when the queue's own timeout ends.
async fn renew(queue: &dyn Queue, message: &Message) {
    if let Err(error) = queue.come_again(&message.receipt, LEASE_SECONDS).await {
        tracing::warn!(cause = ?error, message_id = message.id, "a message's lease could not be renewed");
    }
}

#[cfg(test)]
#[allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by panic"
)]
mod tests {
    use super::*;
    use crate::memory::faults::{Fault, Faults};
    use crate::memory::queue::MemoryQueue;

    fn message() -> Message {
        Message {
            id: "1".to_owned(),
            body: String::new(),
            attempts: 1,
            receipt: "receipt".to_owned(),
        }
    }

    fn told() -> (String, u32) {
        ("receipt".to_owned(), LEASE_SECONDS)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_told_before_the_work_and_while_it_goes_on_and_not_after() {
        let queue = MemoryQueue::new("PdfsQueue");
        let mut before = Vec::new();
        let work = async {
            before = queue.waits();
            tokio::time::sleep(Duration::from_secs(25)).await;
            "done"
        };
        assert_eq!(hold(&queue, &message(), work).await, "done");
        assert_eq!(before, [told()]);
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(queue.waits(), vec![told(); 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn work_goes_on_where_the_queue_fails_and_two_failures_in_a_row_do_not_end_the_lease() {
        let queue = MemoryQueue::new("PdfsQueue");
        let faults = Faults::planned(|call| [1, 2].contains(&call).then_some(Fault::Refused));
        let long = Duration::from_secs(u64::from(LEASE_SECONDS) + 5);
        hold(
            &queue.seen_by(&faults),
            &message(),
            tokio::time::sleep(long),
        )
        .await;
        assert_eq!((faults.calls(), queue.waits().len()), (5, 3));
    }
}
