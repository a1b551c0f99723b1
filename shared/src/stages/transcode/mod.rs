//! Transcodes accepted audio and video into what every browser plays: HLS in several sizes, one progressive file, a
//! poster.
//!
//! An order is carried out by the process that claims the media ([`claim`]). Everything is first made in WORK, file by
//! file (`made`), so a source that is refused halfway, or at its last picture, leaves nothing that a viewer could
//! fetch. Only then is it copied into delivery (`publish`), with the playlists last and the master playlist at the very
//! end, and the record becomes `ready` if it is still in the order's generation. A process that dies while making
//! leaves objects in WORK that nothing refers to; if one dies while copying, the next copies the same objects again.
//!
//! The engine is a port ([`engine`]), and one table says what is made ([`crate::vocabulary::ladder`]). A service that works for hours on
//! its own machines is started in one process and finished in another ([`service`]).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::queue::Outbox;
use crate::ports::store::Listed;
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::stage::Stage;

mod blocked;
mod board;
mod captions;
pub mod claim;
pub mod delivery;
pub mod engine;
mod found_captions;
mod made;
mod pace;
pub mod playlist;
mod poster;
mod publish;
mod put;
pub mod service;
mod storyboard;
mod task;

use crate::vocabulary::job::Attempt;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::rendition::Rendition;
use blocked::WasRead;
use claim::Claim;
use delivery::Delivery;
use engine::{Engine, Job, Step};
use made::Making;
use publish::Published;
use service::outputs::Lacking;
use task::Task;

/// The part of the process's time that is kept for the steps after the engine: last uploads, copies, playlists, the
/// record.
const RESERVE: Duration = Duration::from_secs(30);

/// Start no further round of copies when less than this remains: a round takes about two seconds, the playlists as
/// long.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// The seconds after which an order comes again so that another process continues its copies.
const GO_ON_SECONDS: u32 = 1;

/// Milliseconds of the source between two progress notes; each note is a request.
const NOTED_EVERY_MS: u64 = 2_000;

/// A file that an engine makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// The initialisation that all segments of a rendition need first.
    Init(Rendition),
    /// A segment, numbered from 1.
    Segment(Rendition, u32),
    /// Picture and sound in one file, or sound alone.
    Progressive,
    /// The poster, one picture.
    Poster,
    /// A picture of the storyboard, numbered from 0. It is not delivered itself: sheets are made of many.
    Still(u32),
}

/// Carries out transcoding orders.
pub struct Transcoder {
    /// Publishes the output and records the result.
    pub delivery: Delivery,
    /// The engine that decodes and encodes.
    pub engine: Arc<dyn Engine>,
    /// The queue of requests to invalidate the CDN.
    pub invalidations: Arc<dyn Outbox>,
}

impl Transcoder {
    /// Carries out an order within this time; returns how, for the log.
    ///
    /// # Errors
    /// Any error that kept the order from being carried out; the order must then come again.
    pub async fn run(&self, order: &StageOrder, left: Duration) -> Result<Ending, Error> {
        let Some(record) = self.delivery.current(order).await? else {
            return Ok(Ending::SettledBefore);
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
    ) -> Result<Ending, Error> {
        let begun = Instant::now();
        let deadline = begun + left.saturating_sub(LAST_ROUND);
        let attempt = match claim.made() {
            // An earlier delivery of this order made everything already.
            Some(attempt) => attempt.clone(),
            None => {
                match self.delivery.read_whole(task).await? {
                    WasRead::Blocked => {
                        return self.delivery.refuse(task, &Reason::BlockedContent).await;
                    }
                    // The engine gets all the time of a process: the next one finds the digest.
                    WasRead::Slowly => {
                        return Err(Error::Busy {
                            seconds: GO_ON_SECONDS,
                        });
                    }
                    WasRead::Free => {}
                }
                let time = left.saturating_sub(begun.elapsed());
                if self
                    .delivery
                    .find_captions(task, &*self.engine, time)
                    .await?
                    == Missed::Time
                {
                    return Err(Error::Busy {
                        seconds: GO_ON_SECONDS,
                    });
                }
                let left = left.saturating_sub(begun.elapsed());
                match self.make(task, claim, left).await? {
                    Ran::Complete(attempt) => attempt,
                    Ran::Settled(how) => return Ok(how),
                }
            }
        };
        let made = (&attempt, Lacking::Empty);
        match self.delivery.publish(task, made, claim, deadline).await? {
            Published::Settled(how) => Ok(how),
            Published::InPart => Err(Error::Busy {
                seconds: GO_ON_SECONDS,
            }),
        }
    }

    /// Makes everything in WORK.
    async fn make(
        &self,
        task: &Task<'_>,
        claim: &mut Claim<'_>,
        left: Duration,
    ) -> Result<Ran, Error> {
        let job = job(task, task.uploaded()?, left)?;
        let mut run = self.engine.start(job).await?;
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
                return Ok(Ran::Settled(Ending::Withdrawn));
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

/// The result of a run of the engine.
enum Ran {
    /// Everything lies in WORK under this attempt.
    Complete(Attempt),
    /// There is nothing to publish; the word is for the log.
    Settled(Ending),
}

/// The loss for the engine because something else was done first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missed {
    /// Nothing that counts.
    Nothing,
    /// Much of its process's time. It gets all the time of the next one.
    Time,
}

fn job(task: &Task<'_>, source: Listed, left: Duration) -> Result<Job, Error> {
    Ok(Job {
        location: source.location,
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

/// Fails if the claim now belongs to another process, whose work counts.
fn steady(is_ours: bool) -> Result<(), Error> {
    is_ours.then_some(()).ok_or(Error::Unsteady)
}
