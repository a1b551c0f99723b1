//! AWS Elemental MediaConvert. The IAM actions of each call are declared beside the port, in [`crate::ports::jobs`].
//!
//! Requests go to the region's endpoint. Endpoints of single accounts, and the request for their names, are obsolete.
//! <https://docs.aws.amazon.com/mediaconvert/latest/apireference/endpoints.html>

use std::collections::HashMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_mediaconvert::Client;
use aws_sdk_mediaconvert::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_mediaconvert::types::{Job as Found, JobStatus, Order};

use crate::ports::jobs::{Job, JobOrder, JobService, JobState, JobTarget, ServiceError};
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::message::job::JobOf;
use crate::vocabulary::message::stage_order::StageOrder;

mod settings;
mod sound;

/// The service in the configured region.
#[derive(Debug, Clone)]
pub struct MediaConvert {
    client: Client,
    target: JobTarget,
}

impl MediaConvert {
    /// Creates an adapter whose jobs use these resources.
    #[must_use]
    pub fn new(sdk: &SdkConfig, target: JobTarget) -> Self {
        Self {
            client: Client::new(sdk),
            target,
        }
    }

    fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.target.work_bucket)
    }
}

#[async_trait]
impl JobService for MediaConvert {
    async fn create(&self, order: &JobOrder) -> Result<JobId, ServiceError> {
        let source = self.address(order.source.key());
        let outputs = self.address(order.of.outputs().as_str());
        let call = self
            .client
            .create_job()
            .client_request_token(order.of.attempt.as_str())
            .queue(&self.target.queue)
            .role(&self.target.role)
            .set_user_metadata(Some(metadata(&order.of)?))
            .settings(settings::settings(order, source, &outputs));
        let created = call.send().await.map_err(classify)?;
        created
            .job
            .and_then(|job| JobId::parse(job.id()?))
            .ok_or_else(|| unavailable("the answer has no job id"))
    }

    async fn find(
        &self,
        source: &ObjectLocation,
        order: &StageOrder,
    ) -> Result<Option<(JobId, Attempt)>, ServiceError> {
        let call = self.client.search_jobs();
        let call = call
            .queue(&self.target.queue)
            .input_file(self.address(source.key()))
            .order(Order::Descending);
        let found = call.send().await.map_err(classify)?;
        let jobs = found.jobs.unwrap_or_default().into_iter();
        let mut jobs = jobs.filter(|job| job.status() != Some(&JobStatus::Canceled));
        Ok(jobs.find_map(|job| {
            let of = of(&job).filter(|of| is_of(of, order))?;
            Some((JobId::parse(job.id()?)?, of.attempt))
        }))
    }

    async fn get(&self, id: &JobId) -> Result<Option<Job>, ServiceError> {
        match self.client.get_job().id(id.as_str()).send().await {
            Ok(found) => {
                let found = found
                    .job
                    .ok_or_else(|| unavailable("the answer has no job"))?;
                Ok(Some(Job {
                    of: of(&found),
                    state: state(&found),
                }))
            }
            Err(error) if error.code() == Some("NotFoundException") => Ok(None),
            Err(error) => Err(classify(error)),
        }
    }

    async fn cancel(&self, id: &JobId) -> Result<(), ServiceError> {
        match self.client.cancel_job().id(id.as_str()).send().await {
            Ok(_) => Ok(()),
            // The job has ended or does not exist; the service reports this with different codes.
            Err(error) => match error.code() {
                Some("NotFoundException" | "ConflictException" | "BadRequestException") => Ok(()),
                Some(_) | None => Err(classify(error)),
            },
        }
    }
}

fn metadata(of: &JobOf) -> Result<HashMap<String, String>, ServiceError> {
    let value = serde_json::to_value(of);
    let texts = value.and_then(serde_json::from_value);
    texts.map_err(|error| ServiceError::Refused(Box::new(error)))
}

fn of(job: &Found) -> Option<JobOf> {
    let texts = serde_json::to_value(job.user_metadata()?).ok()?;
    serde_json::from_value(texts).ok()
}

fn is_of(of: &JobOf, order: &StageOrder) -> bool {
    of.app == order.app && of.media == order.media && of.generation == order.generation
}

fn state(job: &Found) -> JobState {
    match job.status() {
        Some(JobStatus::Complete) => JobState::Complete,
        Some(JobStatus::Canceled) => JobState::Cancelled,
        Some(JobStatus::Error) => JobState::Failed {
            code: job.error_code().unwrap_or(0),
            message: job.error_message().unwrap_or_default().to_owned(),
        },
        // A status that is not known here is not a final one.
        Some(_) | None => JobState::Working {
            percent: job
                .job_percent_complete()
                .and_then(|percent| u8::try_from(percent).ok())
                .map_or(0, |percent| percent.min(100)),
        },
    }
}

fn unavailable(what: &'static str) -> ServiceError {
    ServiceError::Unavailable(what.into())
}

/// Classifies an error; no other code does. 403 is not a refusal, because permissions can be repaired and take time to
/// apply.
/// <https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobs.html>
fn classify<E>(error: SdkError<E>) -> ServiceError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error.code() {
        Some("BadRequestException") => ServiceError::Refused(Box::new(error)),
        Some(_) | None => ServiceError::Unavailable(Box::new(error)),
    }
}

#[cfg(test)]
mod tests;
