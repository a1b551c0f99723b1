//! How the handling of a message ended.

use std::fmt;

use crate::vocabulary::state::State;

/// The way in which a stage handled a message without an error, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The media is ready.
    Ready,
    /// An operation ended, and the media is in this state.
    At(State),
    /// The file was refused, and the reason is on its record.
    Rejected,
    /// The file was refused and removed.
    RejectedAndRemoved,
    /// The file was refused, because another file of the upload has the same id.
    IdCollision,
    /// The file is a later version of one that was validated; it is ignored.
    Superseded,
    /// The uploaded object was gone.
    DeletedBefore,
    /// There was nothing left to do.
    SettledBefore,
    /// The record has moved on to another generation or state.
    Overtaken,
    /// The media was withdrawn while it was worked on.
    Withdrawn,
    /// The file is not there yet; its stage brings it.
    Awaited,
    /// The file was copied from another media.
    Copied,
    /// The file was fetched from its address.
    Fetched,
    /// An order was sent to the stage of the media's kind.
    HandedOn,
    /// The message was sent to the queue for bulk uploads.
    LeftToBulkQueue,
    /// The thumbnails that are made ahead are there.
    ThumbsMade,
    /// Some of them are there; another message continues.
    ThumbsMadeInPart,
    /// Thumbnails of some of an app's media were asked for; another message continues.
    ThumbsAskedInPart,
    /// Thumbnails of the last of an app's media were asked for.
    ThumbsAsked,
    /// The spans of a document were sent to other instances.
    SpansSent,
    /// The document was sent to the queue for slow documents.
    LeftToSlowQueue,
    /// A part of a span is finished, and the rest was sent to the queue for slow documents.
    RestToSlowQueue,
    /// A part of a span is finished, and the rest was sent to the queue again.
    RestHandedBack,
    /// A span is finished, and others of the document are in progress.
    OthersAtWork,
    /// A job of the service was started.
    JobStarted,
    /// The job was started before.
    JobStartedBefore,
    /// The job, or the event about it, belongs to somebody else.
    JobOfOthers,
    /// The job is in progress.
    JobRunning,
    /// The job is in progress; a later check of it is on its way.
    JobCheckedBefore,
    /// The job is in progress and will be checked again.
    JobCheckedLater,
    /// The job is in progress and will be checked soon.
    JobCheckedSoon,
    /// The job was cancelled, because its media was withdrawn.
    JobCancelled,
    /// A part of the job's output was copied; another message continues.
    CopiedInPart,
    /// A part of the media's objects was withdrawn; another message continues.
    MoreToWithdraw,
    /// The objects were withdrawn; this is repeated when no stage can be writing any more.
    WithdrawnUntilQuiet,
    /// The objects were withdrawn, and the CDN was asked to forget them.
    WithdrawnCdnAsked,
    /// The objects were withdrawn, and the CDN is forgetting them.
    WithdrawnCdnForgets,
    /// The restore waits until no stage can be writing any more.
    WaitsUntilQuiet,
    /// A part of the media's objects was brought back; another message continues.
    MoreToRestore,
    /// The CDN was asked to forget the media.
    CdnAsked,
    /// The CDN has not forgotten the media yet.
    CdnAtWork,
    /// The CDN has forgotten the media.
    CdnDone,
    /// A dead letter was recorded as the media's failure.
    Failed,
    /// A dead letter of an operation was recorded; the operation stands still until it is retried.
    Halted,
    /// A dead letter of no media was kept.
    Unclaimed,
    /// A dead letter was sent back to the queue that it came from.
    SentBack,
    /// A dead letter names no media.
    NothingToRecord,
    /// The app was told of what happened to the media.
    Announced,
    /// The app was told of a part of what happened; another message continues.
    AnnouncedInPart,
    /// The app knows everything that happened.
    NothingToAnnounce,
    /// The endpoint of a webhook took the event.
    WebhookSent,
    /// The endpoint did not take the event at any attempt.
    WebhookFailed,
    /// The event is not sent, and its delivery says why.
    WebhookNotSent,
    /// The endpoint is not well; the event is sent later.
    WebhookPutOff,
    /// The webhook is not registered any more.
    WebhookGone,
    /// The event is not kept any more.
    EventGone,
    /// Events of a webhook were asked for again.
    WebhookAsked,
    /// Some of them were; another message continues.
    WebhookAskedInPart,
    /// The app knows everything that happened, and lists of its media are up to date again.
    Listed,
    /// S3 sent a test event.
    TestEvent,
}

impl Ending {
    /// Returns the words for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::At(state) => state.as_str(),
            Self::Rejected => "rejected",
            Self::RejectedAndRemoved => "rejected and removed",
            Self::IdCollision => "rejected: id_collision",
            Self::Superseded => "superseded",
            Self::DeletedBefore => "deleted before",
            Self::SettledBefore => "settled before",
            Self::Overtaken => "overtaken",
            Self::Withdrawn => "withdrawn meanwhile",
            Self::Awaited => "not there yet",
            Self::Copied => "copied",
            Self::Fetched => "fetched",
            Self::HandedOn => "handed to its stage",
            Self::LeftToBulkQueue => "moved to the queue for bulk uploads",
            Self::ThumbsMade => "thumbnails made ahead",
            Self::ThumbsMadeInPart => "thumbnails made ahead in part, to be continued",
            Self::ThumbsAskedInPart => "thumbnails of some media asked for, to be continued",
            Self::ThumbsAsked => "thumbnails of the last media asked for",
            Self::SpansSent => "spans handed out",
            Self::LeftToSlowQueue => "moved to the queue for slow documents",
            Self::RestToSlowQueue => {
                "span finished in part, the rest moved to the queue for slow documents"
            }
            Self::RestHandedBack => "span finished in part, the rest sent again",
            Self::OthersAtWork => "span finished, others are in progress",
            Self::JobStarted => "job started",
            Self::JobStartedBefore => "job started before",
            Self::JobOfOthers => "job of others",
            Self::JobRunning => "job in progress",
            Self::JobCheckedBefore => "job in progress, checked before",
            Self::JobCheckedLater => "job in progress, to be checked again",
            Self::JobCheckedSoon => "job in progress, to be checked soon",
            Self::JobCancelled => "job cancelled, its media was withdrawn",
            Self::CopiedInPart => "copied in part, to be continued",
            Self::MoreToWithdraw => "withdrawn in part, to be continued",
            Self::WithdrawnUntilQuiet => "withdrawn, to be repeated when no stage can be writing",
            Self::WithdrawnCdnAsked => "withdrawn, waiting for the CDN",
            Self::WithdrawnCdnForgets => "withdrawn, the CDN has been asked",
            Self::WaitsUntilQuiet => "waiting until no stage can be writing",
            Self::MoreToRestore => "restored in part, to be continued",
            Self::CdnAsked => "the CDN was asked",
            Self::CdnAtWork => "the CDN is not done",
            Self::CdnDone => "the CDN is done",
            Self::Failed => "failed",
            Self::Halted => "halted",
            Self::Unclaimed => "kept, it belongs to no media",
            Self::SentBack => "sent back to its queue",
            Self::NothingToRecord => "nothing to record",
            Self::Announced => "announced",
            Self::AnnouncedInPart => "announced in part, to be continued",
            Self::NothingToAnnounce => "nothing to announce",
            Self::WebhookSent => "sent to the webhook",
            Self::WebhookFailed => "given up, the endpoint failed at every attempt",
            Self::WebhookNotSent => "not sent to the webhook",
            Self::WebhookPutOff => "put off, the endpoint is not well",
            Self::WebhookGone => "the webhook was removed",
            Self::EventGone => "the event is not kept any more",
            Self::WebhookAsked => "events asked for again",
            Self::WebhookAskedInPart => "some events asked for again, to be continued",
            Self::Listed => "listed",
            Self::TestEvent => "test event",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
