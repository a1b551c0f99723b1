//! Publishes the output of a job, and hands the rest to another process when time runs out.

use tokio::time::Instant;

use super::super::claim::{Begun, Claim};
use super::super::publish::Published;
use super::super::task::Task;
use super::finish::Finisher;
use super::outputs::Lacking;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::vocabulary::job::JobId;
use crate::vocabulary::message;
use crate::vocabulary::message::job::{JobCheck, JobOf};

impl Finisher {
    /// Publishes the output of a job within this time.
    pub(super) async fn publish(
        &self,
        task: &Task<'_>,
        job: &JobId,
        of: &JobOf,
        claim: &mut Claim<'_>,
        deadline: Instant,
    ) -> Result<Ending, Error> {
        let checks = match claim.job() {
            Some(begun) if begun.id != *job => return self.cancel(job).await,
            Some(begun) => begun.checks,
            None => {
                // The process that created the job died before it named it in the claim.
                let begun = Begun {
                    id: job.clone(),
                    attempt: of.attempt.clone(),
                    checks: 0,
                };
                if !claim.name(begun).await? {
                    return Err(Error::Unsteady);
                }
                0
            }
        };
        let published = self
            .delivery
            .publish(task, (&of.attempt, Lacking::Fault), claim, deadline);
        match published.await? {
            Published::Settled(how) => Ok(how),
            Published::InPart => self.go_on_later(task, job, checks).await,
        }
    }

    /// Sends a look to the queue so that another process copies the rest.
    async fn go_on_later(
        &self,
        task: &Task<'_>,
        job: &JobId,
        checks: u32,
    ) -> Result<Ending, Error> {
        let check = JobCheck {
            order: task.order.clone(),
            job: job.clone(),
            number: checks,
        };
        self.transcoded
            .send(&task.order.app, &message::write(&check)?, 0)
            .await?;
        Ok(Ending::CopiedInPart)
    }
}
