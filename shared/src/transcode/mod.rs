//! Makes of an accepted audio or video what every browser plays: HLS in several sizes, one progressive file, a poster.
//!
//! An order is carried out by whoever claims the media ([`claim`]): everything is made anew, put as it comes, playlists
//! last and the playlist of all of them last of all. Then the record becomes `ready`, if it is still in the order's
//! generation; it is looked at before and after each round of puts, so that what is suspended meanwhile is published no
//! further. A process that dies leaves objects that nobody is led to, and that the next run replaces.
//!
//! Who does the work is a port ([`engine`]); what is made is one table ([`ladder`]). A service that works for hours, on
//! machines of its own, is begun in one process and ended in another ([`service`]).

use std::sync::Arc;
use std::time::Duration;

use crate::derived::Derived;
use crate::error::Error;
use crate::handover::Handover;
use crate::record::Stage;

pub mod claim;
pub mod delivery;
pub mod engine;
pub mod ladder;
mod pace;
pub mod playlist;
mod put;
pub mod rendition;
pub mod service;
mod tally;
mod task;

use claim::Claim;
use delivery::{Delivery, WITHDRAWN};
use engine::{Engine, Job, Step, Written};
use put::{Body, derived};
use rendition::Rendition;
use tally::Tally;
use task::Task;

/// Left of the process's time for what comes after the engine: the last uploads, playlists, the record.
const RESERVE: Duration = Duration::from_secs(30);

/// Milliseconds of a source's length between two notes of how far its work is: each is a request.
const NOTED_EVERY_MS: u64 = 2_000;

/// What an engine makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// What all segments of a rendition need first.
    Init(Rendition),
    /// A segment, by its number from 1 on.
    Segment(Rendition, u32),
    /// Picture and sound in one file.
    Progressive,
    /// One picture.
    Poster,
}

/// Transcodes.
pub struct Transcoder {
    /// What is published, and recorded.
    pub delivery: Delivery,
    /// What decodes and encodes.
    pub engine: Arc<dyn Engine>,
}

impl Transcoder {
    /// Carries out an order within this time; says how, for the log.
    ///
    /// # Errors
    /// When it could not be carried out; then it must come again.
    pub async fn run(&self, order: &Handover, left: Duration) -> Result<&'static str, Error> {
        let Some(record) = self.delivery.current(order).await? else {
            return Ok("settled before");
        };
        let task = Task::of(order, &record)?;
        let (store, clock) = (&*self.delivery.store, &*self.delivery.clock);
        let mut claim = Claim::take(store, clock, &record, left.as_secs()).await?;
        let done = self.work(&task, &mut claim, left).await;
        if done.is_err() {
            claim.give_back().await;
        }
        done
    }

    async fn work(
        &self,
        task: &Task<'_>,
        claim: &mut Claim<'_>,
        left: Duration,
    ) -> Result<&'static str, Error> {
        if let Some(reason) = self.delivery.keep_original(task).await? {
            return self.delivery.refuse(task, &reason).await;
        }
        let source = task.uploaded()?;
        let job = Job {
            place: source.place,
            etag: source.etag,
            bytes: source.bytes,
            container: task.content.format.container().ok_or(Error::NoQueue {
                stage: Stage::TranscodeMedia,
            })?,
            streams: task.streams.clone(),
            ladder: task.ladder.clone(),
            left: left.saturating_sub(RESERVE),
        };
        let mut run = self.engine.start(job).await?;
        let mut tally = Tally::default();
        let mut noted_ms = 0;
        loop {
            let (written, is_done) = match run.next().await? {
                Step::Goes { done_ms, written } => {
                    if done_ms >= noted_ms + NOTED_EVERY_MS {
                        noted_ms = done_ms;
                        if !claim.tell(done_ms).await? {
                            return Err(Error::Unsteady);
                        }
                    }
                    (written, false)
                }
                Step::Done { written } => (written, true),
                Step::Refused(reason) => return self.delivery.refuse(task, &reason).await,
            };
            if !self.put_all(task, &written, &mut tally).await? {
                return Ok(WITHDRAWN);
            }
            if is_done {
                // Its files are of no more use.
                drop(run);
                return self.delivery.finish(task, &tally.made(&task.ladder)).await;
            }
        }
    }

    /// Puts what is complete, if the media is still this order's before and after.
    async fn put_all(
        &self,
        task: &Task<'_>,
        written: &[Written],
        tally: &mut Tally,
    ) -> Result<bool, Error> {
        if self.delivery.current(task.order).await?.is_none() {
            return Ok(false);
        }
        for one in written {
            let (item, content_type) = task.item(one.output);
            let object = Derived {
                size: task.size(one.output),
                ..derived(task.record, item)
            };
            if !self
                .delivery
                .put(task.order, &object, content_type, Body::File(&one.path))
                .await?
            {
                return Ok(false);
            }
            tally.add(one).await?;
        }
        Ok(written.is_empty() || self.delivery.current(task.order).await?.is_some())
    }
}
