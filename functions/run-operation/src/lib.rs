//! `run-operation`: takes orders from the operations queue and carries them out: suspend, restore, move, delete,
//! retry. It also copies media.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::intake::{Arrivals, Copier};
use dozo::stages::operate::Operator;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::order::{self, Task};
use dozo::vocabulary::operation::Grace;
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "OperationsQueue"),
    Access::queue(queue::DELAY, "OperationsQueue"),
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::queue(queue::SEND, "InvalidationsQueue"),
    Access::queue(queue::SEND, "UploadsQueue"),
    Access::queue(queue::SEND, "BulkUploadsQueue"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::queue(queue::SEND, "FetchesQueue"),
    Access::published(store::LIST, Bucket::Delivery),
    // A document's manifest is rewritten, not copied, if its URLs change.
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::READ, Bucket::Backup),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::published(store::COPY_FROM, Bucket::Delivery),
    Access::published(store::COPY_TO, Bucket::Delivery),
    Access::published(store::DELETE, Bucket::Delivery),
    Access::published(store::LIST, Bucket::Backup),
    Access::published(store::COPY_FROM, Bucket::Backup),
    Access::published(store::COPY_TO, Bucket::Backup),
    Access::published(store::DELETE, Bucket::Backup),
    Access::published(store::LIST_VERSIONS, Bucket::Backup),
    Access::published(store::ERASE, Bucket::Backup),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::DELETE, Bucket::Upload, "*"),
    // Copies of media are uploads.
    Access::objects(store::COPY_TO, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::DELETE, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    // What was declared with a file is erased with its media.
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "uploads/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "expiring/*"),
    Access::objects(store::READ, Bucket::Records, "suspended/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "suspended/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "suspended/*"),
    Access::objects(store::DELETE, Bucket::Records, "suspended/*"),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "blocked/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "blocked/*"),
    Access::objects(store::DELETE, Bucket::Records, "blocked/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    invalidations_queue_url: String,
    uploads_queue_url: String,
    bulk_uploads_queue_url: String,
    fetches_queue_url: String,
    transcoded_queue_url: String,
    grace: Grace,
}

impl Config {
    /// Reads the names of the five buckets, `OPERATIONS_QUEUE_URL`, `INVALIDATIONS_QUEUE_URL`, `UPLOADS_QUEUE_URL`,
    /// `BULK_UPLOADS_QUEUE_URL`, `TRANSCODED_QUEUE_URL`, `FETCHES_QUEUE_URL`, `COPY_PART_BYTES`, the two grace periods and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = [
            Bucket::Upload,
            Bucket::Delivery,
            Bucket::Backup,
            Bucket::Records,
            Bucket::Work,
        ];
        let config = Self {
            buckets: reader.buckets_to_copy(&buckets),
            inbox: reader.inbox("OPERATIONS_QUEUE_URL"),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            uploads_queue_url: reader.text("UPLOADS_QUEUE_URL"),
            bulk_uploads_queue_url: reader.text("BULK_UPLOADS_QUEUE_URL"),
            fetches_queue_url: reader.text("FETCHES_QUEUE_URL"),
            transcoded_queue_url: reader.text("TRANSCODED_QUEUE_URL"),
            grace: reader.grace(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Carries out orders.
    pub operator: Operator,
    /// Copies media.
    pub copier: Copier,
    /// The queue that orders are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let inbox = Inbox::new(&config.inbox, platform);
        let records = Records::new(store.clone(), clock.clone());
        let uploads = platform.queue(&config.uploads_queue_url);
        let arrivals = Arrivals {
            store: store.clone(),
            records: records.clone(),
            clock: clock.clone(),
            metrics: platform.metrics(),
            uploads: uploads.clone(),
        };
        Self {
            copier: Copier { arrivals },
            operator: Operator {
                records,
                store,
                clock,
                metrics: platform.metrics(),
                operations: inbox.queue.clone(),
                invalidations: platform.queue(&config.invalidations_queue_url),
                transcoded: platform.queue(&config.transcoded_queue_url),
                uploads,
                fetches: platform.queue(&config.fetches_queue_url),
                thumbs: platform.queue(&config.bulk_uploads_queue_url),
                grace: config.grace,
            },
            inbox,
        }
    }
}

/// Carries out the orders of a batch.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| run(function, message).await)
        .await
}

async fn run(function: &Function, message: &Message) -> Outcome {
    failure::attempt(
        &function.operator.records,
        (Stage::RunOperation, message),
        order::read,
        |task: &Task| Some(task.about()),
        async |task, _| match task {
            Task::Order(order) => function.operator.run(order).await,
            Task::Copy(order) => function.copier.copy(order).await,
        },
    )
    .await
}
