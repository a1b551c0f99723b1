//! `deliver-webhook`: sends events to the webhooks of apps.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::master;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::webhooks::{Book, Secrets, Sender};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message;
use dozo::vocabulary::message::delivery::Send;
use dozo::vocabulary::web_address::Reach;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "DeliveriesQueue"),
    Access::queue(queue::DELAY, "DeliveriesQueue"),
    Access::queue(queue::SEND, "DeliveriesQueue"),
    Access::secret(master::READ_MASTER, "WebhookSecret"),
    Access::objects(store::READ, Bucket::Records, "webhooks/*"),
    Access::objects(store::READ, Bucket::Records, "events/*"),
    Access::objects(store::READ, Bucket::Records, "standing/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "standing/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "standing/*"),
    Access::objects(store::READ, Bucket::Records, "deliveries/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "deliveries/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "deliveries/*"),
    Access::objects(store::LIST, Bucket::Records, "deliveries/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    inbox: InboxConfig,
    webhook_secret: String,
    reach: Reach,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `DELIVERIES_QUEUE_URL`, `RETRY_SECONDS`, `WEBHOOK_SECRET` and `PLACE`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            inbox: reader.inbox("DELIVERIES_QUEUE_URL"),
            webhook_secret: reader.text("WEBHOOK_SECRET"),
            reach: reader.reach(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Sends events.
    pub sender: Sender,
    /// The queue that messages are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let records = Records::new(store.clone(), clock.clone());
        let inbox = Inbox::new(&config.inbox, platform);
        Self {
            sender: Sender {
                store,
                book: Book {
                    records: records.clone(),
                    clock: clock.clone(),
                },
                records,
                secrets: Secrets::new(platform.webhook_master(&config.webhook_secret)),
                web: platform.web(config.reach),
                reach: config.reach,
                deliveries: inbox.queue.clone(),
                clock,
                metrics: platform.metrics(),
            },
            inbox,
        }
    }
}

/// Sends the events of a batch, all at the same time: an endpoint that is slow makes no other one wait.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    function
        .inbox
        .handle_at_once(event, async |message| deliver(function, message).await)
        .await
}

async fn deliver(function: &Function, message: &Message) -> Outcome {
    match message::parse(&message.body) {
        Ok(Send::SendEvent(order)) => Outcome {
            media: order.event.to_string(),
            result: function.sender.send(&order).await,
        },
        Ok(Send::SendSince(all)) => Outcome::of_no_media(function.sender.send_since(&all).await),
        Err(error) => Outcome::of_no_media(Err(error.into())),
    }
}
