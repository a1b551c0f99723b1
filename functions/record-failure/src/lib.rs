//! `record-failure`: takes dead letters and records what failed, and why.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::failure::Recorder;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "DeadLetters"),
    Access::queue(queue::DELAY, "DeadLetters"),
    Access::queue(queue::SEND, "DeliveriesQueue"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    // What was declared with a file that has no record yet.
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "expiring/*"),
    Access::objects(store::READ, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "failed/*"),
    Access::objects(store::DELETE, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    deliveries_queue_url: String,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `DEAD_LETTERS_QUEUE_URL`, `RETRY_SECONDS` and `DELIVERIES_QUEUE_URL`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            inbox: reader.inbox("DEAD_LETTERS_QUEUE_URL"),
            deliveries_queue_url: reader.text("DELIVERIES_QUEUE_URL"),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Records failures.
    pub recorder: Recorder,
    /// The queue that dead letters are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        Self {
            recorder: Recorder {
                records: Records::new(store.clone(), clock.clone()),
                store,
                clock,
                metrics: platform.metrics(),
                deliveries: platform.queue(&config.deliveries_queue_url),
            },
            inbox: Inbox::new(&config.inbox, platform),
        }
    }
}

/// Records the dead letters of a batch.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| {
            let (media, result) = function.recorder.record(message).await;
            Outcome { media, result }
        })
        .await
}
