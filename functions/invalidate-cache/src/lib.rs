//! `invalidate-cache`: takes requests from the invalidations queue, sends those of a batch to the CDN as one
//! invalidation, and polls until it is complete. Requests about changed presets are sent one by one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dozo::platform::batch::{Inbox, InboxConfig, Message, Outcome};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::ending::Ending;
use dozo::platform::error::Error;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::cdn;
use dozo::ports::queue;
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
    Access::queue(queue::DELAY, "InvalidationsQueue"),
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
    buckets: Buckets,
    inbox: InboxConfig,
    operations_queue_url: String,
    distribution_id: String,
    render_grace_seconds: u32,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `INVALIDATIONS_QUEUE_URL`, `OPERATIONS_QUEUE_URL`, `DISTRIBUTION_ID`, `RETRY_SECONDS` and
    /// `RENDER_GRACE_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            inbox: reader.inbox("INVALIDATIONS_QUEUE_URL"),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            distribution_id: reader.text("DISTRIBUTION_ID"),
            render_grace_seconds: reader.render_grace_seconds(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Invalidates media at the CDN.
    pub invalidator: Invalidator,
    /// The queue that tasks are received from.
    pub inbox: Inbox,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let clock = platform.clock();
        let inbox = Inbox::new(&config.inbox, platform);
        Self {
            invalidator: Invalidator {
                records: Records::new(platform.store(config.buckets), clock.clone()),
                clock,
                cdn: platform.cdn(&config.distribution_id),
                invalidations: inbox.queue.clone(),
                operations: platform.queue(&config.operations_queue_url),
                render_grace_seconds: config.render_grace_seconds,
            },
            inbox,
        }
    }
}

/// Sends all requests of a batch to the CDN at once, then reports the result of each message.
pub async fn handle(function: &Function, event: SqsEvent) -> SqsBatchResponse {
    let together = Together::new(function.invalidator.forget(&requests(&event)).await);
    function
        .inbox
        .handle(event, async |message| {
            answer(function, &together, message).await
        })
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

    fn answer(&self) -> Result<Ending, Error> {
        if self.asked {
            return Ok(Ending::CdnAsked);
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
            Ok(Task::Check(_) | Task::ForgetPresets(_) | Task::ForgetChanged(_)) | Err(_) => None,
        })
        .collect()
}

async fn answer(function: &Function, together: &Together, message: &Message) -> Outcome {
    let (requests, result) = match invalidation::read(&message.body) {
        Err(error) => (BTreeSet::new(), Err(error.into())),
        Ok(Task::Check(check)) => {
            let seen = function.invalidator.check(&check).await;
            (check.requests, seen)
        }
        Ok(Task::ForgetPresets(changed)) => {
            let asked = function.invalidator.forget_presets(&changed).await;
            (BTreeSet::new(), asked)
        }
        Ok(Task::ForgetChanged(changed)) => {
            let asked = function.invalidator.forget_changed(&changed).await;
            (BTreeSet::new(), asked)
        }
        Ok(Task::Forget(request)) => (BTreeSet::from([request]), together.answer()),
    };
    if let Err(error) = &result {
        for Request { app, media, .. } in &requests {
            let records = &function.invalidator.records;
            let of = (Stage::InvalidateCache, message);
            failure::report(records, (app, media), of, None, error).await;
        }
    }
    let names: Vec<_> = requests
        .iter()
        .map(|request| request.media.to_string())
        .collect();
    Outcome {
        media: if names.is_empty() {
            "no media".to_owned()
        } else {
            names.join(", ")
        },
        result,
    }
}
