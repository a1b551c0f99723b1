//! `split-pdf`: takes orders and spans of pages from the PDF queues, and makes page images and texts of them.

mod anew;
mod engine;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::lease;
use dozo::platform::records::Records;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::metrics::Emf;
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::split::{Splitter, Task, Times};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::stage::Stage;
use dozo_pdf::{Library, LoadError, crash};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub use anew::begin_anew;
pub use engine::Pdfium;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "PdfsQueue"),
    Access::queue(queue::COME_AGAIN, "PdfsQueue"),
    Access::queue(queue::SEND, "PdfsQueue"),
    Access::queue(queue::CONSUME, "SlowPdfsQueue"),
    Access::queue(queue::COME_AGAIN, "SlowPdfsQueue"),
    Access::queue(queue::SEND, "SlowPdfsQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::COPY_FROM, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// Stop starting new work when less than this remains before the deadline: work in progress has to be drawn and
/// stored by then, and the rest handed back. Usually a turn ends long before.
const RESERVE: Duration = Duration::from_secs(40);

/// The part of the function's memory, in megabytes, that is not available to documents.
const OWN_MEGABYTES: u64 = 128;

/// The number of scanned pages that one gigabyte of memory, with its share of a processor, makes in half a minute. A
/// document with no more pages than that is not worth a second function.
const PAGES_A_GIGABYTE: u64 = 16;

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: BucketNames,
    copy_part_bytes: u64,
    pdfs_queue_url: String,
    slow_pdfs_queue_url: String,
    spans_at_once: u64,
    backoff: Backoff,
    limits: Limits,
    public_base_url: String,
    /// The directory of the function's package.
    task_root: String,
    megabytes: u64,
}

impl Config {
    /// Reads the names of the buckets, `PDFS_QUEUE_URL`, `SLOW_PDFS_QUEUE_URL`, `SPANS_AT_ONCE` (how many instances
    /// of this function work on the first of these queues at the same time), `RETRY_SECONDS`, `COPY_PART_BYTES`, the
    /// platform's limits, `PUBLIC_BASE_URL`, and the variables set by Lambda: `LAMBDA_TASK_ROOT`,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`.
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
        let config = Self {
            buckets,
            copy_part_bytes: reader.copy_part_bytes(),
            pdfs_queue_url: reader.text("PDFS_QUEUE_URL"),
            slow_pdfs_queue_url: reader.text("SLOW_PDFS_QUEUE_URL"),
            spans_at_once: reader.number("SPANS_AT_ONCE", 2, 1..=1_000),
            backoff: reader.backoff(),
            limits: reader.limits(),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
            task_root: reader.text("LAMBDA_TASK_ROOT"),
            megabytes: reader.number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 2_048, 128..=10_240),
        };
        reader.finish(config)
    }

    fn span_pages(&self) -> u16 {
        let pages = self.megabytes.saturating_mul(PAGES_A_GIGABYTE) / 1_024;
        u16::try_from(pages).unwrap_or(u16::MAX)
    }
}

/// Limits the memory of this process to that of the function. If a document needs more, PDFium's allocation fails,
/// which usually costs one picture only, and otherwise ends the process, as it would on Lambda; nothing else enforces
/// the limit on a laptop.
pub fn bound_memory(config: &Config) {
    let megabytes = config.megabytes.saturating_sub(OWN_MEGABYTES);
    let bound = Rlimit {
        current: Some(megabytes << 20),
        ..getrlimit(Resource::Data)
    };
    if let Err(error) = setrlimit(Resource::Data, bound) {
        tracing::warn!(cause = %error, "memory is not bounded");
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Splits documents.
    pub splitter: Splitter,
    /// The queue that most messages are received from.
    pub queue: Arc<dyn Queue>,
    /// The queue that messages about slow documents are received from.
    pub slow_queue: Arc<dyn Queue>,
    /// The name of the queue for slow documents.
    pub slow_queue_name: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The delay before a message is redelivered.
    pub backoff: Backoff,
}

impl App {
    /// Connects to AWS and loads PDFium.
    ///
    /// # Errors
    /// [`LoadError`] if the package is incomplete.
    pub fn new(config: Config, sdk: &SdkConfig) -> Result<Self, LoadError> {
        if let Err(error) = crash::watch() {
            tracing::warn!(cause = %error, "crashes of PDFium end the process");
        }
        let library = Library::load(Path::new(&config.task_root))?;
        let span_pages = config.span_pages();
        let store = S3Store::new(sdk, config.buckets).copying_in_parts_of(config.copy_part_bytes);
        let store = Arc::new(store);
        let clock = Arc::new(SystemClock);
        let pdfs = Arc::new(SqsQueue::new(sdk, &config.pdfs_queue_url));
        let slow_pdfs = Arc::new(SqsQueue::new(sdk, &config.slow_pdfs_queue_url));
        Ok(Self {
            splitter: Splitter {
                store: store.clone(),
                records: Records::new(store, clock.clone()),
                clock: clock.clone(),
                metrics: Arc::new(Emf::new(clock.clone())),
                pdfs: pdfs.clone(),
                slow_pdfs: slow_pdfs.clone(),
                engine: Arc::new(Pdfium::new(library)),
                limits: config.limits,
                span_pages,
                spans_at_once: u16::try_from(config.spans_at_once).unwrap_or(u16::MAX),
                public_base_url: config.public_base_url,
                times: Times::STANDARD,
                stuck: AtomicBool::new(false),
            },
            queue: pdfs,
            slow_queue: slow_pdfs,
            slow_queue_name: last_segment(&config.slow_pdfs_queue_url, '/').to_owned(),
            clock,
            backoff: config.backoff,
        })
    }
}

/// Carries out the tasks of a batch; the function must be done by `deadline`.
pub async fn handle(app: &App, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    let deadline = Instant::now() + left.saturating_sub(RESERVE);
    let queue = app.queue_of(&event);
    batch::run(event, queue, &*app.clock, app.backoff, async |message| {
        lease::hold(queue, message, split(app, message, deadline)).await
    })
    .await
}

impl App {
    /// Returns the queue that a batch came from; an event source mapping has only one.
    fn queue_of(&self, event: &SqsEvent) -> &dyn Queue {
        let first = event.records.first();
        let arn = first.and_then(|record| record.event_source_arn.as_deref());
        if last_segment(arn.unwrap_or_default(), ':') == self.slow_queue_name {
            &*self.slow_queue
        } else {
            &*self.queue
        }
    }
}

/// Returns a queue's name, which is the last part of its URL and of its ARN.
fn last_segment(address: &str, separator: char) -> &str {
    address.rsplit(separator).next().unwrap_or(address)
}

async fn split(app: &App, message: &Message, deadline: Instant) -> Outcome {
    failure::attempt(
        &app.splitter.records,
        (Stage::SplitPdf, message),
        message::parse,
        |task: &Task| Some((task.order.app.clone(), task.order.media.clone())),
        async |task| Box::pin(app.splitter.run(task, message, deadline)).await,
    )
    .await
}
