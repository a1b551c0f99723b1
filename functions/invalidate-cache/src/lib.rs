//! `invalidate-cache`: takes requests from the invalidations queue, sends those of a batch to the CDN as one
//! invalidation, and polls until it is complete.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::aws::cloudfront::CloudFront;
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::sqs::SqsQueue;
use dozo::platform::batch::{self, Backoff, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::cdn;
use dozo::ports::clock::{Clock, SystemClock};
use dozo::ports::queue::{self, Queue};
use dozo::ports::store;
use dozo::stages::failure;
use dozo::stages::invalidate::Invalidator;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::invalidation::{self, Request, Task};
use dozo::vocabulary::stage::Stage;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::CONSUME, "InvalidationsQueue"),
    Access::queue(queue::COME_AGAIN, "InvalidationsQueue"),
    Access::queue(queue::SEND, "InvalidationsQueue"),
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::distribution(cdn::INVALIDATE, "Distribution"),
    Access::distribution(cdn::LOOK_AT_INVALIDATION, "Distribution"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    invalidations_queue_url: String,
    operations_queue_url: String,
    distribution_id: String,
    backoff: Backoff,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `INVALIDATIONS_QUEUE_URL`, `OPERATIONS_QUEUE_URL`, `DISTRIBUTION_ID` and `RETRY_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            distribution_id: reader.text("DISTRIBUTION_ID"),
            backoff: reader.backoff(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Invalidates media at the CDN.
    pub invalidator: Invalidator,
    /// The queue that tasks are received from.
    pub queue: Arc<dyn Queue>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The delay before a message is redelivered.
    pub backoff: Backoff,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default().with(Bucket::Records, &config.records_bucket);
        let clock = Arc::new(SystemClock);
        let invalidations = Arc::new(SqsQueue::new(sdk, &config.invalidations_queue_url));
        Self {
            invalidator: Invalidator {
                records: Records::new(Arc::new(S3Store::new(sdk, buckets)), clock.clone()),
                clock: clock.clone(),
                cdn: Arc::new(CloudFront::new(sdk, &config.distribution_id)),
                invalidations: invalidations.clone(),
                operations: Arc::new(SqsQueue::new(sdk, &config.operations_queue_url)),
            },
            queue: invalidations,
            clock,
            backoff: config.backoff,
        }
    }
}

/// Sends all requests of a batch to the CDN at once, then reports the result of each message.
pub async fn handle(app: &App, event: SqsEvent) -> SqsBatchResponse {
    let together = Together::new(app.invalidator.forget(&requests(&event)).await);
    batch::run(
        event,
        &*app.queue,
        &*app.clock,
        app.backoff,
        async |message| answer(app, &together, message).await,
    )
    .await
}

/// The outcome of the batch's invalidation: the first request gets the error itself, the others refer to it.
struct Together {
    asked: bool,
    error: Mutex<Option<Error>>,
}

impl Together {
    fn new(result: Result<(), Error>) -> Self {
        Self {
            asked: result.is_ok(),
            error: Mutex::new(result.err()),
        }
    }

    fn answer(&self) -> Result<&'static str, Error> {
        if self.asked {
            return Ok("the CDN is asked");
        }
        let mut error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        Err(error.take().unwrap_or(Error::Batch))
    }
}

fn requests(event: &SqsEvent) -> BTreeSet<Request> {
    let bodies = event
        .records
        .iter()
        .filter_map(|record| record.body.as_deref());
    bodies
        .filter_map(|body| match invalidation::read(body) {
            Ok(Task::Forget(request)) => Some(request),
            Ok(Task::Look(_)) | Err(_) => None,
        })
        .collect()
}

async fn answer(app: &App, together: &Together, message: &Message) -> Outcome {
    let (requests, result) = match invalidation::read(&message.body) {
        Err(error) => (BTreeSet::new(), Err(error.into())),
        Ok(Task::Look(look)) => {
            let seen = app.invalidator.look(&look).await;
            (look.requests, seen)
        }
        Ok(Task::Forget(request)) => (BTreeSet::from([request]), together.answer()),
    };
    if let Err(error) = &result {
        for Request { app: of, media, .. } in &requests {
            let (records, stage) = (&app.invalidator.records, Stage::InvalidateCache);
            failure::report(records, (of, media), stage, message, error).await;
        }
    }
    let names: Vec<_> = requests.iter().map(|of| of.media.to_string()).collect();
    Outcome {
        media: if names.is_empty() {
            "no media".to_owned()
        } else {
            names.join(", ")
        },
        result,
    }
}
