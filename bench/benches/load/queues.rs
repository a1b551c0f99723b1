//! How many messages are in the queues.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use dozo_tests::stack::{Keys, PATIENCE};

use crate::requests::Site;

/// The queues whose messages are work; what is given up has others.
const WORK: [&str; 4] = ["uploads", "bulk-uploads", "operations", "invalidations"];

/// The time between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// The messages in all queues of work.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Depth {
    /// Those that could be received.
    pub(crate) waiting: u32,
    /// Those that are worked on, or wait on purpose.
    pub(crate) others: u32,
}

/// Looks every second until the load has lasted this long.
pub(crate) async fn watch(
    site: Arc<Site>,
    start: Instant,
    lasting: Duration,
) -> Vec<(Duration, Depth)> {
    let client = site.stack.sqs(&Keys::root());
    let mut depths = Vec::new();
    let mut due = EVERY;
    while due <= lasting {
        tokio::time::sleep_until((start + due).into()).await;
        depths.push((due, depth(&site, &client).await));
        due += EVERY;
    }
    depths
}

/// Waits until there are no messages. Returns the time that it took, or `None` if some stay.
pub(crate) async fn drain(site: &Site) -> Option<Duration> {
    let (client, start) = (site.stack.sqs(&Keys::root()), Instant::now());
    while start.elapsed() < PATIENCE {
        let depth = depth(site, &client).await;
        if depth.waiting + depth.others == 0 {
            return Some(start.elapsed());
        }
        tokio::time::sleep(EVERY).await;
    }
    None
}

async fn depth(site: &Site, client: &aws_sdk_sqs::Client) -> Depth {
    let mut depth = Depth::default();
    for name in WORK {
        let asked = client
            .get_queue_attributes()
            .queue_url(site.stack.queue(name));
        let found = asked.attribute_names(QueueAttributeName::All).send().await;
        let found = found.unwrap().attributes.unwrap_or_default();
        let count = |name| {
            let count: Option<&String> = found.get(&name);
            count.map_or(0, |count| count.parse::<u32>().unwrap())
        };
        depth.waiting += count(QueueAttributeName::ApproximateNumberOfMessages);
        depth.others += count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            + count(QueueAttributeName::ApproximateNumberOfMessagesDelayed);
    }
    depth
}
