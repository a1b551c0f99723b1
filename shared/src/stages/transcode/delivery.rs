//! The last steps of every transcode, with the same looks at the record whichever engine ran it: the original, the
//! playlists, the record.

use std::sync::Arc;

use super::playlist::{Made, master};
use super::task::Task;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::store::{Listed, ObjectStore, StoreError};
use crate::stages::derived::Derived;
use crate::stages::publish::Original;
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::ladder::MAX_FRAMES_A_SECOND;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::streams::Streams;

/// The log's word for an order whose media belongs to another order by now.
pub(super) const WITHDRAWN: &str = "withdrawn meanwhile";

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
    async fn source_in_work(&self, task: &Task<'_>) -> Result<Option<Listed>, Error> {
        let place = task.source_in_work();
        let there = self.store.head(&place).await?;
        Ok(there
            .filter(|there| task.is_source(there))
            .map(|there| Listed {
                place,
                etag: there.etag,
                bytes: there.bytes,
            }))
    }

    /// Puts the playlists, the master playlist last, and then marks the record as ready.
    pub(super) async fn finish(
        &self,
        task: &Task<'_>,
        made: &[Made],
    ) -> Result<&'static str, Error> {
        let rate = task
            .streams
            .video
            .as_ref()
            .and_then(|video| video.frames_per_1000_s)
            .map(|rate| rate.min(MAX_FRAMES_A_SECOND * 1_000));
        let playlists = made
            .iter()
            .map(|made| (Hls::Playlist(made.rendition), made.playlist()));
        let all = (Hls::Master, master(&task.ladder, made, rate));
        for (hls, text) in playlists.chain([all]) {
            // The master playlist leads to everything else, so it is not put after the media was withdrawn.
            if matches!(hls, Hls::Master) && self.current(task.order).await?.is_none() {
                return Ok(WITHDRAWN);
            }
            let object = Derived::new(task.record, Item::Hls(hls));
            if !self
                .put(task.order, &object, hls.content_type(), &text.into())
                .await?
            {
                return Ok(WITHDRAWN);
            }
        }
        let longest = made.iter().map(Made::microseconds).max().unwrap_or(0);
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
                record.publish(order.stage, now)?;
            }
            Ok(ready)
        });
        if !written.await?.written {
            return Ok(WITHDRAWN);
        }
        self.metrics.count(Metric::MediaReady);
        Ok("ready")
    }

    pub(super) async fn refuse(
        &self,
        task: &Task<'_>,
        reason: &Reason,
    ) -> Result<&'static str, Error> {
        let now = self.clock.now();
        let order = task.order;
        let written = self.records.change(&order.app, &order.media, |record| {
            let mut refused = record.filter(|record| order.is_of(record)).cloned();
            if let Some(record) = refused.as_mut() {
                record.reject(reason, Some(task.source), order.stage, now)?;
            }
            Ok(refused)
        });
        if !written.await?.written {
            return Ok(WITHDRAWN);
        }
        self.metrics.count(Metric::MediaRejected);
        Ok("rejected")
    }
}

fn streams_of(record: &mut MediaRecord) -> Option<&mut Streams> {
    record.content.as_mut()?.streams.as_mut()
}
