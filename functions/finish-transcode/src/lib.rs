//! `finish-transcode`: takes what EventBridge tells of MediaConvert's jobs, and looks at those of which it tells nothing;
//! puts what they made into delivery, and ends those that nobody wants any more.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::access::Access;
use dozo::aws::mediaconvert::{MediaConvert, Target};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::batch::{self, Backoff, Message, Outcome};
use dozo::clock::{Clock, SystemClock};
use dozo::config::{ConfigError, Reader};
use dozo::error::Error;
use dozo::failure;
use dozo::keys::Bucket;
use dozo::metrics::Emf;
use dozo::queue::{self, Queue};
use dozo::record::Stage;
use dozo::records::Records;
use dozo::store;
use dozo::transcode::delivery::Delivery;
use dozo::transcode::service;
use dozo::transcode::service::event;
use dozo::transcode::service::finish::Finisher;

/// What this function's role allows.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "TranscodedQueue"),
    Access::queue(queue::COME_AGAIN, "TranscodedQueue"),
    Access::queue(queue::SEND, "TranscodedQueue"),
    Access::jobs(service::GET),
    Access::jobs(service::CANCEL),
    Access::objects(store::READ, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::PUT_OVER, Bucket::Work, "*"),
    Access::objects(store::COPY_FROM, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_NEW, Bucket::Delivery, "private/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "public/*"),
    Access::objects(store::PUT_OVER, Bucket::Delivery, "private/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "public/*"),
    Access::objects(store::COPY_TO, Bucket::Delivery, "private/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// Its environment.
#[derive(Debug)]
pub struct Config {
    buckets: BucketNames,
    copy_part_bytes: u64,
    work: String,
    transcoded_queue_url: String,
    backoff: Backoff,
}

impl Config {
    /// Reads three buckets, `TRANSCODED_QUEUE_URL`, `COPY_PART_BYTES`, and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// All that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let buckets = BucketNames::default()
            .with(Bucket::Delivery, &reader.text("DELIVERY_BUCKET"))
            .with(Bucket::Records, &reader.text("RECORDS_BUCKET"))
            .with(Bucket::Work, &reader.text("WORK_BUCKET"));
        let config = Self {
            buckets,
            work: reader.text("WORK_BUCKET"),
            copy_part_bytes: reader.copy_part_bytes(),
            transcoded_queue_url: reader.text("TRANSCODED_QUEUE_URL"),
            backoff: reader.backoff(),
        };
        reader.finish(config)
    }
}

/// What lives as long as the process.
pub struct App {
    /// Ends jobs.
    pub finisher: Finisher,
    /// Where messages come from.
    pub queue: Arc<dyn Queue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How long messages wait before they come again.
    pub backoff: Backoff,
}

impl App {
    /// With AWS behind it.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let store = S3Store::new(sdk, config.buckets).copying_in_parts_of(config.copy_part_bytes);
        let store = Arc::new(store);
        let clock = Arc::new(SystemClock);
        let queue = Arc::new(SqsQueue::new(sdk, &config.transcoded_queue_url));
        Self {
            finisher: Finisher {
                delivery: Delivery {
                    store: store.clone(),
                    records: Records::new(store, clock.clone()),
                    clock: clock.clone(),
                    metrics: Arc::new(Emf::new(clock.clone())),
                },
                work: config.work,
                service: Arc::new(MediaConvert::new(sdk, Target::default())),
                transcoded: queue.clone(),
            },
            queue,
            clock,
            backoff: config.backoff,
        }
    }
}

/// Does what the messages of a batch lead to; the function must be done by `deadline`.
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
    let hint = match event::read(&message.body) {
        Ok(hint) => hint,
        Err(error) => {
            return Outcome {
                media: "no media".to_owned(),
                result: Err(Error::Message(error)),
            };
        }
    };
    let order = hint.order();
    let result = app.finisher.run(&hint, left).await;
    if let (Err(error), Some(order)) = (&result, &order) {
        failure::report(
            &app.finisher.delivery.records,
            (&order.app, &order.media),
            Stage::FinishTranscode,
            message,
            error,
        )
        .await;
    }
    let media = order.map_or_else(|| "no media".to_owned(), |order| order.media.to_string());
    Outcome { media, result }
}
