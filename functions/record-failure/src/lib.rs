//! `record-failure`: takes dead letters and records what failed, and why.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::metrics::Emf;
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure::Recorder;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "DeadLetters"),
    Access::queue(queue::COME_AGAIN, "DeadLetters"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "failed/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    queue_url: String,
    backoff: Backoff,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `DEAD_LETTERS_QUEUE_URL` and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            queue_url: reader.text("DEAD_LETTERS_QUEUE_URL"),
            backoff: reader.backoff(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Records failures.
    pub recorder: Recorder,
    /// The queue that dead letters are received from.
    pub queue: Arc<dyn Queue>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The delay before a message is redelivered.
    pub backoff: Backoff,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default().with(Bucket::Records, &config.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        let records = Records::new(store.clone(), clock.clone());
        Self {
            recorder: Recorder {
                store,
                records,
                clock: clock.clone(),
                metrics: Arc::new(Emf::new(clock.clone())),
            },
            queue: Arc::new(SqsQueue::new(sdk, &config.queue_url)),
            clock,
            backoff: config.backoff,
        }
    }
}

/// Records the dead letters of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    batch::run(
        event,
        &*app.queue,
        &*app.clock,
        app.backoff,
        async |message| {
            let (media, result) = app.recorder.record(message).await;
            Outcome { media, result }
        },
    )
    .await
}
