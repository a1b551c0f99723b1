//! `transcode-media`: takes orders from the videos queue. It turns each audio or video into files that every browser plays,
//! with FFmpeg in this function or with a job of MediaConvert, which finish-transcode finishes. It also takes another
//! poster of a film that is published.

pub mod ffmpeg;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::ending::Ending;
use dozo::platform::error::Error;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::jobs::{self, JobTarget};
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::transcode::Transcoder;
use dozo::stages::transcode::delivery::Delivery;
use dozo::stages::transcode::service::start::{Started, Starter};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::poster::PosterOrder;
use dozo::vocabulary::message::stage_order::StageOrder;
use dozo::vocabulary::stage::Stage;

use ffmpeg::Ffmpeg;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "VideosQueue"),
    Access::queue(queue::DELAY, "VideosQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::COPY_FROM, Bucket::Upload, "*"),
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::LIST, Bucket::Delivery),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::published(store::COPY_TO, Bucket::Delivery),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::PUT_OVER, Bucket::Work, "*"),
    Access::objects(store::COPY_FROM, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    // A film's poster has changed.
    Access::queue(queue::SEND, "InvalidationsQueue"),
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
    buckets: Buckets,
    inbox: InboxConfig,
    task_root: PathBuf,
    is_service_wanted: bool,
    transcoded_queue_url: String,
    invalidations_queue_url: String,
    target: JobTarget,
}

impl Config {
    /// Reads the names of four buckets, `VIDEOS_QUEUE_URL`, `COPY_PART_BYTES`, `RETRY_SECONDS`, `TRANSCODER`
    /// (`ffmpeg` or `mediaconvert`), `TRANSCODED_QUEUE_URL`, `INVALIDATIONS_QUEUE_URL`, `MEDIACONVERT_QUEUE`, `MEDIACONVERT_ROLE`, and
    /// `LAMBDA_TASK_ROOT`, which Lambda sets.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = [
            Bucket::Upload,
            Bucket::Delivery,
            Bucket::Records,
            Bucket::Work,
        ];
        let config = Self {
            is_service_wanted: reader
                .choice("TRANSCODER", &[("ffmpeg", false), ("mediaconvert", true)]),
            transcoded_queue_url: reader.text("TRANSCODED_QUEUE_URL"),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            target: JobTarget {
                queue: reader.text("MEDIACONVERT_QUEUE"),
                role: reader.text("MEDIACONVERT_ROLE"),
                work_bucket: reader.text("WORK_BUCKET"),
            },
            buckets: reader.buckets_to_copy(&buckets),
            inbox: reader.inbox("VIDEOS_QUEUE_URL"),
            task_root: reader.text("LAMBDA_TASK_ROOT").into(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Transcodes in this function.
    pub transcoder: Transcoder,
    /// Starts jobs of MediaConvert for the media that it can transcode, if it is wanted. A job that was started before
    /// the stack was told to use FFmpeg goes on.
    pub starter: Starter,
    /// The queue that orders are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform, and to FFmpeg or MediaConvert.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let delivery = Delivery::new(config.buckets, platform);
        let starter = Starter {
            delivery: delivery.clone(),
            work: config.target.work_bucket.clone(),
            is_wanted: config.is_service_wanted,
            service: platform.jobs(config.target),
            transcoded: platform.queue(&config.transcoded_queue_url),
        };
        let engine = Arc::new(Ffmpeg {
            program: config.task_root.join(PROGRAM),
            store: delivery.store.clone(),
        });
        Self {
            starter,
            transcoder: Transcoder {
                delivery,
                engine,
                invalidations: platform.queue(&config.invalidations_queue_url),
            },
            inbox: Inbox::new(&config.inbox, platform),
        }
    }
}

/// Carries out the orders of a batch; the function must be done by `deadline`.
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
    // A film whose poster cannot be taken has not failed, so nothing is noted on its record.
    if let Ok(order) = message::parse::<PosterOrder>(&message.body) {
        let taken = Box::pin(function.transcoder.take_poster(&order, left)).await;
        return Outcome {
            media: order.media.to_string(),
            result: taken,
        };
    }
    failure::attempt(
        &function.transcoder.delivery.records,
        (Stage::TranscodeMedia, message),
        message::parse,
        |order: &StageOrder| Some((order.app.clone(), order.media.clone())),
        async |order, _| begin(function, order, left).await,
    )
    .await
}

async fn begin(function: &Function, order: &StageOrder, left: Duration) -> Result<Ending, Error> {
    if let Started::Done(how) = function
        .starter
        .run(order, left, &*function.transcoder.engine)
        .await?
    {
        return Ok(how);
    }
    Box::pin(function.transcoder.run(order, left)).await
}
