//! From what a job made into delivery: copied in rounds, each under two looks at the record, and gone on with by another
//! process where one has not the time.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::super::Output;
use super::super::claim::{Begun, Claim};
use super::super::delivery::WITHDRAWN;
use super::super::put::derived;
use super::super::task::Task;
use super::event::Look;
use super::finish::Finisher;
use super::{JobId, JobOf, outputs};
use crate::derived::Derived;
use crate::error::Error;
use crate::operate::message;
use crate::store::Listed;

/// Objects that are copied between two looks at the record.
const ROUND: usize = 128;

/// Objects that are copied at the same time.
const AT_ONCE: usize = 16;

impl Finisher {
    /// Publishes what a job made, within this time.
    pub(super) async fn publish(
        &self,
        task: &Task<'_>,
        job: &JobId,
        of: &JobOf,
        claim: &mut Claim<'_>,
        deadline: Instant,
    ) -> Result<&'static str, Error> {
        // The process that created it may have died before it named it.
        let mut begun = claim.job().cloned().unwrap_or_else(|| Begun {
            id: job.clone(),
            attempt: of.attempt.clone(),
            copied: 0,
            looks: 0,
        });
        if begun.id != *job {
            return self.cancel(job).await;
        }
        let outputs = outputs::read(&*self.delivery.store, &of.outputs(), &task.ladder).await?;
        let stand = usize::try_from(begun.copied).unwrap_or(usize::MAX);
        let rounds = outputs.files.chunks(ROUND).enumerate();
        for (number, round) in rounds.skip(stand / ROUND) {
            if Instant::now() >= deadline {
                return self.go_on_later(task, job, begun.looks).await;
            }
            if !self.copy(task, round).await? {
                return Ok(WITHDRAWN);
            }
            let stand = number * ROUND + round.len();
            begun.copied = u32::try_from(stand).unwrap_or(u32::MAX);
            if !claim.name(begun.clone()).await? {
                return Err(Error::Unsteady);
            }
        }
        self.delivery.finish(task, &outputs.made).await
    }

    /// Copies a round, if the media is still this order's before and after.
    async fn copy(&self, task: &Task<'_>, round: &[(Output, Listed)]) -> Result<bool, Error> {
        if self.delivery.current(task.order).await?.is_none() {
            return Ok(false);
        }
        stream::iter(
            round
                .iter()
                .map(|(output, from)| self.one(task, *output, from)),
        )
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
        Ok(self.delivery.current(task.order).await?.is_some())
    }

    async fn one(&self, task: &Task<'_>, output: Output, from: &Listed) -> Result<(), Error> {
        let (item, content_type) = task.item(output);
        let object = Derived {
            size: task.size(output),
            ..derived(task.record, item)
        };
        let (place, headers) = (object.place(), object.headers(content_type));
        let copied = self.delivery.store.copy(from, &place, Some(&headers));
        Ok(copied.await?)
    }

    /// The rest goes back to the queue: this process is running out of time.
    async fn go_on_later(
        &self,
        task: &Task<'_>,
        job: &JobId,
        looks: u32,
    ) -> Result<&'static str, Error> {
        let look = Look {
            order: task.order.clone(),
            job: job.clone(),
            number: looks,
        };
        self.transcoded.send(&message(&look)?, 0).await?;
        Ok("copied in part, to be gone on with")
    }
}
