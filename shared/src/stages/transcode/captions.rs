//! The captions in an upload: one pass of the engine reads them, and what it read waits in WORK until the film is
//! published.
//!
//! The pass runs before anything is made, where FFmpeg is, whichever engine makes the film. Its result is one object of
//! the generation, so it runs once, however often the order comes. Captions never keep a film from being published: what
//! cannot be read is named on the record.

use std::time::Duration;

use super::delivery::Delivery;
use super::engine::Engine;
use super::found_captions::Found;
use super::task::Task;
use super::{Missed, job};
use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::{Condition, StoreError};
use crate::stages::captions::playlist::playlist;
use crate::stages::captions::with_zero;
use crate::stages::captions::zero::zero;
use crate::stages::derived::Derived;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::keys::{Item, Key, ObjectLocation, work};

/// The time for the pass: a third of the timeout of transcode-media, 600 s. The captions of a Matroska file lie among its
/// pictures, so 20 GiB need 107 MB a second.
const READING: Duration = Duration::from_secs(200);

/// The seconds that the pass may take of the engine's time.
const SLOW_SECONDS: i64 = 10;

impl Delivery {
    /// Reads the captions of the upload, unless that was done before. Returns whether it took much of this process's time.
    pub(super) async fn find_captions(
        &self,
        task: &Task<'_>,
        engine: &dyn Engine,
        left: Duration,
    ) -> Result<Missed, Error> {
        let location = place(task);
        if task.streams.texts.is_empty() || self.store.head(&location).await?.is_some() {
            return Ok(Missed::Nothing);
        }
        let begun = self.clock.now();
        let from = match self.source_in_work(task).await? {
            Some(copy) => copy,
            None => task.uploaded()?,
        };
        let mut job = job(task, from, left)?;
        job.left = job.left.min(READING);
        let read = match engine.captions(&job).await {
            Ok(read) => read,
            // Whoever reads the upload next decides what follows from that.
            Err(Error::Store(StoreError::Missing | StoreError::Changed)) => {
                return Ok(Missed::Nothing);
            }
            Err(error) => return Err(error),
        };
        let mut found = Found::default();
        let read = read
            .iter()
            .map(Option::as_deref)
            .chain(std::iter::repeat(None));
        for (stream, read) in task.streams.texts.iter().zip(read) {
            found.add(stream, read);
        }
        match json::put(&*self.store, &location, &found, Condition::Absent).await {
            Ok(_) | Err(StoreError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
        let seconds = self.clock.now().as_second() - begun.as_second();
        Ok(if seconds > SLOW_SECONDS {
            Missed::Time
        } else {
            Missed::Nothing
        })
    }

    /// Returns what the pass found.
    pub(super) async fn found_captions(&self, task: &Task<'_>) -> Result<Found, Error> {
        if task.streams.texts.is_empty() {
            return Ok(Found::default());
        }
        let found = json::get::<Found>(&*self.store, &place(task)).await?;
        Ok(found.map(|(found, _)| found).unwrap_or_default())
    }

    /// Puts captions and their playlists into delivery, for a film of this length with this master playlist. Returns
    /// `false` if the media belongs to another order by now.
    pub(super) async fn put_captions(
        &self,
        task: &Task<'_>,
        found: &Found,
        (master, duration_ms): (&str, u64),
    ) -> Result<bool, Error> {
        if found.texts.is_empty() {
            return Ok(true);
        }
        let zero = zero(&*self.store, task.record, master).await?;
        for one in &found.texts {
            let id = one.captions.id;
            for (hls, text) in [
                (Hls::Captions(id), with_zero(&one.text, zero)),
                (Hls::CaptionsPlaylist(id), playlist(id, duration_ms)),
            ] {
                let object = Derived::new(task.record, Item::Hls(hls));
                let text = text.into();
                if !self
                    .put(task.order, &object, hls.content_type(), &text)
                    .await?
                {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

fn place(task: &Task<'_>) -> ObjectLocation {
    let (app, media) = (task.record.app.clone(), task.record.media.clone());
    Key::Part(
        app,
        media,
        task.record.generation,
        work::Part::FoundCaptions,
    )
    .location()
}
