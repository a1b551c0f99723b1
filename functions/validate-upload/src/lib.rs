//! `validate-upload`: takes S3's notifications from the uploads queue, and accepts or refuses each file.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::ending::Ending;
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
use dozo::ports::queue::Stages;
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::settle::Settler;
use dozo::stages::usage::Usage;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::{Limits, Quotas};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::{self, UploadedFile};
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "UploadsQueue"),
    Access::queue(queue::DELAY, "UploadsQueue"),
    Access::queue(queue::SEND, "PdfsQueue"),
    Access::queue(queue::SEND, "VideosQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::DELETE, Bucket::Upload, "*"),
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "usage/*"),
    Access::objects(store::LIST, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "usage/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    pdfs_queue_url: String,
    videos_queue_url: String,
    limits: Limits,
    quotas: Quotas,
}

impl Config {
    /// Reads the names of the buckets, `UPLOADS_QUEUE_URL`, `PDFS_QUEUE_URL`, `VIDEOS_QUEUE_URL`, `RETRY_SECONDS` and
    /// the platform's limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Upload, Bucket::Delivery, Bucket::Records]),
            inbox: reader.inbox("UPLOADS_QUEUE_URL"),
            pdfs_queue_url: reader.text("PDFS_QUEUE_URL"),
            videos_queue_url: reader.text("VIDEOS_QUEUE_URL"),
            limits: reader.limits(),
            quotas: reader.quotas(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Validates files and records the result.
    pub settler: Settler,
    /// The queue that most messages are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        Self {
            settler: Settler {
                records: Records::new(store.clone(), clock.clone()),
                usage: Usage::new(store.clone()),
                store,
                clock,
                metrics: platform.metrics(),
                limits: config.limits,
                quotas: config.quotas,
                stages: Stages {
                    pdfs: platform.queue(&config.pdfs_queue_url),
                    videos: platform.queue(&config.videos_queue_url),
                },
            },
            inbox: Inbox::new(&config.inbox, platform),
        }
    }
}

/// Validates the files of a batch.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| settle(function, message).await)
        .await
}

async fn settle(function: &Function, message: &Message) -> Outcome {
    let files = match upload::read(&message.body) {
        Ok(files) => files,
        Err(error) => return Outcome::of_no_media(Err(error.into())),
    };
    let mut outcome = Outcome::of_no_media(Ok(Ending::TestEvent));
    for file in &files {
        outcome = Outcome {
            media: file.media.to_string(),
            result: settle_one(function, file, message).await,
        };
        if outcome.result.is_err() {
            break;
        }
    }
    outcome
}

async fn settle_one(
    function: &Function,
    file: &UploadedFile,
    message: &Message,
) -> Result<Ending, Error> {
    failure::try_once(
        &function.settler.records,
        (&file.app, &file.media),
        Stage::ValidateUpload,
        message,
        async |_| function.settler.settle(file).await,
    )
    .await
}
