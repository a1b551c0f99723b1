//! `split-pdf`: takes orders and spans of pages from the PDF queues, and makes page images and texts of them.

mod anew;
mod engine;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::lease;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::split::engine::Engine;
use dozo::stages::split::{Shelf, Splitter, Task, Times};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::stage::Stage;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub use anew::begin_anew;
pub use engine::Pdfium;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "PdfsQueue"),
    Access::queue(queue::DELAY, "PdfsQueue"),
    Access::queue(queue::SEND, "PdfsQueue"),
    Access::queue(queue::CONSUME, "SlowPdfsQueue"),
    Access::queue(queue::DELAY, "SlowPdfsQueue"),
    Access::queue(queue::SEND, "SlowPdfsQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::COPY_FROM, Bucket::Upload, "*"),
    Access::published(store::READ, Bucket::Delivery),
    Access::published(store::COPY_TO, Bucket::Delivery),
    Access::published(store::PUT_NEW, Bucket::Delivery),
    Access::published(store::PUT_OVER, Bucket::Delivery),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
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
    buckets: Buckets,
    inbox: InboxConfig,
    slow_inbox: InboxConfig,
    spans_at_once: u64,
    limits: Limits,
    public_base_url: String,
    /// The directory of the function's package, in which PDFium is.
    pub task_root: PathBuf,
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
        let buckets = [
            Bucket::Upload,
            Bucket::Delivery,
            Bucket::Records,
            Bucket::Work,
        ];
        let config = Self {
            buckets: reader.buckets_to_copy(&buckets),
            inbox: reader.inbox("PDFS_QUEUE_URL"),
            slow_inbox: reader.inbox("SLOW_PDFS_QUEUE_URL"),
            spans_at_once: reader.number("SPANS_AT_ONCE", 2, 1..=1_000),
            limits: reader.limits(),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
            task_root: reader.text("LAMBDA_TASK_ROOT").into(),
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
        tracing::warn!(cause = %error, "the memory limit of the process could not be set");
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Splits documents.
    pub splitter: Splitter,
    /// The queue that most messages are received from.
    pub inbox: Inbox,
    /// The queue that messages about slow documents are received from.
    pub slow_inbox: Inbox,
}

impl Function {
    /// Connects to the platform, with this engine for documents.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform, engine: Arc<dyn Engine>) -> Self {
        let span_pages = config.span_pages();
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let inbox = Inbox::new(&config.inbox, platform);
        let slow_inbox = Inbox::new(&config.slow_inbox, platform);
        Self {
            splitter: Splitter {
                records: Records::new(store.clone(), clock.clone()),
                store,
                clock,
                metrics: platform.metrics(),
                pdfs: inbox.queue.clone(),
                slow_pdfs: slow_inbox.queue.clone(),
                engine,
                limits: config.limits,
                span_pages,
                spans_at_once: u16::try_from(config.spans_at_once).unwrap_or(u16::MAX),
                public_base_url: config.public_base_url,
                times: Times::STANDARD,
                stuck: AtomicBool::new(false),
                shelf: Shelf::default(),
            },
            inbox,
            slow_inbox,
        }
    }
}

/// Carries out the tasks of a batch; the function must be done by `deadline`.
pub async fn handle(
    function: &Function,
    event: SqsEvent,
    deadline: SystemTime,
) -> SqsBatchResponse {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    let deadline = Instant::now() + left.saturating_sub(RESERVE);
    let inbox = if function.slow_inbox.is_source_of(&event) {
        &function.slow_inbox
    } else {
        &function.inbox
    };
    inbox
        .handle(event, async |message| {
            lease::hold(&*inbox.queue, message, split(function, message, deadline)).await
        })
        .await
}

async fn split(function: &Function, message: &Message, deadline: Instant) -> Outcome {
    failure::attempt(
        &function.splitter.records,
        (Stage::SplitPdf, message),
        message::parse,
        |task: &Task| Some((task.order.app.clone(), task.order.media.clone())),
        async |task, begun| Box::pin(function.splitter.run(task, begun, deadline)).await,
    )
    .await
}
