//! Leases for messages whose work may end the process. PDFium is C++: a document can crash or block it, and the process
//! then ends without a report to the queue.
//!
//! Such a message would stay hidden for the queue's own timeout, six times the function's, at each of its deliveries.
//! It is therefore made to come again after [`LEASE_SECONDS`], before the work begins and repeatedly while it goes on,
//! so it is redelivered that soon after the process has died. If the lease cannot be renewed in time, the message is
//! delivered a second time while the first delivery is still at work. Stages tolerate that, because SQS may do it
//! anyway.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>

use std::convert::Infallible;
use std::time::Duration;

use crate::platform::batch::Message;
use crate::ports::queue::Queue;

/// The longest time after the death of its process until a message comes again, in seconds.
pub const LEASE_SECONDS: u32 = 30;

/// The time between two renewals. It is short enough that two failures in a row do not end the lease.
const RENEWED_EVERY: Duration = Duration::from_secs(8);

/// Does the work while the message is leased, and returns its result. The caller decides what happens to the message
/// afterwards.
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

/// Renews the lease. If this fails, the message comes again when the last lease or the queue's own timeout ends.
async fn renew(queue: &dyn Queue, message: &Message) {
    if let Err(error) = queue.delay(&message.receipt, LEASE_SECONDS).await {
        tracing::warn!(cause = ?error, message_id = message.id, "the visibility timeout of a message could not be extended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::faults::{Fault, Faults};
    use crate::memory::queue::MemoryQueue;

    fn message() -> Message {
        Message {
            id: "1".to_owned(),
            body: String::new(),
            deliveries: 1,
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
