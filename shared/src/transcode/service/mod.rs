//! AWS Elemental MediaConvert as an engine. One process starts a job ([`start`]), which runs for minutes or hours on
//! AWS's machines; another process ends it ([`finish`]) when an event, or a look, says that it is done.
//!
//! MediaConvert cannot read a given version of an object, and cannot look at a record; everything here depends on both.
//! So it reads a copy of the upload in WORK that no uploader can reach, and writes only to WORK, under its attempt's
//! prefix. We copy its output into delivery, with the same looks at the record as for anything else.
//!
//! An event is only a hint. The next step is derived from the record, from the claim in WORK that names the job, and
//! from the job itself. Events can also be lost, so a message to ourselves looks at the job every quarter of an hour
//! until it has ended.
//!
//! | record, claim                       | job                | what is done                                  |
//! |-------------------------------------|--------------------|-----------------------------------------------|
//! | of another generation, or state     | any                | it is cancelled; WORK's lifecycle removes the rest |
//! | names another job                   | any                | it is cancelled                               |
//! | of the job's, names it or none      | at work            | its progress is noted, and it is looked at again |
//! | of the job's, names it or none      | complete           | its outputs are copied, the record is `ready` |
//! | of the job's, names it or none      | failed, cancelled  | the file is refused, or the media has failed  |

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::ladder::Ladder;
use crate::access::{Action, Call};
use crate::handover::Handover;
use crate::keys::{Place, Prefix};
use crate::names::{App, Media};
use crate::record::Stage;
use crate::streams::Streams;

pub mod event;
pub mod fault;
pub mod finish;
mod ids;
pub mod outputs;
mod publish;
pub mod start;

pub use ids::{Attempt, JobId};

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

/// The shortest side of a picture that the service makes, in pixels.
/// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>
const LEAST_SIDE: u32 = 32;

/// Identifies the order that a job carries out. It travels with the job as its user metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOf {
    /// The name of the work bucket, which no other stack has; it tells whose job this is.
    #[serde(rename = "dozo-work")]
    pub work: String,
    /// The tenant.
    #[serde(rename = "dozo-app")]
    pub app: App,
    /// The media.
    #[serde(rename = "dozo-media")]
    pub media: Media,
    /// The generation; output made in any other generation is void. Written as text, since the service's metadata are
    /// texts.
    #[serde(rename = "dozo-generation", with = "as_digits")]
    pub generation: u32,
    /// The attempt, which names the claim that began the job.
    #[serde(rename = "dozo-attempt")]
    pub attempt: Attempt,
}

impl JobOf {
    /// Returns the order to finish this job.
    #[must_use]
    pub fn order(&self) -> Handover {
        Handover {
            stage: Stage::FinishTranscode,
            app: self.app.clone(),
            media: self.media.clone(),
            generation: self.generation,
        }
    }

    /// Returns the prefix of the job's outputs.
    #[must_use]
    pub fn outputs(&self) -> Prefix {
        Prefix::attempt_at(&self.app, &self.media, self.generation, &self.attempt)
    }
}

mod as_digits {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The source of a job and what to make of it.
#[derive(Debug, Clone)]
pub struct JobOrder {
    /// The metadata that travel with the job.
    pub of: JobOf,
    /// The copy of the upload.
    pub source: Place,
    /// Whether the container states the picture's rotation in a way that the service understands.
    pub tells_rotation: bool,
    /// The streams in the source.
    pub streams: Streams,
    /// The renditions to make, all of which the service must be able to make: see [`takes`].
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
    /// It waits or works.
    Working {
        /// The progress in hundredths, as far as the service says.
        percent: u8,
    },
    /// All its outputs are there.
    Complete,
    /// Somebody cancelled it.
    Cancelled,
    /// It has ended without its outputs.
    Failed {
        /// The service's error code, see [`fault`].
        code: i32,
        /// The service's message, for the log only: it may name buckets and keys.
        message: String,
    },
}

/// A request to the service failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The service refuses the request however often it is made: the request is wrong, which is a fault of ours.
    #[error("the service refused the request")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: throttled, timed out, 5xx, denied, unknown.
    #[error("the service did not answer as it should")]
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

    /// Finds the newest job of a media in a generation that was not cancelled, by its source and its metadata.
    ///
    /// # Errors
    /// [`ServiceError`]
    async fn find(
        &self,
        source: &Place,
        order: &Handover,
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

/// Video codecs that the service decodes, by FFmpeg's names. It decodes others in some containers; those are left to
/// FFmpeg as well. <https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers-input.html>
const PICTURES: &[&str] = &[
    "av1",
    "dnxhd",
    "dvvideo",
    "h263",
    "h264",
    "hevc",
    "jpeg2000",
    "mjpeg",
    "mpeg1video",
    "mpeg2video",
    "mpeg4",
    "prores",
    "rawvideo",
    "vc1",
    "vp8",
    "vp9",
];

/// The same for sound. It decodes all of PCM, which has too many names to list here; `decodes` matches them by prefix.
const SOUNDS: &[&str] = &[
    "aac", "ac3", "amr_nb", "amr_wb", "eac3", "flac", "mp2", "mp3", "opus", "pcm", "vorbis",
    "wmapro", "wmav1", "wmav2",
];

/// Returns whether the service can decode a source and make its whole ladder. It makes no segments of sound alone, and
/// no pictures that are long and narrow. FFmpeg makes those here, as sound takes it little time.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/audio-only-output.html>
#[must_use]
pub fn takes(ladder: &Ladder, source: &Streams) -> bool {
    let pictures = ladder.video.iter().map(|rung| rung.size);
    let mut sizes = pictures.chain(ladder.poster);
    let is_made =
        !ladder.video.is_empty() && sizes.all(|size| size.width.min(size.height) >= LEAST_SIDE);
    is_made && decodes(source)
}

fn decodes(source: &Streams) -> bool {
    let is_pcm = |codec: &str| {
        codec.starts_with("pcm_s") || codec.starts_with("pcm_u") || codec.starts_with("pcm_f")
    };
    let mut pictures = source.video.iter().map(|video| video.codec.as_str());
    let mut sounds = source.audio.iter().map(|audio| audio.codec.as_str());
    pictures.all(|codec| PICTURES.contains(&codec))
        && sounds.all(|codec| SOUNDS.contains(&codec) || is_pcm(codec))
}
