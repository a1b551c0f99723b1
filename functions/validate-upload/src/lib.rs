//! `validate-upload`: takes S3's notifications from the uploads queue, and accepts or refuses each file. What an app
//! brings beyond its share goes through the queue for bulk uploads, which this function consumes, too. So do requests to make
//! thumbnails before anybody asks for one, for which nobody waits either.

use std::path::{Path, PathBuf};
use std::sync::Arc;

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
use dozo::stages::flood::Flood;
use dozo::stages::render::{PublicHost, Registrations, Renderer};
use dozo::stages::settle::Settler;
use dozo::stages::thumbs::ThumbMaker;
use dozo::stages::usage::Usage;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::{Limits, Quotas};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::thumbs::Thumbs;
use dozo::vocabulary::message::upload::{self, UploadedFile};
use dozo::vocabulary::stage::Stage;
use dozo_codecs::convert::Hevc;
use dozo_codecs::svg::Fonts;
use dozo_hevc::Ffmpeg;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "UploadsQueue"),
    Access::queue(queue::DELAY, "UploadsQueue"),
    Access::queue(queue::CONSUME, "BulkUploadsQueue"),
    Access::queue(queue::DELAY, "BulkUploadsQueue"),
    Access::queue(queue::SEND, "BulkUploadsQueue"),
    Access::queue(queue::SEND, "PdfsQueue"),
    Access::queue(queue::SEND, "VideosQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::DELETE, Bucket::Upload, "*"),
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::published(store::LIST, Bucket::Delivery),
    // Thumbnails that no preset asks for any more. This function decodes strangers' files: it may delete nothing else.
    Access::objects(store::DELETE, Bucket::Delivery, "public/*/thumbs/*"),
    Access::objects(store::DELETE, Bucket::Delivery, "private/*/thumbs/*"),
    // Whether a film whose upload was replaced is made already.
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "expiring/*"),
    Access::objects(store::READ, Bucket::Records, "usage/*"),
    Access::objects(store::LIST, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "usage/*"),
];

/// The FFmpeg program in the function's package, where local/build-functions puts it.
const PROGRAM: &str = "ffmpeg";

/// The directory of fonts in the function's package.
const FONTS: &str = "fonts";

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    bulk_inbox: InboxConfig,
    bulk_after_files_per_minute: u64,
    uploads_at_once: u64,
    pdfs_queue_url: String,
    videos_queue_url: String,
    limits: Limits,
    quotas: Quotas,
    ffmpeg: Option<PathBuf>,
    fonts: Option<PathBuf>,
}

impl Config {
    /// Reads the names of the buckets, `UPLOADS_QUEUE_URL`, `BULK_UPLOADS_QUEUE_URL`, `BULK_AFTER_FILES_PER_MINUTE` (0:
    /// never), `UPLOADS_AT_ONCE` (how many instances of this function work on the first of these queues at the same time),
    /// `PDFS_QUEUE_URL`, `VIDEOS_QUEUE_URL`, `RETRY_SECONDS`, the platform's limits and quotas, and `LAMBDA_TASK_ROOT`, which
    /// Lambda sets: HEIC is accepted if FFmpeg lies there, and drawings with text if fonts do.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[
                Bucket::Upload,
                Bucket::Delivery,
                Bucket::Records,
                Bucket::Work,
            ]),
            inbox: reader.inbox("UPLOADS_QUEUE_URL"),
            bulk_inbox: reader.inbox("BULK_UPLOADS_QUEUE_URL"),
            bulk_after_files_per_minute: reader.number(
                "BULK_AFTER_FILES_PER_MINUTE",
                60,
                0..=1_000_000,
            ),
            uploads_at_once: reader.number("UPLOADS_AT_ONCE", 2, 1..=1_000),
            pdfs_queue_url: reader.text("PDFS_QUEUE_URL"),
            videos_queue_url: reader.text("VIDEOS_QUEUE_URL"),
            limits: reader.limits(),
            quotas: reader.quotas(),
            ffmpeg: shipped(&mut reader, PROGRAM).filter(|program| program.is_file()),
            fonts: shipped(&mut reader, FONTS).filter(|fonts| fonts.is_dir()),
        };
        reader.finish(config)
    }
}

/// Returns the path of what may lie in the function's package.
fn shipped(reader: &mut Reader<'_>, name: &str) -> Option<PathBuf> {
    let root = reader.optional("LAMBDA_TASK_ROOT")?;
    Some(Path::new(&root).join(name))
}

/// The state that lives as long as the process.
pub struct Function {
    /// Validates files and records the result.
    pub settler: Settler,
    /// Makes thumbnails before anybody asks for one.
    pub thumb_maker: ThumbMaker,
    /// The queue that most messages are received from.
    pub inbox: Inbox,
    /// The queue that messages about bulk uploads are received from.
    pub bulk_inbox: Inbox,
    /// Hands over what an app brings beyond its share.
    pub flood: Flood,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let bulk_inbox = Inbox::new(&config.bulk_inbox, platform);
        let records = Records::new(store.clone(), clock.clone());
        Self {
            thumb_maker: ThumbMaker {
                records: records.clone(),
                renderer: Renderer {
                    store: store.clone(),
                    records: records.clone(),
                    clock: clock.clone(),
                    registrations: Registrations::default(),
                    limits: config.limits,
                    host: PublicHost::new(None),
                    metrics: platform.metrics(),
                },
                queue: bulk_inbox.queue.clone(),
            },
            flood: Flood::new(
                bulk_inbox.queue.clone(),
                clock.clone(),
                config.bulk_after_files_per_minute,
                config.uploads_at_once,
            ),
            settler: Settler {
                records,
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
                thumbs: bulk_inbox.queue.clone(),
                fonts: Fonts::new(config.fonts),
                hevc: config.ffmpeg.map(|program| {
                    let decoder: Arc<dyn Hevc> = Arc::new(Ffmpeg { program });
                    decoder
                }),
            },
            inbox: Inbox::new(&config.inbox, platform),
            bulk_inbox,
        }
    }
}

/// Validates the files of a batch, or hands them over to the queue for bulk uploads.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    let is_bulk = function.bulk_inbox.is_source_of(&event);
    let inbox = if is_bulk {
        &function.bulk_inbox
    } else {
        &function.inbox
    };
    inbox
        .handle(event, async |message| {
            settle(function, message, is_bulk).await
        })
        .await
}

async fn settle(function: &Function, message: &Message, is_bulk: bool) -> Outcome {
    // A picture without its thumbnails has not failed, so nothing is noted on its record.
    if let Ok(asked) = message::parse::<Thumbs>(&message.body) {
        let result = Box::pin(function.thumb_maker.run(&asked)).await;
        return match asked {
            Thumbs::MakeThumbs(of) => Outcome {
                media: of.media.to_string(),
                result,
            },
            Thumbs::MakeAllThumbs(_) => Outcome::of_no_media(result),
        };
    }
    let files = match upload::read(&message.body) {
        Ok(files) => files,
        Err(error) => return Outcome::of_no_media(Err(error.into())),
    };
    if let Some(first) = files.first().filter(|_| !is_bulk)
        && function.flood.take(&first.app, message).await
    {
        return Outcome {
            media: first.media.to_string(),
            result: Ok(Ending::LeftToBulkQueue),
        };
    }
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
