//! Makes of an accepted audio or video what every browser plays: HLS in several sizes, one progressive file, a poster.
//!
//! An order is carried out by whoever claims the media ([`claim`]). Everything is made first, and put into WORK as it comes
//! (`made`); a file that is refused halfway, or at its last picture, leaves nothing that a viewer could fetch. Only then is
//! it copied into delivery (`publish`), playlists last and the playlist of all of them last of all, and the record becomes
//! `ready`, if it is still in the order's generation. A process that dies while it makes leaves objects in WORK that nobody
//! is led to; one that dies while it copies is followed by one that copies the same again.
//!
//! Who does the work is a port ([`engine`]); what is made is one table ([`ladder`]). A service that works for hours, on
//! machines of its own, is begun in one process and ended in another ([`service`]).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::platform::error::Error;
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::message::handover::Handover;
use crate::vocabulary::stage::Stage;

pub mod claim;
pub mod delivery;
pub mod engine;
mod made;
mod pace;
pub mod playlist;
mod publish;
mod put;
pub mod service;
mod task;

use crate::vocabulary::job::Attempt;
use crate::vocabulary::rendition::Rendition;
use claim::Claim;
use delivery::{Delivery, WITHDRAWN};
use engine::{Engine, Job, Step};
use made::Making;
use publish::Published;
use service::outputs::Lacking;
use task::Task;

/// Left of the process's time for what comes after the engine: the last uploads, copies, playlists, the record.
const RESERVE: Duration = Duration::from_secs(30);

/// Left of the process's time when no further round of copies is begun: one takes about two seconds, playlists as long.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// After this long the order comes again whose copies another process is to go on with, in seconds.
const GO_ON_SECONDS: u32 = 1;

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
        let deadline = Instant::now() + left.saturating_sub(LAST_ROUND);
        let attempt = match claim.made() {
            // An earlier delivery of the order came that far.
            Some(attempt) => attempt.clone(),
            None => match self.make(task, claim, left).await? {
                Ran::Complete(attempt) => attempt,
                Ran::Settled(how) => return Ok(how),
            },
        };
        let made = (&attempt, Lacking::Empty);
        match self.delivery.publish(task, made, claim, deadline).await? {
            Published::Settled(how) => Ok(how),
            Published::InPart => Err(Error::Busy {
                seconds: GO_ON_SECONDS,
            }),
        }
    }

    /// Makes everything, in WORK.
    async fn make(
        &self,
        task: &Task<'_>,
        claim: &mut Claim<'_>,
        left: Duration,
    ) -> Result<Ran, Error> {
        let mut run = self.engine.start(job(task, left)?).await?;
        let (record, attempt) = (task.record, claim.attempt());
        let prefix = Prefix::attempt_at(&record.app, &record.media, record.generation, &attempt);
        let mut making = Making::under(&*self.delivery.store, prefix);
        let mut noted_ms = 0;
        loop {
            let (written, is_done) = match run.next().await? {
                Step::Goes { done_ms, written } => {
                    if done_ms >= noted_ms + NOTED_EVERY_MS {
                        noted_ms = done_ms;
                        steady(claim.tell(done_ms).await?)?;
                    }
                    (written, false)
                }
                Step::Done { written } => (written, true),
                Step::Refused(reason) => {
                    return self.delivery.refuse(task, &reason).await.map(Ran::Settled);
                }
            };
            if self.delivery.current(task.order).await?.is_none() {
                return Ok(Ran::Settled(WITHDRAWN));
            }
            for one in &written {
                making.put(one).await?;
            }
            if is_done {
                making.finish().await?;
                steady(claim.note_made(attempt.clone()).await?)?;
                return Ok(Ran::Complete(attempt));
            }
        }
    }
}

/// What came of a run of the engine.
enum Ran {
    /// Everything lies in WORK under this attempt.
    Complete(Attempt),
    /// There is nothing to publish: a word for the log.
    Settled(&'static str),
}

fn job(task: &Task<'_>, left: Duration) -> Result<Job, Error> {
    let source = task.uploaded()?;
    Ok(Job {
        place: source.place,
        etag: source.etag,
        bytes: source.bytes,
        container: task.content.format.container().ok_or(Error::NoQueue {
            stage: Stage::TranscodeMedia,
        })?,
        streams: task.streams.clone(),
        ladder: task.ladder.clone(),
        left: left.saturating_sub(RESERVE),
    })
}

/// The claim is another's by now, whose work counts.
fn steady(is_ours: bool) -> Result<(), Error> {
    is_ours.then_some(()).ok_or(Error::Unsteady)
}
