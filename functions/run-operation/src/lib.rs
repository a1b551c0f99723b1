//! `run-operation`: takes orders from the operations queue and carries them out: suspend, restore, move, delete,
//! retry.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::metrics::Emf;
use dozo::ports::queue::{self, Outbox, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::operate::Operator;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::order::Order;
use dozo::vocabulary::operation::Grace;
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "OperationsQueue"),
    Access::queue(queue::COME_AGAIN, "OperationsQueue"),
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::queue(queue::SEND, "InvalidationsQueue"),
    Access::queue(queue::SEND, "UploadsQueue"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::objects(store::LIST, Bucket::Delivery, "public/*"),
    Access::objects(store::LIST, Bucket::Delivery, "private/*"),
    // A document's manifest is rewritten, not copied, if its URLs change.
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Backup, "public/*"),
    Access::objects(store::READ, Bucket::Backup, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_FROM, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_FROM, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "private/*"),
    Access::objects(store::DELETE, Bucket::Delivery, "public/*"),
    Access::objects(store::DELETE, Bucket::Delivery, "private/*"),
    Access::objects(store::LIST, Bucket::Backup, "public/*"),
    Access::objects(store::LIST, Bucket::Backup, "private/*"),
    Access::objects(store::COPY_FROM, Bucket::Backup, "public/*"),
    Access::objects(store::COPY_FROM, Bucket::Backup, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Backup, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Backup, "private/*"),
    Access::objects(store::DELETE, Bucket::Backup, "public/*"),
    Access::objects(store::DELETE, Bucket::Backup, "private/*"),
    Access::objects(store::LIST_VERSIONS, Bucket::Backup, "public/*"),
    Access::objects(store::LIST_VERSIONS, Bucket::Backup, "private/*"),
    Access::objects(store::ERASE, Bucket::Backup, "public/*"),
    Access::objects(store::ERASE, Bucket::Backup, "private/*"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::DELETE, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::DELETE, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "suspended/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "suspended/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "suspended/*"),
    Access::objects(store::DELETE, Bucket::Records, "suspended/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: BucketNames,
    copy_part_bytes: u64,
    operations_queue_url: String,
    invalidations_queue_url: String,
    uploads_queue_url: String,
    transcoded_queue_url: Option<String>,
    grace: Grace,
    backoff: Backoff,
}

impl Config {
    /// Reads the names of the five buckets, `OPERATIONS_QUEUE_URL`, `INVALIDATIONS_QUEUE_URL`, `UPLOADS_QUEUE_URL`,
    /// `TRANSCODED_QUEUE_URL` (if any), `COPY_PART_BYTES`, the two grace periods and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = BucketNames::default()
            .with(Bucket::Upload, &reader.text("UPLOAD_BUCKET"))
            .with(Bucket::Delivery, &reader.text("DELIVERY_BUCKET"))
            .with(Bucket::Backup, &reader.text("BACKUP_BUCKET"))
            .with(Bucket::Records, &reader.text("RECORDS_BUCKET"))
            .with(Bucket::Work, &reader.text("WORK_BUCKET"));
        let config = Self {
            buckets,
            copy_part_bytes: reader.copy_part_bytes(),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            uploads_queue_url: reader.text("UPLOADS_QUEUE_URL"),
            transcoded_queue_url: reader.optional("TRANSCODED_QUEUE_URL"),
            grace: reader.grace(),
            backoff: reader.backoff(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Carries out orders.
    pub operator: Operator,
    /// The queue that orders are received from.
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
        let operations = Arc::new(SqsQueue::new(sdk, &config.operations_queue_url));
        Self {
            operator: Operator {
                store: store.clone(),
                records: Records::new(store, clock.clone()),
                clock: clock.clone(),
                metrics: Arc::new(Emf::new(clock.clone())),
                operations: operations.clone(),
                invalidations: Arc::new(SqsQueue::new(sdk, &config.invalidations_queue_url)),
                transcoded: config.transcoded_queue_url.map(|url| {
                    let queue: Arc<dyn Outbox> = Arc::new(SqsQueue::new(sdk, &url));
                    queue
                }),
                uploads: Arc::new(SqsQueue::new(sdk, &config.uploads_queue_url)),
                grace: config.grace,
            },
            queue: operations,
            clock,
            backoff: config.backoff,
        }
    }
}

/// Carries out the orders of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    batch::run(
        event,
        &*app.queue,
        &*app.clock,
        app.backoff,
        async |message| run(app, message).await,
    )
    .await
}

async fn run(app: &App, message: &Message) -> Outcome {
    failure::attempt(
        &app.operator.records,
        (Stage::RunOperation, message),
        message::parse,
        |order: &Order| Some((order.app.clone(), order.media.clone())),
        async |order| app.operator.run(order).await,
    )
    .await
}
