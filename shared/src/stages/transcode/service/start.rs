//! Starts a job: once for each generation of a media, whichever process dies in between.
//!
//! The claim is written before the job is created, and names the job afterwards. A process that finds a claim without a
//! job, held by nobody, searches for the job by its source and metadata before it creates another, because the service
//! itself recognises a repeated request only within a minute. If two jobs are created all the same, the claim names one
//! of them; the other is cancelled, and its outputs lie under another prefix.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dozo_probe::Container;
use tokio::time::Instant;

use super::super::blocked::WasRead;
use super::super::claim::{self, Begun, Claim};
use super::super::delivery::Delivery;
use super::super::engine::Engine;
use super::super::task::Task;
use super::takes;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::jobs::{JobOrder, JobService};
use crate::ports::queue::Outbox;
use crate::ports::store::{Headers, StoreError};
use crate::stages::original::SOURCE;
use crate::vocabulary::job::JobId;
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::message;
use crate::vocabulary::message::job::{JobCheck, JobOf};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::stage::Stage;

/// The seconds until a job is looked at for the first time; a short one is done by then.
pub(super) const FIRST_LOOK_SECONDS: u32 = 300;

/// Starts jobs.
pub struct Starter {
    /// Records the result, and publishes what is not made by the job.
    pub delivery: Delivery,
    /// The name of the work bucket; it tells our jobs from others.
    pub work: String,
    /// Whether the service does the work that comes now. Otherwise only jobs that were started earlier are looked at.
    pub is_wanted: bool,
    /// The service that does the work.
    pub service: Arc<dyn JobService>,
    /// The queue of finish-transcode.
    pub transcoded: Arc<dyn Outbox>,
}

/// The result of an order to start a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The order is dealt with; the word is for the log.
    Done(Ending),
    /// The service cannot make this ladder of this source, or is not wanted.
    NotForIt,
}

impl Starter {
    /// Starts the job that an order asks for, within this time. The engine reads the source's captions.
    ///
    /// # Errors
    /// Any error that kept it from being started; the order must then come again.
    pub async fn run(
        &self,
        order: &StageOrder,
        left: Duration,
        engine: &dyn Engine,
    ) -> Result<Started, Error> {
        let Some(record) = self.delivery.current(order).await? else {
            return Ok(Started::Done(Ending::SettledBefore));
        };
        let task = Task::of(order, &record)?;
        let (store, clock) = (&*self.delivery.store, &*self.delivery.clock);
        let found = claim::find(store, &record).await?;
        if let Some(begun) = found.and_then(|claimed| claimed.job) {
            // The process that named the job may have died before it asked for a look.
            self.ask_for_check(order, begun.id, begun.checks).await?;
            return Ok(Started::Done(Ending::JobStartedBefore));
        }
        if !self.is_wanted || !takes(&task.ladder, task.streams) {
            return Ok(Started::NotForIt);
        }
        let mut claim = Claim::take(store, clock, &record, left.as_secs()).await?;
        let done = self.begin(&task, &mut claim, (engine, left)).await;
        claim.give_back().await;
        done.map(Started::Done)
    }

    async fn begin(
        &self,
        task: &Task<'_>,
        claim: &mut Claim<'_>,
        (engine, left): (&dyn Engine, Duration),
    ) -> Result<Ending, Error> {
        let begun = Instant::now();
        if self.delivery.read_whole(task).await? == WasRead::Blocked {
            return self.delivery.refuse(task, &Reason::BlockedContent).await;
        }
        let Some(order) = self.prepare(task, claim).await? else {
            return self.delivery.refuse(task, &Reason::Overwritten).await;
        };
        // Not even a slow pass is in the way here: all that is left to do is to ask for the job.
        let time = left.saturating_sub(begun.elapsed());
        self.delivery.find_captions(task, engine, time).await?;
        let found = self.service.find(&order.source, task.order).await?;
        let (id, attempt) = match found {
            Some(found) => found,
            None if self.delivery.current(task.order).await?.is_none() => {
                return Ok(Ending::Withdrawn);
            }
            None => (self.service.create(&order).await?, order.of.attempt),
        };
        let begun = Begun {
            id: id.clone(),
            attempt,
            checks: 0,
        };
        if !claim.name(begun).await? {
            return self.superfluous(task, &id).await;
        }
        if self.delivery.current(task.order).await?.is_none() {
            self.service.cancel(&id).await?;
            return Ok(Ending::Withdrawn);
        }
        self.ask_for_check(task.order, id, 0).await?;
        Ok(Ending::JobStarted)
    }

    /// Handles a job that another process's claim has made superfluous: cancels it if that claim names another job.
    async fn superfluous(&self, task: &Task<'_>, id: &JobId) -> Result<Ending, Error> {
        let found = claim::find(&*self.delivery.store, task.record).await?;
        if found.is_some_and(|claimed| claimed.is_for_another(id)) {
            self.service.cancel(id).await?;
        }
        Err(Error::Unsteady)
    }

    /// Copies the upload to a place where nobody can replace it, because the service reads whatever is there when it
    /// starts. Returns `None` if the validated version is gone.
    async fn prepare(&self, task: &Task<'_>, claim: &Claim<'_>) -> Result<Option<JobOrder>, Error> {
        let (app, media) = (task.record.app.clone(), task.record.media.clone());
        let generation = task.record.generation;
        let format = task.content.format;
        let source = task.source_in_work();
        if !self.keep_source(task, &source).await? {
            return Ok(None);
        }
        let of = JobOf {
            work: self.work.clone(),
            app,
            media,
            generation,
            attempt: claim.attempt(),
        };
        Ok(Some(JobOrder {
            of,
            source,
            tells_rotation: matches!(format.container(), Some(Container::Mp4 | Container::Mov)),
            streams: task.streams.clone(),
            ladder: task.ladder.clone(),
        }))
    }

    /// Keeps a copy of the source. Returns `false` if the validated version is gone.
    async fn keep_source(&self, task: &Task<'_>, to: &ObjectLocation) -> Result<bool, Error> {
        let store = &*self.delivery.store;
        let there = store.head(to).await?;
        if there.is_some_and(|there| task.is_source(&there)) {
            return Ok(true);
        }
        let made_from = task.source.as_str().trim_matches('"').to_owned();
        let headers = Headers {
            content_type: Some(task.content.format.content_type().to_owned()),
            metadata: BTreeMap::from([(SOURCE.to_owned(), made_from)]),
            ..Headers::default()
        };
        match store.copy(&task.uploaded()?, to, Some(&headers)).await {
            Ok(()) => Ok(true),
            Err(StoreError::Missing | StoreError::Changed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn ask_for_check(
        &self,
        order: &StageOrder,
        job: JobId,
        number: u32,
    ) -> Result<(), Error> {
        let check = JobCheck {
            order: StageOrder {
                stage: Stage::FinishTranscode,
                ..order.clone()
            },
            job,
            number,
        };
        let body = message::write(&check)?;
        Ok(self
            .transcoded
            .send(&order.app, &body, FIRST_LOOK_SECONDS)
            .await?)
    }
}
