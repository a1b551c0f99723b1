//! Messages to finish-transcode: EventBridge events of the service, and the platform's own requests to check on a job.
//!
//! <https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MessageError, parse};
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::stage::Stage;

/// Identifies the order that a job carries out. It travels with the job as its user metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOf {
    /// The name of the work bucket, which no other stack has; it tells which stack the job belongs to.
    #[serde(rename = "dozo-work")]
    pub work: String,
    /// The tenant.
    #[serde(rename = "dozo-app")]
    pub app: AppId,
    /// The media.
    #[serde(rename = "dozo-media")]
    pub media: MediaId,
    /// The generation; output made in any other generation is void. It is written as text, because the service's
    /// metadata values are texts.
    #[serde(rename = "dozo-generation", with = "as_digits")]
    pub generation: u32,
    /// The attempt, which names the claim that began the job.
    #[serde(rename = "dozo-attempt")]
    pub attempt: Attempt,
}

impl JobOf {
    /// Returns the order to finish this job.
    #[must_use]
    pub fn order(&self) -> StageOrder {
        StageOrder {
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

/// A message to finish-transcode. It is only a hint that something has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A job is still in progress.
    Working {
        /// The job's id.
        job: JobId,
        /// The order that the job's metadata name, if the job is one of ours.
        of: Option<JobOf>,
        /// The progress in percent, if the service says.
        percent: Option<u8>,
    },
    /// A job has completed, failed or been cancelled.
    Ended {
        /// The job's id.
        job: JobId,
        /// The order that the job's metadata name, if the job is one of ours.
        of: Option<JobOf>,
    },
    /// A request to check on a job.
    Check(JobCheck),
}

impl Hint {
    /// Returns the order that the message is about, if it is one of ours.
    #[must_use]
    pub fn order(&self) -> Option<StageOrder> {
        match self {
            Self::Working { of, .. } | Self::Ended { of, .. } => of.as_ref().map(JobOf::order),
            Self::Check(check) => Some(check.order.clone()),
        }
    }
}

/// A request to check on a job. It is sent from time to time, because events may be lost, and when the job's media is
/// withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCheck {
    /// The order that the job carries out.
    #[serde(flatten)]
    pub order: StageOrder,
    /// The job's id.
    pub job: JobId,
    /// The number of checks before this one. If the same check comes twice, only one of them is followed by another.
    pub number: u32,
}

impl JobCheck {
    /// Creates a request to check on a job of an earlier generation, whose media has moved on.
    #[must_use]
    pub fn back(record: &MediaRecord, generation: u32, job: JobId) -> Self {
        Self {
            order: StageOrder {
                stage: Stage::FinishTranscode,
                app: record.app.clone(),
                media: record.media.clone(),
                generation,
            },
            job,
            number: 0,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    job_id: JobId,
    status: String,
    #[serde(default)]
    user_metadata: Map<String, Value>,
    job_progress: Option<Progress>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    job_percent_complete: Option<u8>,
}

/// Reads a message to finish-transcode.
///
/// # Errors
/// [`MessageError::Malformed`] if the message is neither an event nor a check.
pub fn read(body: &str) -> Result<Hint, MessageError> {
    if let Ok(check) = parse(body) {
        return Ok(Hint::Check(check));
    }
    let Envelope { detail } = parse(body)?;
    let of = serde_json::from_value(Value::Object(detail.user_metadata)).ok();
    let job = detail.job_id;
    Ok(match detail.status.as_str() {
        "COMPLETE" | "ERROR" | "CANCELED" => Hint::Ended { job, of },
        _ => Hint::Working {
            job,
            of,
            percent: detail
                .job_progress
                .and_then(|progress| progress.job_percent_complete)
                .filter(|percent| *percent <= 100),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(status: &str, metadata: &Value) -> String {
        json!({
            "source": "aws.mediaconvert",
            "detail": {
                "jobId": "1671477617078-2886ye",
                "status": status,
                "userMetadata": metadata,
                "jobProgress": {"jobPercentComplete": 34},
            },
        })
        .to_string()
    }

    #[test]
    fn events_are_told_apart() {
        let ours = json!({
            "dozo-work": "dozo-work-1",
            "dozo-app": "demo",
            "dozo-media": "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc",
            "dozo-generation": "7",
            "dozo-attempt": "00ff",
        });
        for status in ["COMPLETE", "ERROR", "CANCELED"] {
            let Hint::Ended { job, of } = read(&event(status, &ours)).unwrap() else {
                unreachable!("{status}")
            };
            assert_eq!(job.as_str(), "1671477617078-2886ye");
            assert_eq!(of.unwrap().generation, 7);
        }
        let Hint::Working { percent, .. } = read(&event("STATUS_UPDATE", &ours)).unwrap() else {
            unreachable!("not at work")
        };
        assert_eq!(percent, Some(34));
    }

    #[test]
    fn metadata_of_others_are_none_of_ours() {
        for theirs in [
            json!({}),
            json!({"dozo-app": "demo"}),
            json!({"customer": {"id": 7}}),
        ] {
            let Hint::Ended { of, .. } = read(&event("COMPLETE", &theirs)).unwrap() else {
                unreachable!("{theirs}")
            };
            assert_eq!(of, None, "{theirs}");
        }
        for junk in [
            "",
            "{}",
            "[]",
            r#"{"detail": {"jobId": "../x", "status": ""}}"#,
        ] {
            assert!(read(junk).is_err(), "{junk}");
        }
    }

    #[test]
    fn a_check_begins_as_an_order() {
        let check = JobCheck {
            order: StageOrder {
                stage: Stage::FinishTranscode,
                app: "demo".to_owned().try_into().unwrap(),
                media: "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc"
                    .to_owned()
                    .try_into()
                    .unwrap(),
                generation: 1,
            },
            job: JobId::parse("1-a").unwrap(),
            number: 3,
        };
        let text = json!(check).to_string();
        assert_eq!(read(&text).unwrap(), Hint::Check(check.clone()));
        let order: StageOrder = serde_json::from_str(&text).unwrap();
        assert_eq!(order, check.order);
    }
}
