//! Publishes an accepted original, or hands it to the stage that does.

use bytes::Bytes;

use super::converting;
use super::rules;
use super::{Body, Found, Pass, Settler};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::metrics::Metric;
use crate::ports::store::StoreError;
use crate::stages::original::{Original, Put};
use crate::stages::transcode::claim;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::message;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::record::{Content, MediaRecord, SPLIT_RUN_SECONDS};
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::{State, TransitionError};

/// The seconds after binding during which another process may still be at work on a record: validate-upload's timeout
/// in the template, 120 s, and as much again for a request that is under way when it ends. With less, a slow worker
/// could publish a version that was already given up.
pub const LEASE_SECONDS: i64 = 240;

/// The same for transcode-media, whose timeout is 600 s.
pub const TRANSCODE_LEASE_SECONDS: i64 = 1_200;

/// The values that a record is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) visibility: Visibility,
    pub(super) source: &'a ETag,
    /// The generation of the judgement; work begun in it is void in any other.
    pub(super) generation: u32,
    /// Whether the files of the upload are counted as they come.
    pub(super) counts_in_upload: bool,
    /// Whether thumbnails of the app's pictures are made ahead.
    pub(super) makes_thumbs: bool,
}

impl Settler {
    /// Binds the record to the version that was judged good, then publishes it or hands it to its stage.
    pub(super) async fn accept(
        &self,
        file: &UploadedFile,
        content: Content,
        bound: Bound<'_>,
        body: Option<Body>,
    ) -> Result<Pass, Error> {
        let now = self.clock.now();
        let Bound {
            visibility,
            source,
            generation,
            counts_in_upload,
            makes_thumbs,
        } = bound;
        let written = self.records.change_if(
            (&file.app, &file.media),
            |record| record.is_validating(generation),
            |record| {
                record.counts_in_upload = counts_in_upload;
                Ok(record.accept(content.clone(), visibility, source, now)?)
            },
        );
        match written.await?.record {
            // If another process judged the same version by another registration, its content counts.
            Some(record)
                if is_bound(&record, source, generation)
                    && record.content.as_ref() == Some(&content) =>
            {
                match content.kind().stage() {
                    Some(stage) => self.hand_on(&record, &content, stage).await,
                    None => {
                        let thumbs = Some(makes_thumbs);
                        self.publish(&record, &content, source, (body, thumbs))
                            .await
                    }
                }
            }
            Some(_) | None => Ok(Pass::Again),
        }
    }

    /// Counts the media and tells the stage for its kind to continue. A stage that is told twice finds its work done.
    async fn hand_on(
        &self,
        record: &MediaRecord,
        content: &Content,
        stage: Stage,
    ) -> Result<Pass, Error> {
        let Some(queue) = self.stages.of(stage) else {
            return Err(Error::NoQueue { stage });
        };
        let now = self.clock.now();
        self.usage.mark(record, content.bytes, now).await?;
        let order = message::write(&StageOrder::new(stage, record))?;
        queue.send(&record.app, &order, 0).await?;
        Ok(Pass::Settled(Ending::HandedOn))
    }

    /// Continues where another delivery stopped: the record is bound, and the original may or may not have been put. A
    /// retry or a restore does the same for work that its stage did not finish.
    pub(super) async fn resume(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<Pass, Error> {
        let (Some(content), Some(source)) = (&record.content, &record.source) else {
            return Err(Error::from(TransitionError {
                from: record.state,
                to: State::Ready,
            }));
        };
        let original = Original {
            record,
            content,
            source,
        };
        let stage = content.kind().stage();
        if original.stands(&*self.store).await? {
            return match stage {
                Some(stage) => self.hand_on(record, content, stage).await,
                None => self.publish(record, content, source, (None, None)).await,
            };
        }
        if let Some(stage) = stage {
            return match found {
                Found::Version(info) if info.etag == *source => {
                    self.hand_on(record, content, stage).await
                }
                Found::Version(_) | Found::Nothing | Found::Unreadable => {
                    // It may be on its way to viewers. Nobody can begin with the upload any more, so this answer stays.
                    if content.streams.is_some()
                        && claim::is_without_upload(&*self.store, record).await?
                    {
                        return self.hand_on(record, content, stage).await;
                    }
                    self.unbind(record, source).await
                }
            };
        }
        match self.store.get(&file.key().location(), Some(source)).await {
            Ok(object) => {
                let original = match content.made_from {
                    Some(from) => converting::again(content, from, &object.body, self.tools())?,
                    None => {
                        rules::deliverable(content, object.body).map_err(Error::Undeliverable)?
                    }
                };
                let preview = None;
                let body = Some(Body { original, preview });
                self.publish(record, content, source, (body, None)).await
            }
            Err(StoreError::Changed | StoreError::Missing) => self.unbind(record, source).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Counts the media, puts the original and then its preview unless they are there already, and marks the record as
    /// ready if it is still bound to this version; then it asks for thumbnails, if any are made ahead. A file whose bytes
    /// are blocked is refused instead, while nothing of it is public.
    async fn publish(
        &self,
        record: &MediaRecord,
        content: &Content,
        source: &ETag,
        (body, thumbs): (Option<Body>, Option<bool>),
    ) -> Result<Pass, Error> {
        if body.is_some() && self.is_blocked(content).await? {
            return self.refuse_blocked(record, source).await;
        }
        let begun = self.clock.now();
        self.usage.mark(record, content.bytes, begun).await?;
        let (original, preview) =
            body.map_or((None, None), |body| (Some(body.original), body.preview));
        if let Some(original) = original
            && !self.put(record, content, source, original).await?
        {
            return Ok(Pass::Again);
        }
        if !self.put_preview(record, content, source, preview).await? {
            return Ok(Pass::Again);
        }
        let now = self.clock.now();
        let generation = record.generation;
        let written = self.records.change_if(
            (&record.app, &record.media),
            |record| is_bound(record, source, generation),
            |record| Ok(record.publish(Stage::ValidateUpload, now)?),
        );
        let after = written.await?;
        if after.written {
            self.metrics.count(Metric::MediaReady);
        }
        match after.record {
            Some(record)
                if record.state == State::Ready && record.source.as_ref() == Some(source) =>
            {
                self.ask_for_thumbs(&record, thumbs).await?;
                Ok(Pass::Settled(Ending::Ready))
            }
            Some(_) | None => Ok(Pass::Again),
        }
    }

    /// Puts the original. Returns `false` if the record is bound to something else meanwhile.
    ///
    /// An object made from another version is overwritten only after one more look at the record, and only if it is
    /// still the object that was seen before that look. So whoever rebinds the record afterwards wins.
    async fn put(
        &self,
        record: &MediaRecord,
        content: &Content,
        source: &ETag,
        body: Bytes,
    ) -> Result<bool, Error> {
        let original = Original {
            record,
            content,
            source,
        };
        let other = match original.put(&*self.store, body.clone()).await? {
            Put::Stands => return Ok(true),
            Put::Occupied(other) => other,
        };
        if !self.is_still_bound(record, source).await? {
            return Ok(false);
        }
        original.put_over(&*self.store, body, &other).await?;
        Ok(true)
    }

    /// Looks at the record once more.
    pub(super) async fn is_still_bound(
        &self,
        record: &MediaRecord,
        source: &ETag,
    ) -> Result<bool, Error> {
        let key = Key::Media(record.app.clone(), record.media.clone());
        let current = self.records.load::<MediaRecord>(&key).await?;
        Ok(current.is_some_and(|current| is_bound(&current.value, source, record.generation)))
    }

    /// Rejects a media whose judged version is gone and was never published: a process died between the two steps, and
    /// the file was overwritten before the message came again. A document may be published right now, by a split-pdf that
    /// began to copy it before: then the copy is taken away.
    async fn unbind(&self, record: &MediaRecord, source: &ETag) -> Result<Pass, Error> {
        let now = self.clock.now();
        let age = now
            .as_second()
            .saturating_sub(record.state_since.as_second());
        let is_played = record
            .content
            .as_ref()
            .is_some_and(|content| content.streams.is_some());
        let lease = if is_played {
            TRANSCODE_LEASE_SECONDS
        } else {
            LEASE_SECONDS
        };
        if let Ok(seconds) = u32::try_from(lease.saturating_sub(age))
            && seconds > 0
        {
            return Err(Error::Busy { seconds });
        }
        let generation = record.generation;
        let kind = record.content.as_ref().map(Content::kind);
        let written = self.records.change_if(
            (&record.app, &record.media),
            |record| is_bound(record, source, generation),
            |record| {
                let (why, stage) = (&Reason::Overwritten, Stage::ValidateUpload);
                record.reject(why, Some(source), stage, now)?;
                if kind == Some(Kind::Pdf) {
                    record.leave_behind(now, SPLIT_RUN_SECONDS);
                }
                Ok(())
            },
        );
        written.await.map(|_| Pass::Again)
    }
}

/// Returns whether a record is still processing the same version of the upload in the same generation.
pub(super) fn is_bound(record: &MediaRecord, source: &ETag, generation: u32) -> bool {
    record.state == State::Processing
        && record.source.as_ref() == Some(source)
        && record.generation == generation
}
