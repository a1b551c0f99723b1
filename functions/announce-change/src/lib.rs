//! `announce-change`: takes hints that records of media were written, hands to the event bus what is new to their apps, and
//! keeps the listings of media.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::ending::Ending;
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::bus;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::announce::Announcer;
use dozo::stages::index::Indexer;
use dozo::stages::show::Viewer;
use dozo::stages::webhooks::{Book, KeptHooks};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::news::{self, News, Written};

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "AnnouncementsQueue"),
    Access::queue(queue::DELAY, "AnnouncementsQueue"),
    Access::queue(queue::SEND, "AnnouncementsQueue"),
    Access::bus(bus::PUBLISH, "EventBus"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "uploads/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::LIST_VERSIONS, Bucket::Records, "media/*"),
    Access::objects(store::READ_VERSION, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "announced/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "announced/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "announced/*"),
    Access::objects(store::LIST, Bucket::Records, "announced/*"),
    Access::objects(store::READ, Bucket::Records, "webhooks/*"),
    Access::queue(queue::SEND, "DeliveriesQueue"),
    Access::objects(store::READ, Bucket::Records, "events/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "events/*"),
    Access::objects(store::READ, Bucket::Records, "indexed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "indexed/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "indexed/*"),
    Access::objects(store::DELETE, Bucket::Records, "indexed/*"),
    Access::objects(store::READ, Bucket::Records, "listed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "listed/*"),
    Access::objects(store::DELETE, Bucket::Records, "listed/*"),
    Access::objects(store::READ, Bucket::Records, "stored/*"),
    Access::objects(store::LIST, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "stored/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    event_bus: String,
    public_base_url: String,
    deliveries_queue_url: String,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `ANNOUNCEMENTS_QUEUE_URL`, `RETRY_SECONDS`, `EVENT_BUS`, `DELIVERIES_QUEUE_URL` and
    /// `PUBLIC_BASE_URL`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            inbox: reader.inbox("ANNOUNCEMENTS_QUEUE_URL"),
            deliveries_queue_url: reader.text("DELIVERIES_QUEUE_URL"),
            event_bus: reader.text("EVENT_BUS"),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Announces changes.
    pub announcer: Announcer,
    /// Keeps listings.
    pub indexer: Indexer,
    /// The queue that hints are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let records = Records::new(store.clone(), clock.clone());
        let book = Book {
            records: records.clone(),
            clock,
        };
        let inbox = Inbox::new(&config.inbox, platform);
        Self {
            indexer: Indexer {
                store: store.clone(),
                records: records.clone(),
                clock: platform.clock(),
            },
            announcer: Announcer {
                viewer: Viewer {
                    store: store.clone(),
                    records: records.clone(),
                    public_base_url: config.public_base_url,
                },
                store,
                records,
                bus: platform.bus(&config.event_bus),
                webhooks: KeptHooks::new(book, platform.queue(&config.deliveries_queue_url)),
                hints: inbox.queue.clone(),
            },
            inbox,
        }
    }
}

/// Announces and lists what the hints of a batch are about.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle(event, async |message| announce(function, message).await)
        .await
}

async fn announce(function: &Function, message: &Message) -> Outcome {
    let written = match news::read(&message.body) {
        Ok(written) => written,
        Err(error) => return Outcome::of_no_media(Err(error.into())),
    };
    let mut outcome = Outcome::of_no_media(Ok(Ending::TestEvent));
    for one in written {
        outcome = match one {
            News::Media(one) => Outcome {
                media: one.media.to_string(),
                result: settle(function, &one).await,
            },
            News::App(app) => Outcome::of_no_media(function.announcer.announce_app(&app).await),
        };
        if outcome.result.is_err() {
            break;
        }
    }
    outcome
}

/// Announces and lists one media, at the same time. What fails of it does not keep the rest from being done.
async fn settle(function: &Function, written: &Written) -> Result<Ending, Error> {
    let Written { app, media } = written;
    let (announced, is_listed_anew) = tokio::join!(
        function.announcer.announce(written),
        function.indexer.settle(app, media),
    );
    match (announced?, is_listed_anew?) {
        (Ending::NothingToAnnounce, true) => Ok(Ending::Listed),
        (ending, _) => Ok(ending),
    }
}
