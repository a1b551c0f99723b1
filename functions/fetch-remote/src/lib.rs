//! `fetch-remote`: fetches files from addresses that apps have given, into UPLOAD.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::parts;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::intake::{Arrivals, Fetcher};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::stage_order::StageOrder;
use dozo::vocabulary::stage::Stage;
use dozo::vocabulary::web_address::Reach;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "FetchesQueue"),
    Access::queue(queue::DELAY, "FetchesQueue"),
    Access::queue(queue::SEND, "UploadsQueue"),
    Access::objects(store::READ, Bucket::Upload, "*"),
    Access::objects(store::PUT_NEW, Bucket::Upload, "*"),
    Access::objects(parts::PUT_PARTS, Bucket::Upload, "*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    uploads_queue_url: String,
    reach: Reach,
    limits: Limits,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `UPLOAD_BUCKET`, `FETCHES_QUEUE_URL`, `RETRY_SECONDS`, `UPLOADS_QUEUE_URL`, `PLACE` and the
    /// platform's limits.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records, Bucket::Upload]),
            inbox: reader.inbox("FETCHES_QUEUE_URL"),
            uploads_queue_url: reader.text("UPLOADS_QUEUE_URL"),
            reach: reader.reach(),
            limits: reader.limits(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Fetches files.
    pub fetcher: Fetcher,
    /// The queue that orders are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let parts = platform.parts(config.buckets.clone());
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        Self {
            inbox: Inbox::new(&config.inbox, platform),
            fetcher: Fetcher {
                arrivals: Arrivals {
                    records: Records::new(store.clone(), clock.clone()),
                    store,
                    clock,
                    metrics: platform.metrics(),
                    uploads: platform.queue(&config.uploads_queue_url),
                },
                parts,
                web: platform.web(config.reach),
                reach: config.reach,
                limits: config.limits,
            },
        }
    }
}

/// Carries out the orders of a batch.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| fetch(function, message).await)
        .await
}

async fn fetch(function: &Function, message: &Message) -> Outcome {
    let fetcher = &function.fetcher;
    failure::attempt(
        &fetcher.arrivals.records,
        (Stage::FetchRemote, message),
        message::parse,
        |order: &StageOrder| Some((order.app.clone(), order.media.clone())),
        async |order, begun| fetcher.fetch(order, begun).await,
    )
    .await
}
