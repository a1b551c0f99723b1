//! `sweep-lost`: runs every five minutes, finds media whose message was lost and uploads whose event never came, and
//! sends the message again; and deletes media that have expired.

use std::time::SystemTime;

use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::error::Error;
use dozo::platform::log::Peak;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::index::Indexer;
use dozo::stages::operate::orders::Orders;
use dozo::stages::sweep::queues::Queues;
use dozo::stages::sweep::{Found, Sweeper};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::operation::Grace;
use tokio::time::{Duration, Instant};

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::COUNT, "UploadsQueue"),
    Access::queue(queue::COUNT, "BulkUploadsQueue"),
    Access::queue(queue::COUNT, "PdfsQueue"),
    Access::queue(queue::COUNT, "SlowPdfsQueue"),
    Access::queue(queue::COUNT, "VideosQueue"),
    Access::queue(queue::COUNT, "TranscodedQueue"),
    Access::queue(queue::COUNT, "OperationsQueue"),
    Access::queue(queue::COUNT, "InvalidationsQueue"),
    Access::queue(queue::SEND, "UploadsQueue"),
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::queue(queue::SEND, "AnnouncementsQueue"),
    Access::queue(queue::SEND, "FetchesQueue"),
    Access::queue(queue::COUNT, "FetchesQueue"),
    Access::objects(store::LIST_VERSIONS, Bucket::Records, "begun/*"),
    Access::objects(store::READ, Bucket::Records, "begun/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::ERASE, Bucket::Records, "begun/*"),
    Access::objects(store::LIST_VERSIONS, Bucket::Records, "expiring/*"),
    Access::objects(store::ERASE, Bucket::Records, "expiring/*"),
    Access::objects(store::READ, Bucket::Records, "stuck/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "stuck/*"),
    Access::objects(store::DELETE, Bucket::Records, "stuck/*"),
    Access::objects(store::READ, Bucket::Records, "failed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "failed/*"),
    Access::objects(store::DELETE, Bucket::Records, "failed/*"),
    Access::objects(store::READ, Bucket::Records, "suspended/*"),
    Access::objects(store::DELETE, Bucket::Records, "suspended/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "announced/*"),
    Access::objects(store::READ, Bucket::Records, "indexed/*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::LIST, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "sweep/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "sweep/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "sweep/*"),
    Access::objects(store::LIST, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Work, "*"),
];

/// The part of the function's time that is kept for what was begun: a page of marks, and listings.
const RESERVE: Duration = Duration::from_secs(60);

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    uploads: String,
    bulk_uploads: String,
    pdfs: String,
    slow_pdfs: String,
    videos: String,
    transcoded: String,
    operations: String,
    invalidations: String,
    grace: Grace,
    announcements: String,
    fetches: String,
}

impl Config {
    /// Reads the names of three buckets, the URLs of the stages' queues, and the two grace periods.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Upload, Bucket::Records, Bucket::Work]),
            uploads: reader.text("UPLOADS_QUEUE_URL"),
            bulk_uploads: reader.text("BULK_UPLOADS_QUEUE_URL"),
            pdfs: reader.text("PDFS_QUEUE_URL"),
            slow_pdfs: reader.text("SLOW_PDFS_QUEUE_URL"),
            videos: reader.text("VIDEOS_QUEUE_URL"),
            transcoded: reader.text("TRANSCODED_QUEUE_URL"),
            operations: reader.text("OPERATIONS_QUEUE_URL"),
            invalidations: reader.text("INVALIDATIONS_QUEUE_URL"),
            grace: reader.grace(),
            announcements: reader.text("ANNOUNCEMENTS_QUEUE_URL"),
            fetches: reader.text("FETCHES_QUEUE_URL"),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Finds what was lost.
    pub sweeper: Sweeper,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let records = Records::new(store.clone(), clock.clone());
        let operations = platform.queue(&config.operations);
        Self {
            sweeper: Sweeper {
                orders: Orders {
                    store: store.clone(),
                    records: records.clone(),
                    clock: clock.clone(),
                    operations: operations.clone(),
                    grace: config.grace,
                },
                indexer: Indexer {
                    store: store.clone(),
                    records: records.clone(),
                    clock: clock.clone(),
                },
                records,
                store,
                clock,
                metrics: platform.metrics(),
                queues: Queues {
                    uploads: platform.queue(&config.uploads),
                    bulk_uploads: platform.queue(&config.bulk_uploads),
                    pdfs: platform.queue(&config.pdfs),
                    slow_pdfs: platform.queue(&config.slow_pdfs),
                    videos: platform.queue(&config.videos),
                    transcoded: platform.queue(&config.transcoded),
                    operations,
                    invalidations: platform.queue(&config.invalidations),
                    announcements: platform.queue(&config.announcements),
                    fetches: platform.queue(&config.fetches),
                },
                grace_seconds: config.grace.stage_seconds,
            },
        }
    }
}

/// Runs once; the function must be done by `deadline`. Returns what was found.
///
/// # Errors
/// The first error. Lambda then calls the function again, and an alarm tells of it if that does not help.
pub async fn handle(function: &Function, deadline: SystemTime) -> Result<Found, Error> {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    let stop_at = Instant::now() + left.saturating_sub(RESERVE);
    let found = function.sweeper.run(stop_at).await?;
    tracing::info!(?found, peak_bytes = Peak::bytes(), "swept");
    Ok(found)
}
