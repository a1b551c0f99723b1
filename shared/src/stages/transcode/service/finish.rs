//! Ends a job: publishes its output, or records why there is none.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::RESERVE;
use super::super::claim::{self, Claim};
use super::super::delivery::Delivery;
use super::super::task::Task;
use super::fault::{Verdict, verdict};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::jobs::{JobService, JobState};
use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox};
use crate::vocabulary::job::JobId;
use crate::vocabulary::message;
use crate::vocabulary::message::job::JobOf;
use crate::vocabulary::message::job::{Hint, JobCheck};
use crate::vocabulary::record::MediaRecord;

/// The seconds until a job is looked at again whose end was announced before the service reports it.
const SOON_SECONDS: u32 = 60;

/// Ends jobs.
pub struct Finisher {
    /// Publishes the output and records the result.
    pub delivery: Delivery,
    /// The name of the work bucket; it tells our jobs from others.
    pub work: String,
    /// The service that does the work.
    pub service: Arc<dyn JobService>,
    /// The queue that hints come from, and to which work that takes longer is sent again.
    pub transcoded: Arc<dyn Outbox>,
}

impl Finisher {
    /// Does what a hint leads to, within this time; returns what that was, for the log.
    ///
    /// # Errors
    /// Any error that kept it from being done; the hint must then come again.
    pub async fn run(&self, hint: &Hint, left: Duration) -> Result<Ending, Error> {
        let deadline = Instant::now() + left.saturating_sub(RESERVE);
        match hint {
            Hint::Working { of, .. } | Hint::Ended { of, .. }
                if of.as_ref().is_none_or(|of| of.work != self.work) =>
            {
                Ok(Ending::JobOfOthers)
            }
            Hint::Working {
                job,
                of: Some(of),
                percent,
            } => self.go_on(job, of, *percent).await,
            Hint::Ended { job, of: Some(of) } => self.check(job, of, None, deadline).await,
            Hint::Working { of: None, .. } | Hint::Ended { of: None, .. } => {
                Ok(Ending::JobOfOthers)
            }
            Hint::Check(check) => {
                let Some(found) = self.service.get(&check.job).await? else {
                    return self.lost(check).await;
                };
                match found.of {
                    Some(of) if of.work == self.work && of.order() == check.order => {
                        self.check(&check.job, &of, Some(check), deadline).await
                    }
                    Some(_) | None => Ok(Ending::JobOfOthers),
                }
            }
        }
    }

    /// Handles a job that the service does not know any more.
    async fn lost(&self, check: &JobCheck) -> Result<Ending, Error> {
        match self.delivery.current(&check.order).await? {
            Some(_) => Err(Error::JobLost),
            None => Ok(Ending::SettledBefore),
        }
    }

    /// Notes the progress of a job, or cancels one that nobody wants.
    async fn go_on(&self, job: &JobId, of: &JobOf, percent: Option<u8>) -> Result<Ending, Error> {
        let Some(record) = self.wanted(job, of).await? else {
            return self.cancel(job).await;
        };
        self.note(&record, percent.unwrap_or(0)).await;
        Ok(Ending::JobRunning)
    }

    /// Returns the record while this job is the one wanted for it.
    async fn wanted(&self, job: &JobId, of: &JobOf) -> Result<Option<MediaRecord>, Error> {
        let Some(record) = self.delivery.current(&of.order()).await? else {
            return Ok(None);
        };
        let claimed = claim::find(&*self.delivery.store, &record).await?;
        let is_for_another = claimed.is_some_and(|claimed| claimed.is_for_another(job));
        Ok((!is_for_another).then_some(record))
    }

    pub(super) async fn cancel(&self, job: &JobId) -> Result<Ending, Error> {
        self.service.cancel(job).await?;
        Ok(Ending::JobCancelled)
    }

    /// Notes the progress. Best effort: it only informs people, and more events follow.
    async fn note(&self, record: &MediaRecord, percent: u8) {
        let streams = record.content.as_ref().and_then(|c| c.streams.as_ref());
        let length_ms = streams.and_then(|streams| streams.duration_ms).unwrap_or(0);
        let done_ms = length_ms.saturating_mul(percent.into()) / 100;
        let (store, clock) = (&*self.delivery.store, &*self.delivery.clock);
        let noted = claim::note(store, clock, record, |claimed| {
            // Events may overtake each other.
            claimed.done_ms = claimed.done_ms.max(done_ms);
        });
        if let Err(error) = noted.await {
            tracing::warn!(media = %record.media, cause = error.chain(), "the progress could not be written to the record");
        }
    }

    async fn check(
        &self,
        job: &JobId,
        of: &JobOf,
        asked: Option<&JobCheck>,
        deadline: Instant,
    ) -> Result<Ending, Error> {
        let Some(record) = self.wanted(job, of).await? else {
            return self.cancel(job).await;
        };
        let found = self.service.get(job).await?.ok_or(Error::JobLost)?;
        if found.of.as_ref() != Some(of) {
            return Ok(Ending::JobOfOthers);
        }
        match found.state {
            JobState::Working { percent } => {
                self.note(&record, percent).await;
                match asked {
                    Some(check) => self.check_again(&record, check).await,
                    None => self.look_soon(&record, job, of).await,
                }
            }
            JobState::Complete => self.finish(job, of, &record, deadline).await,
            JobState::Cancelled => Err(Error::JobCancelled),
            JobState::Failed { code, message } => {
                tracing::warn!(media = %of.media, job = job.as_str(), code, message, "a MediaConvert job failed");
                match verdict(code) {
                    Verdict::Fail(error) => Err(error),
                    Verdict::Refuse(reason) => {
                        let order = of.order();
                        let task = Task::of(&order, &record)?;
                        self.delivery.refuse(&task, &reason).await
                    }
                }
            }
        }
    }

    /// Looks again later, until the job has ended. If a look came twice, only the first is followed by another.
    async fn check_again(&self, record: &MediaRecord, check: &JobCheck) -> Result<Ending, Error> {
        let store = &*self.delivery.store;
        let claimed = claim::find(store, record).await?;
        let checks = claimed
            .and_then(|claimed| claimed.job)
            .map(|job| job.checks);
        if checks.is_some_and(|checks| checks > check.number) {
            return Ok(Ending::JobCheckedBefore);
        }
        let next = JobCheck {
            number: check.number.saturating_add(1),
            ..check.clone()
        };
        let body = message::write(&next)?;
        self.transcoded
            .send(&record.app, &body, LONGEST_DELAY_SECONDS)
            .await?;
        claim::note(store, &*self.delivery.clock, record, |claimed| {
            if let Some(job) = &mut claimed.job {
                job.checks = job.checks.max(next.number);
            }
        })
        .await?;
        Ok(Ending::JobCheckedLater)
    }

    /// Looks again soon, because the event came before the service reports the end of the job.
    async fn look_soon(
        &self,
        record: &MediaRecord,
        job: &JobId,
        of: &JobOf,
    ) -> Result<Ending, Error> {
        let claimed = claim::find(&*self.delivery.store, record).await?;
        let checks = claimed
            .and_then(|claimed| claimed.job)
            .map(|job| job.checks);
        let check = JobCheck {
            order: of.order(),
            job: job.clone(),
            number: checks.unwrap_or(0),
        };
        self.transcoded
            .send(&record.app, &message::write(&check)?, SOON_SECONDS)
            .await?;
        Ok(Ending::JobCheckedSoon)
    }

    async fn finish(
        &self,
        job: &JobId,
        of: &JobOf,
        record: &MediaRecord,
        deadline: Instant,
    ) -> Result<Ending, Error> {
        let order = of.order();
        let task = Task::of(&order, record)?;
        let left = deadline.saturating_duration_since(Instant::now()) + RESERVE;
        let (store, clock) = (&*self.delivery.store, &*self.delivery.clock);
        let mut claim = Claim::take(store, clock, record, left.as_secs()).await?;
        let done = self.publish(&task, job, of, &mut claim, deadline).await;
        claim.give_back().await;
        done
    }
}
