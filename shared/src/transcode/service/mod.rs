//! AWS Elemental MediaConvert as an engine: a job is begun by one process ([`start`]), works for minutes or hours on
//! machines of AWS's, and is ended by another process ([`finish`]) when an event, or a look, says that it is done.
//!
//! It can do neither of two things that everything here stands on: read a version of an object, and look at a record. So
//! it reads a copy of the upload in WORK that no uploader reaches, and writes to WORK only, under a prefix of its attempt.
//! What it made is copied into delivery by us, under the same looks at the record as anything else.
//!
//! An event is a hint: what is done is derived from the record, from the claim in WORK that names the job, and from the
//! job itself. Events are lost, too: a message to ourselves looks at the job every quarter of an hour until it has ended.
//!
//! | record, claim                       | job                | what is done                                  |
//! |-------------------------------------|--------------------|-----------------------------------------------|
//! | of another generation, or state     | any                | it is cancelled; its outputs are left to WORK's lifecycle |
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

/// The least side of a picture that the service makes, in pixels.
/// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>
const LEAST_SIDE: u32 = 32;

/// What a job is of. It travels with the job, as its user metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOf {
    /// Whose: the name of the work bucket, which no other stack has.
    #[serde(rename = "dozo-work")]
    pub work: String,
    /// The tenant.
    #[serde(rename = "dozo-app")]
    pub app: App,
    /// The media.
    #[serde(rename = "dozo-media")]
    pub media: Media,
    /// What is made under another one is void. The service's metadata are texts.
    #[serde(rename = "dozo-generation", with = "as_digits")]
    pub generation: u32,
    /// Which claim began it.
    #[serde(rename = "dozo-attempt")]
    pub attempt: Attempt,
}

impl JobOf {
    /// The order whose end it is.
    #[must_use]
    pub fn order(&self) -> Handover {
        Handover {
            stage: Stage::FinishTranscode,
            app: self.app.clone(),
            media: self.media.clone(),
            generation: self.generation,
        }
    }

    /// Where its outputs lie.
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

/// Codecs of pictures that the service decodes, by FFmpeg's names. It decodes others in some containers: those are left to
/// FFmpeg, too.
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers-input.html>
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

/// The same of sound; all of PCM, whose names are many, is among it.
const SOUNDS: &[&str] = &[
    "aac", "ac3", "amr_nb", "amr_wb", "eac3", "flac", "mp2", "mp3", "opus", "pcm", "vorbis",
    "wmapro", "wmav1", "wmav2",
];

/// Whether the service can decode a source and make all of its ladder: it makes no pieces of sound alone, and nothing of
/// pictures that are long and narrow. FFmpeg does those here: sound takes it little time.
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
