//! `finish-transcode`: handles EventBridge's events about MediaConvert jobs, checks jobs for which no event arrives,
//! puts their output into the delivery bucket, and cancels jobs that are no longer wanted.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::mediaconvert::{MediaConvert, Target};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::jobs;
use dozo::ports::metrics::Emf;
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::transcode::delivery::Delivery;
use dozo::stages::transcode::service::finish::Finisher;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::job;
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "TranscodedQueue"),
    Access::queue(queue::COME_AGAIN, "TranscodedQueue"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::jobs(jobs::GET),
    Access::jobs(jobs::CANCEL),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::PUT_OVER, Bucket::Work, "*"),
    Access::objects(store::COPY_FROM, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: BucketNames,
    copy_part_bytes: u64,
    work: String,
    transcoded_queue_url: String,
    backoff: Backoff,
}

impl Config {
    /// Reads the names of three buckets, `TRANSCODED_QUEUE_URL`, `COPY_PART_BYTES`, and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = BucketNames::default()
            .with(Bucket::Delivery, &reader.text("DELIVERY_BUCKET"))
            .with(Bucket::Records, &reader.text("RECORDS_BUCKET"))
            .with(Bucket::Work, &reader.text("WORK_BUCKET"));
        let config = Self {
            buckets,
            work: reader.text("WORK_BUCKET"),
            copy_part_bytes: reader.copy_part_bytes(),
            transcoded_queue_url: reader.text("TRANSCODED_QUEUE_URL"),
            backoff: reader.backoff(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Finishes jobs.
    pub finisher: Finisher,
    /// The queue that messages are received from.
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
        let store = S3Store::new(sdk, config.buckets).copying_in_parts_of(config.copy_part_bytes);
        let store = Arc::new(store);
        let clock = Arc::new(SystemClock);
        let queue = Arc::new(SqsQueue::new(sdk, &config.transcoded_queue_url));
        Self {
            finisher: Finisher {
                delivery: Delivery {
                    store: store.clone(),
                    records: Records::new(store, clock.clone()),
                    clock: clock.clone(),
                    metrics: Arc::new(Emf::new(clock.clone())),
                },
                work: config.work,
                service: Arc::new(MediaConvert::new(sdk, Target::default())),
                transcoded: queue.clone(),
            },
            queue,
            clock,
            backoff: config.backoff,
        }
    }
}

/// Handles the messages of a batch; the function must be done by `deadline`.
pub async fn handle(app: &App, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
    batch::run(
        event,
        &*app.queue,
        &*app.clock,
        app.backoff,
        async |message| {
            let left = deadline
                .duration_since(SystemTime::now())
                .unwrap_or_default();
            run(app, message, left).await
        },
    )
    .await
}

async fn run(app: &App, message: &Message, left: Duration) -> Outcome {
    failure::attempt(
        &app.finisher.delivery.records,
        (Stage::FinishTranscode, message),
        job::read,
        |hint| hint.order().map(|order| (order.app, order.media)),
        async |hint| app.finisher.run(hint, left).await,
    )
    .await
}
