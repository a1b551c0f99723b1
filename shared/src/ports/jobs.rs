//! The port to AWS Elemental MediaConvert: jobs that transcode, on machines of AWS's.

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::Place;
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::message::handover::Handover;
use crate::vocabulary::message::job::JobOf;
use crate::vocabulary::streams::Streams;

/// [`JobService::create`]. Granted on the queue.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const CREATE: Call = Call {
    name: "mediaconvert:create",
    actions: &[Action::OnResource("mediaconvert:CreateJob")],
};

/// What AWS does with our role when a job is created: the job's own role is handed on. No adapter calls it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
pub const HAND_ROLE_ON: Call = Call {
    name: "iam:hand-role-on",
    actions: &[Action::OnResource("iam:PassRole")],
};

/// [`JobService::find`]. Granted on the queue.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const FIND: Call = Call {
    name: "mediaconvert:find",
    actions: &[Action::OnResource("mediaconvert:SearchJobs")],
};

/// [`JobService::get`].
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const GET: Call = Call {
    name: "mediaconvert:get",
    actions: &[Action::OnResource("mediaconvert:GetJob")],
};

/// [`JobService::cancel`].
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const CANCEL: Call = Call {
    name: "mediaconvert:cancel",
    actions: &[Action::OnResource("mediaconvert:CancelJob")],
};

/// What is to be made, and of what.
#[derive(Debug, Clone)]
pub struct JobOrder {
    /// Travels with it.
    pub of: JobOf,
    /// The copy of the upload.
    pub source: Place,
    /// Whether its container tells how the picture is turned in a way that the service knows.
    pub tells_rotation: bool,
    /// What it holds.
    pub streams: Streams,
    /// What is made of it, which the service must be able to: [`takes`].
    pub ladder: Ladder,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it is of, if it is one of ours.
    pub of: Option<JobOf>,
    /// How it stands.
    pub state: JobState,
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It waits, or works.
    Working {
        /// Of the whole, as far as the service says.
        percent: u8,
    },
    /// All its outputs are there.
    Complete,
    /// Somebody cancelled it.
    Cancelled,
    /// It has ended without them.
    Failed {
        /// The service's, see [`fault`].
        code: i32,
        /// For the log: it may name buckets and keys.
        message: String,
    },
}

/// The service did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It will not, however often it is asked: the request is wrong, which is a fault of ours.
    #[error("the service refused the request")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: throttled, timed out, 5xx, denied, unknown.
    #[error("the service did not answer as it should")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The service.
#[async_trait]
pub trait JobService: Send + Sync {
    /// Creates a job. Within a minute, another one of the same attempt is that one again.
    /// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html>
    ///
    /// # Errors
    /// [`ServiceError`]; when its answer was lost, the job may have been created.
    async fn create(&self, order: &JobOrder) -> Result<JobId, ServiceError>;

    /// The newest job of a media in a generation that was not cancelled, by its source and its metadata.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn find(
        &self,
        source: &Place,
        order: &Handover,
    ) -> Result<Option<(JobId, Attempt)>, ServiceError>;

    /// A job as it stands; none when the service knows no such job.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn get(&self, id: &JobId) -> Result<Option<Job>, ServiceError>;

    /// Cancels a job. One that has ended, or is not there, stays as it is.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn cancel(&self, id: &JobId) -> Result<(), ServiceError>;
}
