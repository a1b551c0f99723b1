//! Makes of an accepted audio or video what every browser plays: HLS in several sizes, one progressive file, a poster.
//!
//! An order is carried out by whoever claims the media ([`claim`]): everything is made anew, put as it comes, playlists
//! last and the playlist of all of them last of all. Then the record becomes `ready`, if it is still in the order's
//! generation; it is looked at before and after each round of puts, so that what is suspended meanwhile is published no
//! further. A process that dies leaves objects that nobody is led to, and that the next run replaces.
//!
//! Who does the work is a port ([`engine`]); what is made is one table ([`ladder`]).

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::derived::Derived;
use crate::error::Error;
use crate::handover::Handover;
use crate::iiif::Dimensions;
use crate::keys::Item;
use crate::keys::hls::Hls;
use crate::metrics::{Metric, Metrics};
use crate::names::FileName;
use crate::notification::UploadedFile;
use crate::publish::Original;
use crate::record::{Content, MediaRecord, Stage};
use crate::records::Records;
use crate::rejection::Reason;
use crate::state::State;
use crate::store::{ETag, Listed, ObjectStore, StoreError};
use crate::streams::Streams;

pub mod claim;
pub mod engine;
pub mod ladder;
pub mod playlist;
mod put;
pub mod rendition;
mod tally;

use claim::Claim;
use engine::{Engine, Job, Run, Step, Written};
use ladder::Ladder;
use put::{Body, derived};
use rendition::Rendition;
use tally::Tally;

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
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<dyn Metrics>,
    /// What decodes and encodes.
    pub engine: Arc<dyn Engine>,
}

/// What an order is about, once it is known that there is something to do.
struct Task<'a> {
    order: &'a Handover,
    record: &'a MediaRecord,
    content: &'a Content,
    source: &'a ETag,
    ladder: Ladder,
}

impl Transcoder {
    /// Carries out an order within this time; says how, for the log.
    ///
    /// # Errors
    /// When it could not be carried out; then it must come again.
    pub async fn run(&self, order: &Handover, left: Duration) -> Result<&'static str, Error> {
        let Some(record) = self.current(order).await? else {
            return Ok("settled before");
        };
        let (Some(content), Some(source)) = (&record.content, &record.source) else {
            return Err(Error::Transition {
                from: record.state,
                to: State::Ready,
            });
        };
        let Some(streams) = &content.streams else {
            return Err(Error::Transition {
                from: record.state,
                to: State::Ready,
            });
        };
        let mut claim = Claim::take(&*self.store, &*self.clock, &record, left.as_secs()).await?;
        let task = Task {
            order,
            record: &record,
            content,
            source,
            ladder: Ladder::of(streams),
        };
        let done = self.work(&task, streams, &mut claim, left).await;
        if done.is_err()
            && let Err(error) = claim.release().await
        {
            // The next one waits until the claim ends by itself.
            tracing::warn!(cause = error.chain(), "a claim could not be released");
        }
        done
    }

    async fn work(
        &self,
        task: &Task<'_>,
        streams: &Streams,
        claim: &mut Claim<'_>,
        left: Duration,
    ) -> Result<&'static str, Error> {
        if let Some(reason) = self.keep_original(task).await? {
            return self.refuse(task, &reason).await;
        }
        let job = Job {
            place: uploaded(task.record)?.key().place(),
            etag: task.source.clone(),
            bytes: task.content.bytes,
            container: task.content.format.container().ok_or(Error::NoQueue {
                stage: Stage::TranscodeMedia,
            })?,
            streams: streams.clone(),
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
                Step::Refused(reason) => return self.refuse(task, &reason).await,
            };
            if !self.put_all(task, &written, &mut tally).await? {
                return Ok("withdrawn meanwhile");
            }
            if is_done {
                return self.finish(task, &tally, run).await;
            }
        }
    }

    /// Copies the upload into delivery, where the app wants originals as they came.
    async fn keep_original(&self, task: &Task<'_>) -> Result<Option<Reason>, Error> {
        let original = Original {
            record: task.record,
            content: task.content,
            source: task.source,
        };
        if !task.content.keep_metadata || original.stands(&*self.store).await? {
            return Ok(None);
        }
        let from = Listed {
            place: uploaded(task.record)?.key().place(),
            etag: task.source.clone(),
            bytes: task.content.bytes,
        };
        match original.copy(&*self.store, &from).await {
            Ok(()) => Ok(None),
            Err(StoreError::Missing | StoreError::Changed) => Ok(Some(Reason::Overwritten)),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts what is complete, if the media is still this order's before and after.
    async fn put_all(
        &self,
        task: &Task<'_>,
        written: &[Written],
        tally: &mut Tally,
    ) -> Result<bool, Error> {
        if self.current(task.order).await?.is_none() {
            return Ok(false);
        }
        for one in written {
            let (item, content_type) = task.item(one.output);
            let object = Derived {
                size: task.size(one.output),
                ..derived(task.record, item)
            };
            if !self
                .put(task.order, &object, content_type, Body::File(&one.path))
                .await?
            {
                return Ok(false);
            }
            tally.add(one).await?;
        }
        Ok(written.is_empty() || self.current(task.order).await?.is_some())
    }

    /// Playlists, and the record.
    async fn finish(
        &self,
        task: &Task<'_>,
        tally: &Tally,
        run: Box<dyn Run>,
    ) -> Result<&'static str, Error> {
        // Its files are of no more use.
        drop(run);
        let made = tally.made(&task.ladder);
        if made.iter().all(|made| made.microseconds() == 0) {
            return self.refuse(task, &Reason::Undecodable).await;
        }
        let rate = task
            .content
            .streams
            .as_ref()
            .and_then(|streams| streams.video.as_ref());
        let rate = rate.and_then(|video| video.frames_per_1000_s);
        let rate = rate.map(|rate| rate.min(ladder::MAX_FRAMES_A_SECOND * 1_000));
        let playlists = made
            .iter()
            .map(|made| (Hls::Playlist(made.rendition), made.playlist()));
        let master = (Hls::Master, playlist::master(&task.ladder, &made, rate));
        for (hls, text) in playlists.chain([master]) {
            let object = derived(task.record, Item::Hls(hls));
            if !self
                .put(task.order, &object, hls.content_type(), Body::Text(text))
                .await?
            {
                return Ok("withdrawn meanwhile");
            }
        }
        let longest = made
            .iter()
            .map(playlist::Made::microseconds)
            .max()
            .unwrap_or(0);
        self.declare_ready(task, longest / 1_000).await
    }

    async fn declare_ready(
        &self,
        task: &Task<'_>,
        duration_ms: u64,
    ) -> Result<&'static str, Error> {
        let now = self.clock.now();
        let order = task.order;
        let written = self.records.change(&order.app, &order.media, |record| {
            let mut ready = record.filter(|record| order.is_of(record)).cloned();
            if let Some(record) = ready.as_mut() {
                if let Some(streams) = streams_of(record) {
                    streams.duration_ms = Some(duration_ms);
                }
                record.publish(Stage::TranscodeMedia, now)?;
            }
            Ok(ready)
        });
        if !written.await?.written {
            return Ok("withdrawn meanwhile");
        }
        self.metrics.count(Metric::MediaReady);
        Ok("ready")
    }

    async fn refuse(&self, task: &Task<'_>, reason: &Reason) -> Result<&'static str, Error> {
        let now = self.clock.now();
        let order = task.order;
        let written = self.records.change(&order.app, &order.media, |record| {
            let mut refused = record.filter(|record| order.is_of(record)).cloned();
            if let Some(record) = refused.as_mut() {
                record.reject(reason, Some(task.source), Stage::TranscodeMedia, now)?;
            }
            Ok(refused)
        });
        if !written.await?.written {
            return Ok("withdrawn meanwhile");
        }
        self.metrics.count(Metric::MediaRejected);
        Ok("rejected")
    }
}

impl Task<'_> {
    /// Where an output lies, and its media type.
    fn item(&self, output: Output) -> (Item, &'static str) {
        match output {
            Output::Init(rendition) => hls(Hls::Init(rendition)),
            Output::Segment(rendition, number) => hls(Hls::Segment(rendition, number)),
            Output::Progressive if self.ladder.video.is_empty() => (Item::Sound, "audio/mp4"),
            Output::Progressive => (Item::Film, "video/mp4"),
            Output::Poster => (Item::Poster, "image/jpeg"),
        }
    }

    /// Of a picture that others are rendered from.
    fn size(&self, output: Output) -> Option<Dimensions> {
        let poster = self.ladder.poster.filter(|_| output == Output::Poster)?;
        Some(Dimensions {
            width: poster.width,
            height: poster.height,
        })
    }
}

fn hls(hls: Hls) -> (Item, &'static str) {
    (Item::Hls(hls), hls.content_type())
}

fn streams_of(record: &mut MediaRecord) -> Option<&mut Streams> {
    record.content.as_mut()?.streams.as_mut()
}

/// Where its upload lies.
fn uploaded(record: &MediaRecord) -> Result<UploadedFile, Error> {
    let name: Option<FileName> = record.file_name.clone();
    let name = name.ok_or(Error::Transition {
        from: record.state,
        to: State::Ready,
    })?;
    Ok(UploadedFile::new(
        record.app.clone(),
        record.media.upload(),
        name,
    ))
}
