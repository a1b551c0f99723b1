//! `finish-transcode`: handles EventBridge's events about MediaConvert jobs, checks jobs for which no event arrives,
//! puts their output into the delivery bucket, and cancels jobs that are no longer wanted.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::jobs::{self, JobTarget};
use dozo::ports::queue;
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
    Access::queue(queue::DELAY, "TranscodedQueue"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::jobs(jobs::GET),
    Access::jobs(jobs::CANCEL),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::PUT_OVER, Bucket::Work, "*"),
    Access::objects(store::COPY_FROM, Bucket::Work, "*"),
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::LIST, Bucket::Delivery),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::published(store::COPY_TO, Bucket::Delivery),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    work: String,
    inbox: InboxConfig,
}

impl Config {
    /// Reads the names of three buckets, `TRANSCODED_QUEUE_URL`, `COPY_PART_BYTES`, and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets_to_copy(&[Bucket::Delivery, Bucket::Records, Bucket::Work]),
            work: reader.text("WORK_BUCKET"),
            inbox: reader.inbox("TRANSCODED_QUEUE_URL"),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Finishes jobs.
    pub finisher: Finisher,
    /// The queue that messages are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let inbox = Inbox::new(&config.inbox, platform);
        Self {
            finisher: Finisher {
                delivery: Delivery::new(config.buckets, platform),
                work: config.work,
                service: platform.jobs(JobTarget::default()),
                transcoded: inbox.queue.clone(),
            },
            inbox,
        }
    }
}

/// Handles the messages of a batch; the function must be done by `deadline`.
pub async fn handle(
    function: &Function,
    event: SqsEvent,
    deadline: SystemTime,
) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| {
            let left = deadline
                .duration_since(SystemTime::now())
                .unwrap_or_default();
            run(function, message, left).await
        })
        .await
}

async fn run(function: &Function, message: &Message, left: Duration) -> Outcome {
    failure::attempt(
        &function.finisher.delivery.records,
        (Stage::FinishTranscode, message),
        job::read,
        |hint| hint.order().map(|order| (order.app, order.media)),
        async |hint, _| function.finisher.run(hint, left).await,
    )
    .await
}
