//! Why a stage could not decide, and what to do about it.
//!
//! Refusing a file is not here: that is a decision, [`crate::vocabulary::rejection::Reason`].

use crate::ports::cdn::CdnError;
use crate::ports::jobs::ServiceError;
use crate::ports::queue::QueueError;
use crate::ports::store::StoreError;
use crate::vocabulary::message::MessageError;
use crate::vocabulary::names::NameError;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::TransitionError;

/// What to do with the message that met an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Forget,
    /// It can never succeed: let it become a dead letter at once, so that it is recorded.
    Park,
    /// It may succeed later: the queue counts the attempts.
    Retry,
    /// It may succeed after this many seconds, and not before.
    RetryIn(u32),
}

/// The inability to decide.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The object store failed.
    #[error("the object store failed")]
    Store(#[from] StoreError),
    /// A message could not be sent.
    #[error("the queue failed")]
    Queue(#[from] QueueError),
    /// The CDN did not do it.
    #[error("the CDN failed")]
    Cdn(#[from] CdnError),
    /// Another message of the batch failed, with which this one goes.
    #[error("the batch that it came in failed")]
    Batch,
    /// The CDN has not confirmed for an hour that it forgot what it was asked to.
    #[error("the CDN did not complete an invalidation")]
    Incomplete,
    /// A record was changed by others at every try.
    #[error("the record was changed by others at each of {attempts} tries")]
    Contended {
        /// Tries made.
        attempts: u32,
    },
    /// The uploaded object was replaced at every try to read it.
    #[error("the uploaded object changed each time it was read")]
    Unsteady,
    /// Somebody may still be at work on it.
    #[error("another delivery may still be at work on it for {seconds} s")]
    Busy {
        /// Until nobody can be any more.
        seconds: u32,
    },
    /// A stored record is not what this version of the software writes.
    #[error("the record {place} cannot be read")]
    Record {
        /// Its key.
        place: String,
        /// Where.
        #[source]
        source: serde_json::Error,
    },
    /// A message cannot be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A file that was accepted cannot be made ready for delivery: a fault of ours.
    #[error("an accepted file cannot be delivered")]
    Undeliverable(#[source] dozo_codecs::Damage),
    /// A recipe that its image cannot have: a fault of ours.
    #[error("an image cannot be rendered")]
    Unrenderable(#[source] dozo_codecs::render::RenderError),
    /// The program that transcodes broke off, for no fault of what it was given.
    #[error("transcoding broke off")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The service that transcodes failed.
    #[error("the transcoding service failed")]
    Service(#[from] ServiceError),
    /// The service gave a job up, and the file is not to blame.
    #[error("MediaConvert ended the job with its error {code}: {advice}")]
    JobFailed {
        /// The service's.
        code: i32,
        /// What to do about it.
        advice: &'static str,
    },
    /// Somebody cancelled a job that was wanted.
    #[error("the job was cancelled from outside; retry when it may be done")]
    JobCancelled,
    /// A job that was begun is not known any more.
    #[error("MediaConvert does not know the job any more; retry")]
    JobLost,
    /// Rendering panicked.
    #[error("the work crashed")]
    Crashed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Neither the configuration nor the CDN says where viewers fetch from.
    #[error("the public host is not known")]
    NoHost,
    /// An answer that cannot be written as JSON: a fault of ours.
    #[error("an answer cannot be written")]
    Answer(#[source] serde_json::Error),
    /// The engine does not come back from another document, so this one was not begun. What goes on in it can only be ended
    /// with the process.
    #[error("the engine does not come back from another document")]
    Stuck,
    /// The engine crashed at pages of a document, or did not come back from them, and these are more than are left out.
    #[error("more than {most} pages of the document took too long, or made PDFium crash")]
    TooManyGivenUp {
        /// Pages that are left out of a document.
        most: usize,
    },
    /// The engine crashed, and only a new process can use it again.
    #[error("the engine crashed{}", at_page(*page))]
    Fallen {
        /// The page that it was at; none when it opened or closed the document.
        page: Option<PageNumber>,
    },
    /// The engine crashed at pages of a document, or did not come back from them, and could make none of the others.
    #[error("no page of the document could be made")]
    NoPage,
    /// A stage that nothing is handed to: a fault of ours.
    #[error("{} has no queue for files", stage.as_str())]
    NoQueue {
        /// Which.
        stage: Stage,
    },
    /// An id in a message or record is not one.
    #[error("an id is malformed")]
    Name(#[from] NameError),
    /// A change of state that the table does not know: a fault of ours.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

impl Error {
    /// What to do with the message.
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
            | Self::Cdn(_)
            | Self::Batch
            | Self::Engine(_)
            | Self::Contended { .. }
            | Self::Stuck
            | Self::Fallen { .. }
            | Self::Unsteady => Next::Retry,
            Self::Busy { seconds } => Next::RetryIn(*seconds),
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
            | Self::Incomplete
            | Self::Transition(_) => Next::Park,
        }
    }

    /// Stable, for programs: stands in `failure.code` of an answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Unreadable) => "store_unreadable",
            Self::Store(_) => "store_unavailable",
            Self::Queue(_) => "queue_unavailable",
            Self::Cdn(_) => "cdn_unavailable",
            Self::Batch => "batch_failed",
            Self::Incomplete => "invalidation_incomplete",
            Self::Contended { .. } => "record_contended",
            Self::Unsteady => "upload_unsteady",
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
            Self::Crashed(_) => "crashed",
            Self::NoHost => "no_host",
            Self::Stuck => "engine_stuck",
            Self::Fallen { .. } => "engine_crashed",
            Self::NoPage => "no_page_made",
            Self::TooManyGivenUp { .. } => "too_many_pages_given_up",
            Self::NoQueue { .. } => "no_queue",
            Self::Answer(_) => "answer_unwritable",
            Self::Transition(_) => "transition_forbidden",
        }
    }

    /// The whole chain of causes, for the log. Never for a caller: sources may name internals.
    #[must_use]
    pub fn chain(&self) -> String {
        causes(self)
    }
}

fn at_page(page: Option<PageNumber>) -> String {
    page.map_or_else(String::new, |page| format!(" at page {}", page.get()))
}

/// An error and all that it was caused by, on one line.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
