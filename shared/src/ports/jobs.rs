//! The port to AWS Elemental MediaConvert, which runs transcoding jobs on AWS's machines.

use async_trait::async_trait;

use crate::vocabulary::access::{Action, Call};
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::message::job::JobOf;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::streams::Streams;

/// The resources that jobs are created with; a function that creates none leaves them empty.
#[derive(Debug, Clone, Default)]
pub struct JobTarget {
    /// The ARN of the queue that jobs wait in.
    pub queue: String,
    /// The ARN of the role that the service assumes for jobs.
    pub role: String,
    /// The bucket that jobs read from and write to.
    pub work_bucket: String,
}

/// The call of [`JobService::create`]. The permission is granted on the queue.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const CREATE: Call = Call {
    name: "mediaconvert:create",
    actions: &[Action::OnResource("mediaconvert:CreateJob")],
};

/// The permission that AWS checks when a job is created, because the job's own role is passed on. No adapter calls it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
pub const HAND_ROLE_ON: Call = Call {
    name: "iam:hand-role-on",
    actions: &[Action::OnResource("iam:PassRole")],
};

/// The call of [`JobService::find`]. The permission is granted on the queue.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const FIND: Call = Call {
    name: "mediaconvert:find",
    actions: &[Action::OnResource("mediaconvert:SearchJobs")],
};

/// The call of [`JobService::get`].
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const GET: Call = Call {
    name: "mediaconvert:get",
    actions: &[Action::OnResource("mediaconvert:GetJob")],
};

/// The call of [`JobService::cancel`].
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html>
pub const CANCEL: Call = Call {
    name: "mediaconvert:cancel",
    actions: &[Action::OnResource("mediaconvert:CancelJob")],
};

/// The source of a job and the renditions to make.
#[derive(Debug, Clone)]
pub struct JobOrder {
    /// The metadata that travel with the job.
    pub of: JobOf,
    /// The place of the copy of the upload.
    pub source: ObjectLocation,
    /// Whether the container states the picture's rotation in a way that the service understands.
    pub tells_rotation: bool,
    /// The streams in the source.
    pub streams: Streams,
    /// The renditions to make, all of which the service must be able to make: see `stages::transcode::service::takes`.
    pub ladder: Ladder,
}

/// A job as the service reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The order that the job carries out, if it is one of ours.
    pub of: Option<JobOf>,
    /// The job's state.
    pub state: JobState,
}

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// The job is waiting or working.
    Working {
        /// The progress in percent, as far as the service says.
        percent: u8,
    },
    /// The job is complete: all its outputs exist.
    Complete,
    /// Somebody cancelled the job.
    Cancelled,
    /// The job ended without outputs.
    Failed {
        /// The service's error code, see `stages::transcode::service::fault`.
        code: i32,
        /// The service's message, for the log only: it may name buckets and keys.
        message: String,
    },
}

/// A request to the service failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The service would refuse this request however often it is made. The request is wrong, which is a fault of ours.
    #[error("MediaConvert refused the request")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: throttled, timed out, 5xx, denied, unknown.
    #[error("MediaConvert is unavailable or denied the request")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The transcoding service.
#[async_trait]
pub trait JobService: Send + Sync {
    /// Creates a job. A second request for the same attempt within a minute gives the same job.
    /// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/idempotency.html>
    ///
    /// # Errors
    /// [`ServiceError`]; if the answer was lost, the job may have been created.
    async fn create(&self, order: &JobOrder) -> Result<JobId, ServiceError>;

    /// Finds the newest job of an order, except cancelled ones, by its source and its metadata.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn find(
        &self,
        source: &ObjectLocation,
        order: &StageOrder,
    ) -> Result<Option<(JobId, Attempt)>, ServiceError>;

    /// Returns a job as it stands, or `None` if the service does not know it.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn get(&self, id: &JobId) -> Result<Option<Job>, ServiceError>;

    /// Cancels a job. Does nothing if the job has ended or does not exist.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn cancel(&self, id: &JobId) -> Result<(), ServiceError>;
}
