//! `validate-upload`: takes S3's notifications from the uploads queue, and accepts or refuses each file.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::metrics::Emf;
use dozo::ports::queue::Stages;
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::settle::Settler;
use dozo::stages::usage::{self, Usage};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::{Limits, Quotas};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::{self, UploadedFile};
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "UploadsQueue"),
    Access::queue(queue::COME_AGAIN, "UploadsQueue"),
    Access::queue(queue::SEND, "PdfsQueue"),
    Access::queue(queue::SEND, "VideosQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::DELETE, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(usage::COUNT, Bucket::Records, "usage/*"),
    Access::objects(usage::MARK, Bucket::Records, "usage/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    upload_bucket: String,
    delivery_bucket: String,
    records_bucket: String,
    uploads_queue_url: String,
    pdfs_queue_url: String,
    videos_queue_url: String,
    backoff: Backoff,
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
            upload_bucket: reader.text("UPLOAD_BUCKET"),
            delivery_bucket: reader.text("DELIVERY_BUCKET"),
            records_bucket: reader.text("RECORDS_BUCKET"),
            uploads_queue_url: reader.text("UPLOADS_QUEUE_URL"),
            pdfs_queue_url: reader.text("PDFS_QUEUE_URL"),
            videos_queue_url: reader.text("VIDEOS_QUEUE_URL"),
            backoff: reader.backoff(),
            limits: reader.limits(),
            quotas: reader.quotas(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Validates files and records the result.
    pub settler: Settler,
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
        let buckets = BucketNames::default()
            .with(Bucket::Upload, &config.upload_bucket)
            .with(Bucket::Delivery, &config.delivery_bucket)
            .with(Bucket::Records, &config.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        let records = Records::new(store.clone(), clock.clone());
        let usage = Usage::new(store.clone());
        Self {
            settler: Settler {
                store,
                records,
                clock: clock.clone(),
                metrics: Arc::new(Emf::new(clock.clone())),
                limits: config.limits,
                quotas: config.quotas,
                usage,
                stages: Stages {
                    pdfs: Arc::new(SqsQueue::new(sdk, &config.pdfs_queue_url)),
                    videos: Arc::new(SqsQueue::new(sdk, &config.videos_queue_url)),
                },
            },
            queue: Arc::new(SqsQueue::new(sdk, &config.uploads_queue_url)),
            clock,
            backoff: config.backoff,
        }
    }
}

/// Validates the files of a batch.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    batch::run(
        event,
        &*app.queue,
        &*app.clock,
        app.backoff,
        async |message| settle(app, message).await,
    )
    .await
}

async fn settle(app: &App, message: &Message) -> Outcome {
    let files = match upload::read(&message.body) {
        Ok(files) => files,
        Err(error) => return Outcome::of_no_media(Err(error.into())),
    };
    let mut outcome = Outcome::of_no_media(Ok("test event"));
    for file in &files {
        outcome = Outcome {
            media: file.media.to_string(),
            result: settle_one(app, file, message).await,
        };
        if outcome.result.is_err() {
            break;
        }
    }
    outcome
}

async fn settle_one(
    app: &App,
    file: &UploadedFile,
    message: &Message,
) -> Result<&'static str, Error> {
    let settled = app.settler.settle(file).await;
    if let Err(error) = &settled {
        failure::report(
            &app.settler.records,
            (&file.app, &file.media),
            Stage::ValidateUpload,
            message,
            error,
        )
        .await;
    }
    settled
}
