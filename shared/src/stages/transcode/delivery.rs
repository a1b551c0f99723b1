//! The last steps of every transcode, with the same looks at the record whichever engine ran it: the original, the
//! playlists, the record.

use std::sync::Arc;

use dozo_codecs::Encoding;

use super::board::Board;
use super::found_captions::Found;
use super::playlist::{Made, master};
use super::service::outputs::Outputs;
use super::task::Task;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::Platform;
use crate::ports::buckets::Buckets;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::store::{Listed, ObjectStore, StoreError};
use crate::stages::captions::playlist::with_captions;
use crate::stages::derived::Derived;
use crate::stages::original::Original;
use crate::stages::placeholder;
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::ladder::MAX_FRAMES_A_SECOND;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::streams::Streams;

/// Publishes transcoded media and records the result.
#[derive(Clone)]
pub struct Delivery {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
}

impl Delivery {
    /// Connects to the platform.
    #[must_use]
    pub fn new(buckets: Buckets, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(buckets), platform.clock());
        Self {
            records: Records::new(store.clone(), clock.clone()),
            store,
            clock,
            metrics: platform.metrics(),
        }
    }

    /// Copies the upload into delivery if the app wants originals unchanged. If there is a copy in WORK that a job has
    /// read, that one is taken, because the upload itself may be gone by then. Returns the reason to refuse the media
    /// if the validated version is gone.
    pub(super) async fn keep_original(&self, task: &Task<'_>) -> Result<Option<Reason>, Error> {
        let original = Original {
            record: task.record,
            content: task.content,
            source: task.source,
        };
        if !task.content.keep_metadata || original.stands(&*self.store).await? {
            return Ok(None);
        }
        let from = match self.source_in_work(task).await? {
            Some(copy) => copy,
            None => task.uploaded()?,
        };
        match original.copy(&*self.store, &from).await {
            Ok(()) => Ok(None),
            Err(StoreError::Missing | StoreError::Changed) => Ok(Some(Reason::Overwritten)),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the copy of the upload that a job has read, if it is of the validated version.
    pub(super) async fn source_in_work(&self, task: &Task<'_>) -> Result<Option<Listed>, Error> {
        let location = task.source_in_work();
        let there = self.store.head(&location).await?;
        Ok(there
            .filter(|there| task.is_source(there))
            .map(|there| Listed {
                location,
                etag: there.etag,
                bytes: there.bytes,
                written_at: None,
            }))
    }

    /// Puts the playlists, the master playlist last, and then marks the record as ready.
    pub(super) async fn finish(&self, task: &Task<'_>, outputs: &Outputs) -> Result<Ending, Error> {
        let made = &outputs.made;
        let rate = task
            .streams
            .video
            .as_ref()
            .and_then(|video| video.frames_per_1000_s)
            .map(|rate| rate.min(MAX_FRAMES_A_SECOND * 1_000));
        let longest = made.iter().map(Made::microseconds).max().unwrap_or(0);
        let duration_ms = longest / 1_000;
        let found = self.found_captions(task).await?;
        let playlists = made
            .iter()
            .map(|made| (Hls::Playlist(made.rendition), made.playlist()));
        let master = master(&task.ladder, made, &task.streams.audio, rate);
        let of_film = (master.as_str(), duration_ms);
        if !self.put_captions(task, &found, of_film).await?
            || !self.put_storyboard(task, outputs).await?
        {
            return Ok(Ending::Withdrawn);
        }
        let all = (Hls::Master, with_captions(&master, &found.captions()));
        for (hls, text) in playlists.chain([all]) {
            // The master playlist leads to everything else, so it is not put after the media was withdrawn.
            if matches!(hls, Hls::Master) && self.current(task.order).await?.is_none() {
                return Ok(Ending::Withdrawn);
            }
            let object = Derived::new(task.record, Item::Hls(hls));
            if !self
                .put(task.order, &object, hls.content_type(), &text.into())
                .await?
            {
                return Ok(Ending::Withdrawn);
            }
        }
        let has_storyboard = Board::of(task, outputs).is_some();
        self.declare_ready(task, (duration_ms, has_storyboard), &found)
            .await
    }

    async fn declare_ready(
        &self,
        task: &Task<'_>,
        (duration_ms, has_storyboard): (u64, bool),
        found: &Found,
    ) -> Result<Ending, Error> {
        let placeholder = match task.ladder.poster {
            Some(_) => {
                let poster = Derived::new(task.record, Item::Poster);
                placeholder::of_made(&*self.store, &poster, Encoding::Jpeg).await
            }
            None => None,
        };
        let now = self.clock.now();
        let order = task.order;
        let written = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| {
                if let Some(streams) = streams_of(record) {
                    streams.duration_ms = Some(duration_ms);
                    streams.left_out.extend_from_slice(found.unread());
                }
                if let Some(content) = record.content.as_mut() {
                    content.captions = found.captions();
                    content.placeholder.clone_from(&placeholder);
                    content.storyboard = has_storyboard;
                }
                Ok(record.publish(order.stage, now)?)
            },
        );
        if !written.await?.written {
            return Ok(Ending::Withdrawn);
        }
        self.metrics.count(Metric::MediaReady);
        Ok(Ending::Ready)
    }

    pub(super) async fn refuse(&self, task: &Task<'_>, reason: &Reason) -> Result<Ending, Error> {
        let now = self.clock.now();
        let order = task.order;
        let written = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| Ok(record.reject(reason, Some(task.source), order.stage, now)?),
        );
        if !written.await?.written {
            return Ok(Ending::Withdrawn);
        }
        self.metrics.count(Metric::MediaRejected);
        Ok(Ending::Rejected)
    }
}

fn streams_of(record: &mut MediaRecord) -> Option<&mut Streams> {
    record.content.as_mut()?.streams.as_mut()
}
