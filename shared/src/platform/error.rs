//! The errors that keep a stage from deciding, and what to do about each.
//!
//! The refusal of a file is not an error but a decision: [`crate::vocabulary::rejection::Reason`].

use crate::ports::bus::BusError;
use crate::ports::cdn::CdnError;
use crate::ports::jobs::ServiceError;
use crate::ports::master::MasterError;
use crate::ports::queue::QueueError;
use crate::ports::store::StoreError;
use crate::vocabulary::message::MessageError;
use crate::vocabulary::names::NameError;
use crate::vocabulary::not_fetched::NotFetched;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::TransitionError;

/// The next step for a message whose handling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Forget the message; nothing is left to do.
    Forget,
    /// Let the message become a dead letter at once, so that it is recorded; it can never succeed.
    Park,
    /// Retry later; the stage counts its tries.
    Retry,
    /// Retry after this many seconds, and not before.
    RetryIn(u32),
}

/// An error that kept a stage from deciding.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object store failed.
    #[error("a request to S3 failed")]
    Store(#[from] StoreError),
    /// A message could not be sent.
    #[error("a request to SQS failed")]
    Queue(#[from] QueueError),
    /// A request to the CDN failed.
    #[error("a request to CloudFront failed")]
    Cdn(#[from] CdnError),
    /// An event could not be sent.
    #[error("a request to EventBridge failed")]
    Bus(#[from] BusError),
    /// The master secret of webhooks could not be read.
    #[error("the master secret of webhooks cannot be read")]
    Master(#[from] MasterError),
    /// The endpoint of a webhook did not take an event.
    #[error("the endpoint of the webhook did not take the event: {what}")]
    Untaken {
        /// The status of the answer, or a code of what failed.
        what: String,
        /// The seconds until the next attempt.
        seconds: u32,
    },
    /// Another message of the same batch failed, and this one fails with it.
    #[error("another message of the same batch failed")]
    Batch,
    /// The CDN has not confirmed an invalidation for an hour.
    #[error("CloudFront did not complete an invalidation in time")]
    Incomplete,
    /// A record was changed by others at every try.
    #[error("others changed the record during each of {attempts} attempts to write it")]
    Contended {
        /// The number of tries.
        attempts: u32,
    },
    /// The uploaded object was replaced during every try to read it.
    #[error("the uploaded object changed each time it was read")]
    Unsteady,
    /// The stage has tried the message as often as it may.
    #[error("the message was given up after {tries} tries")]
    GivenUp {
        /// The number of tries.
        tries: u32,
    },
    /// Another delivery may still be at work on the media.
    #[error("another delivery of the message may still be in progress for {seconds} s")]
    Busy {
        /// The seconds until no other delivery can be at work.
        seconds: u32,
    },
    /// A stored record is not in the form that this version of the software writes.
    #[error("the record {location} cannot be read")]
    Record {
        /// The record's key.
        location: String,
        /// The fault in it.
        #[source]
        source: serde_json::Error,
    },
    /// A message cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A file that was accepted cannot be made ready for delivery: a fault of ours.
    #[error("an accepted file cannot be delivered")]
    Undeliverable(#[source] dozo_codecs::Damage),
    /// A recipe does not fit its image: a fault of ours.
    #[error("an image cannot be rendered")]
    Unrenderable(#[source] dozo_codecs::render::RenderError),
    /// The transcoding program broke off, and its input is not to blame.
    #[error("transcoding stopped before its end")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The transcoding service failed.
    #[error("a request to MediaConvert failed")]
    Service(#[from] ServiceError),
    /// The transcoding service ended a job with an error, and the file is not to blame.
    #[error("the MediaConvert job failed with error {code}: {advice}")]
    JobFailed {
        /// The service's error code.
        code: i32,
        /// The advice to the admin.
        advice: &'static str,
    },
    /// Somebody cancelled a job that is still needed.
    #[error(
        "the MediaConvert job was cancelled from outside the platform; retry when the media may be transcoded"
    )]
    JobCancelled,
    /// A job that was started is no longer known to the service.
    #[error("MediaConvert no longer knows the job; retry")]
    JobLost,
    /// A file could not be fetched, and may be the next time.
    #[error("a file could not be fetched: {0}")]
    NotFetched(NotFetched),
    /// The work panicked.
    #[error("the code that handles the message panicked")]
    Crashed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Neither the configuration nor the CDN states the host that viewers fetch from.
    #[error("neither the configuration nor CloudFront states the public host")]
    NoHost,
    /// An answer cannot be written as JSON: a fault of ours.
    #[error("an answer cannot be written as JSON")]
    Answer(#[source] serde_json::Error),
    /// The engine is still blocked by another document, so this one was not started. Only the end of the process stops
    /// the engine.
    #[error("PDFium is still blocked by another document")]
    Stuck,
    /// The engine crashed or blocked at more pages of a document than may be left out.
    #[error("more than {most} pages of the document took too long, or made PDFium crash")]
    TooManyGivenUp {
        /// The number of pages that may be left out of a document.
        most: usize,
    },
    /// The engine crashed, and only a new process can use it again.
    #[error("PDFium crashed{}", at_page(*page))]
    EngineCrashed {
        /// The page that it was working on; `None` if it was opening or closing the document.
        page: Option<PageNumber>,
    },
    /// The engine crashed or blocked at some pages of a document, and could make none of the others.
    #[error("no page of the document could be rendered")]
    NoPage,
    /// A file was to be handed to a stage that receives none: a fault of ours.
    #[error("{} has no queue for files", stage.as_str())]
    NoQueue {
        /// The stage.
        stage: Stage,
    },
    /// An id in a message or record is malformed.
    #[error("an id is malformed")]
    Name(#[from] NameError),
    /// A change of state is not allowed by the table: a fault of ours.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

impl Error {
    /// Returns the next step for the message.
    #[must_use]
    pub fn next(&self) -> Next {
        match self {
            Self::Store(error) => match error {
                StoreError::Missing
                | StoreError::Changed
                | StoreError::Conflict
                | StoreError::Unavailable(_) => Next::Retry,
                StoreError::Unreadable => Next::Park,
            },
            Self::Service(error) => match error {
                ServiceError::Refused(_) => Next::Park,
                ServiceError::Unavailable(_) => Next::Retry,
            },
            Self::Queue(_)
            | Self::Master(_)
            | Self::Cdn(_)
            | Self::Bus(_)
            | Self::Batch
            | Self::Engine(_)
            | Self::NotFetched(_)
            | Self::Contended { .. }
            | Self::Stuck
            | Self::EngineCrashed { .. }
            | Self::Unsteady => Next::Retry,
            Self::Busy { seconds } | Self::Untaken { seconds, .. } => Next::RetryIn(*seconds),
            Self::Record { .. }
            | Self::Message(_)
            | Self::Name(_)
            | Self::Undeliverable(_)
            | Self::Unrenderable(_)
            | Self::Crashed(_)
            | Self::JobFailed { .. }
            | Self::JobCancelled
            | Self::JobLost
            | Self::NoHost
            | Self::NoPage
            | Self::TooManyGivenUp { .. }
            | Self::NoQueue { .. }
            | Self::Answer(_)
            | Self::GivenUp { .. }
            | Self::Incomplete
            | Self::Transition(_) => Next::Park,
        }
    }

    /// Returns a stable code, for programs. It is `failure.code` in answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Unreadable) => "store_unreadable",
            Self::Store(_) => "store_unavailable",
            Self::Queue(_) => "queue_unavailable",
            Self::Bus(_) => "bus_unavailable",
            Self::Cdn(_) => "cdn_unavailable",
            Self::Master(_) => "master_secret_unavailable",
            Self::Untaken { .. } => "webhook_untaken",
            Self::Batch => "batch_failed",
            Self::Incomplete => "invalidation_incomplete",
            Self::Contended { .. } => "record_contended",
            Self::Unsteady => "upload_unsteady",
            Self::GivenUp { .. } => "given_up",
            Self::Busy { .. } => "busy",
            Self::Record { .. } => "record_unreadable",
            Self::Message(error) => error.code(),
            Self::Name(_) => "id_malformed",
            Self::Undeliverable(_) => "undeliverable",
            Self::Unrenderable(_) => "unrenderable",
            Self::Engine(_) => "engine_failed",
            Self::Service(ServiceError::Refused(_)) => "job_refused",
            Self::Service(ServiceError::Unavailable(_)) => "mediaconvert_unavailable",
            Self::JobFailed { .. } => "job_failed",
            Self::JobCancelled => "job_cancelled",
            Self::JobLost => "job_lost",
            Self::NotFetched(_) => "not_fetched",
            Self::Crashed(_) => "crashed",
            Self::NoHost => "no_host",
            Self::Stuck => "engine_stuck",
            Self::EngineCrashed { .. } => "engine_crashed",
            Self::NoPage => "no_page_made",
            Self::TooManyGivenUp { .. } => "too_many_pages_given_up",
            Self::NoQueue { .. } => "no_queue",
            Self::Answer(_) => "answer_unwritable",
            Self::Transition(_) => "transition_forbidden",
        }
    }

    /// Returns the whole chain of causes, for the log. It must not be shown to a caller, because sources may name
    /// internals.
    #[must_use]
    pub fn chain(&self) -> String {
        causes(self)
    }
}

fn at_page(page: Option<PageNumber>) -> String {
    page.map_or_else(String::new, |page| format!(" at page {}", page.get()))
}

/// Returns an error and all its causes on one line.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
