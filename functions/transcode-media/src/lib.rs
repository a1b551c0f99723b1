//! `transcode-media`: takes orders from the videos queue, and turns each audio or video into files that every browser
//! plays: with FFmpeg, in this function, or with a job of MediaConvert, which finish-transcode finishes.

pub mod ffmpeg;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::mediaconvert::{MediaConvert, Target};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::jobs;
use dozo::ports::metrics::Emf;
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::transcode::Transcoder;
use dozo::stages::transcode::delivery::Delivery;
use dozo::stages::transcode::service::start::{Started, Starter};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::handover::Handover;
use dozo::vocabulary::stage::Stage;

use ffmpeg::Ffmpeg;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "VideosQueue"),
    Access::queue(queue::COME_AGAIN, "VideosQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::COPY_FROM, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::PUT_OVER, Bucket::Work, "*"),
    Access::objects(store::COPY_FROM, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    // The following permissions are for MediaConvert.
    Access::objects(store::COPY_TO, Bucket::Work, "*"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::job_queue(jobs::CREATE),
    Access::job_queue(jobs::FIND),
    Access::role(jobs::HAND_ROLE_ON, "MediaConvertRole"),
    Access::jobs(jobs::CANCEL),
];

/// The FFmpeg program in the function's package, where local/build-functions puts it.
const PROGRAM: &str = "ffmpeg";

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: BucketNames,
    copy_part_bytes: u64,
    videos_queue_url: String,
    backoff: Backoff,
    task_root: PathBuf,
    service: Option<ServiceConfig>,
}

/// The part of the configuration that is needed for MediaConvert.
#[derive(Debug)]
struct ServiceConfig {
    transcoded_queue_url: String,
    target: Target,
}

impl Config {
    /// Reads the names of four buckets, `VIDEOS_QUEUE_URL`, `COPY_PART_BYTES`, `RETRY_SECONDS`, `TRANSCODER`
    /// (`ffmpeg` or `mediaconvert`; the latter needs `TRANSCODED_QUEUE_URL`, `MEDIACONVERT_QUEUE`,
    /// `MEDIACONVERT_ROLE`), and `LAMBDA_TASK_ROOT`, which Lambda sets.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = BucketNames::default()
            .with(Bucket::Upload, &reader.text("UPLOAD_BUCKET"))
            .with(Bucket::Delivery, &reader.text("DELIVERY_BUCKET"))
            .with(Bucket::Records, &reader.text("RECORDS_BUCKET"))
            .with(Bucket::Work, &reader.text("WORK_BUCKET"));
        let is_service = reader.choice("TRANSCODER", &[("ffmpeg", false), ("mediaconvert", true)]);
        let service = is_service.then(|| ServiceConfig {
            transcoded_queue_url: reader.text("TRANSCODED_QUEUE_URL"),
            target: Target {
                queue: reader.text("MEDIACONVERT_QUEUE"),
                role: reader.text("MEDIACONVERT_ROLE"),
                work_bucket: reader.text("WORK_BUCKET"),
            },
        });
        let config = Self {
            service,
            buckets,
            copy_part_bytes: reader.copy_part_bytes(),
            videos_queue_url: reader.text("VIDEOS_QUEUE_URL"),
            backoff: reader.backoff(),
            task_root: reader.text("LAMBDA_TASK_ROOT").into(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Transcodes in this function.
    pub transcoder: Transcoder,
    /// Starts jobs of MediaConvert for the media that it can transcode.
    pub starter: Option<Starter>,
    /// The queue that orders are received from.
    pub queue: Arc<dyn Queue>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The delay before a message is redelivered.
    pub backoff: Backoff,
}

impl App {
    /// Connects to AWS, and to FFmpeg or MediaConvert.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let store = S3Store::new(sdk, config.buckets).copying_in_parts_of(config.copy_part_bytes);
        let store = Arc::new(store);
        let clock = Arc::new(SystemClock);
        let delivery = Delivery {
            store: store.clone(),
            records: Records::new(store.clone(), clock.clone()),
            clock: clock.clone(),
            metrics: Arc::new(Emf::new(clock.clone())),
        };
        let starter = config.service.map(|service| Starter {
            delivery: delivery.clone(),
            work: service.target.work_bucket.clone(),
            service: Arc::new(MediaConvert::new(sdk, service.target)),
            transcoded: Arc::new(SqsQueue::new(sdk, &service.transcoded_queue_url)),
        });
        Self {
            starter,
            transcoder: Transcoder {
                delivery,
                engine: Arc::new(Ffmpeg {
                    program: config.task_root.join(PROGRAM),
                    store,
                }),
            },
            queue: Arc::new(SqsQueue::new(sdk, &config.videos_queue_url)),
            clock,
            backoff: config.backoff,
        }
    }
}

/// Carries out the orders of a batch; the function must be done by `deadline`.
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
        &app.transcoder.delivery.records,
        (Stage::TranscodeMedia, message),
        message::parse,
        |order: &Handover| Some((order.app.clone(), order.media.clone())),
        async |order| begin(app, order, left).await,
    )
    .await
}

async fn begin(app: &App, order: &Handover, left: Duration) -> Result<&'static str, Error> {
    if let Some(starter) = &app.starter
        && let Started::Done(how) = starter.run(order, left).await?
    {
        return Ok(how);
    }
    Box::pin(app.transcoder.run(order, left)).await
}
