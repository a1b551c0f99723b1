//! Plans the work on a document: whether it is accepted, how many pages it has, and which spans they are dealt out to.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::desk::{Desk, Said};
use super::engine::{About, Unopened};
use super::remote::Remote;
use super::times::Watch;
use super::{Span, Splitter, Step, Task};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::metrics::Metric;
use crate::ports::store::{Listed, StoreError};
use crate::stages::blocked::are_blocked;
use crate::stages::original::Original;
use crate::stages::settle::LEASE_SECONDS;
use crate::stages::tries::Try;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::keys::{Key, ObjectLocation};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::names::FileName;
use crate::vocabulary::page::{PageFormat, Reading};
use crate::vocabulary::record::{MediaRecord, SPLIT_RUN_SECONDS};
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::stage::Stage;

impl Splitter {
    /// Judges a document, publishes its original, and deals out its pages. Nothing of all this is begun after the first of
    /// these ends, and no page after the second, the end of the document's turn.
    pub(super) async fn plan(
        &self,
        (task, begun): (&Task, Try),
        record: &MediaRecord,
        (deadline, turn): (Instant, Instant),
    ) -> Result<Ending, Error> {
        let order = &task.order;
        let (Some(content), Some(source)) = (&record.content, &record.source) else {
            return Ok(Ending::Overtaken);
        };
        let app = self
            .records
            .load::<AppRecord>(&Key::App(order.app.clone()))
            .await?;
        let ((pages, reading), file, original) = {
            let original = Original {
                record,
                content,
                source,
            };
            match self
                .judge(task, record, &original, app.as_ref().map(|a| &a.value))
                .await?
            {
                Step::On((found, file)) => (found, file, original),
                Step::Settled(how) => return Ok(how),
            }
        };
        let digest = match self.digest(order, record, &file, deadline).await? {
            Step::On(digest) => digest,
            Step::Settled(how) => return Ok(how),
        };
        let digest = digest.as_ref();
        if let Step::Settled(how) = self
            .publish_original(order, record, &original, digest)
            .await?
        {
            return Ok(how);
        }
        let format = app.map(|app| app.value.page_format).unwrap_or_default();
        let Some(record) = self.note_pages(order, (pages, reading), format).await? else {
            return Ok(Ending::Overtaken);
        };
        match Span::deal(pages, self.span_pages, self.spans_at_once).as_slice() {
            [] => Ok(Ending::Overtaken),
            [whole] => {
                let task = (task, begun);
                self.make(task, &record, *whole, turn).await
            }
            spans => {
                for span in spans {
                    let (order, pages) = (order.clone(), Some(*span));
                    let patient = false;
                    let task = Task {
                        order,
                        pages,
                        patient,
                    };
                    self.send(&task).await?;
                }
                Ok(Ending::SpansSent)
            }
        }
    }

    /// Judges whether the document is accepted. Returns how many pages it has, how they are to be read, and the file.
    async fn judge(
        &self,
        task: &Task,
        record: &MediaRecord,
        original: &Original<'_>,
        app: Option<&AppRecord>,
    ) -> Result<Step<((u16, Reading), Listed)>, Error> {
        let order = &task.order;
        let Some(location) = self.readable(record, original).await? else {
            return self.overwritten(order, record).await;
        };
        let limit = app
            .map_or(self.limits, |app| app.limits.within(self.limits))
            .pdf_pages;
        let Some(looked) = self.look(task, &location).await? else {
            let (order, pages) = (order.clone(), None);
            let patient = true;
            let task = Task {
                order,
                pages,
                patient,
            };
            self.send(&task).await?;
            return Ok(Step::Settled(Ending::LeftToSlowQueue));
        };
        let reason = match looked {
            Ok(About {
                refusal: Some(reason),
                ..
            }) => reason,
            Ok(About { pages, .. }) if pages > u32::from(limit) => {
                Reason::TooManyPages { pages, limit }
            }
            Ok(About { pages, reading, .. }) => match u16::try_from(pages) {
                Ok(pages) if pages > 0 => return Ok(Step::On(((pages, reading), location))),
                Ok(_) | Err(_) => DAMAGED,
            },
            Err(Unopened::Encrypted(lock)) => Reason::Encrypted(lock),
            Err(Unopened::Damaged) => DAMAGED,
        };
        let is_public = original.find(&*self.store).await?.is_some();
        let how = self.refuse(order, record, &reason, is_public).await?;
        Ok(Step::Settled(how))
    }

    /// Returns where the bound version can be read: in DELIVERY if it is published already, otherwise at its upload.
    async fn readable(
        &self,
        record: &MediaRecord,
        original: &Original<'_>,
    ) -> Result<Option<Listed>, Error> {
        if let Some(there) = original.find(&*self.store).await? {
            return Ok(Some(there));
        }
        let Some(location) = uploaded(record) else {
            return Ok(None);
        };
        let found = self.store.head(&location).await?;
        let bound = found.filter(|found| found.etag == *original.source);
        Ok(bound.map(|found| Listed {
            location,
            etag: found.etag,
            bytes: found.bytes,
            written_at: None,
        }))
    }

    /// Opens the document and reads its properties. Returns `None` if that is slow. A document that is slow to open
    /// even among the slow ones counts as damaged.
    async fn look(
        &self,
        task: &Task,
        file: &Listed,
    ) -> Result<Option<Result<About, Unopened>>, Error> {
        let (desk, mut heard, failure) = Desk::new();
        let engine = self.engine.clone();
        let remote = Remote::new(desk, &self.shelf, file);
        let mut work = tokio::task::spawn_blocking(move || {
            let mut about = None;
            let opened = engine.open(Box::new(remote), &mut |document| {
                about = Some(document.about());
            });
            opened.and(about.ok_or(Unopened::Damaged))
        });
        let mut watch = Watch::new(self.times, task);
        let done = loop {
            tokio::select! {
                biased;
                Some(said) = heard.recv() => if let Said::Read(range, answer) = said {
                    let read = self.store.get_range(&file.location, range, Some(&file.etag));
                    drop(answer.send(read.await?.body));
                    watch.read();
                },
                done = &mut work => break done,
                page = self.crashed() => return Err(Error::EngineCrashed { page }),
                () = tokio::time::sleep_until(watch.end()) => {
                    self.stuck.store(true, Ordering::SeqCst);
                    if task.patient && !watch.has_heard() {
                        return Err(Error::Stuck);
                    }
                    return Ok(task.patient.then_some(Err(Unopened::Damaged)));
                }
            }
        };
        if failure.is_there() {
            return Err(StoreError::Conflict.into());
        }
        done.map(Some)
            .map_err(|crash| Error::Crashed(Box::new(crash)))
    }

    /// Copies the bound version to DELIVERY, unless it is there already or its bytes are blocked.
    async fn publish_original(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        original: &Original<'_>,
        digest: Option<&FileDigest>,
    ) -> Result<Step<()>, Error> {
        if original.find(&*self.store).await?.is_none() {
            let mut digests = original.content.copied_from.clone();
            digests.extend(digest.cloned());
            if are_blocked(&*self.store, &digests).await? {
                let how = self
                    .refuse(order, record, &Reason::BlockedContent, false)
                    .await?;
                return Ok(Step::Settled(how));
            }
            if self.current(order).await?.is_none() {
                return Ok(Step::Settled(Ending::Overtaken));
            }
            let Some(location) = uploaded(record) else {
                return Ok(Step::Settled(Ending::Overtaken));
            };
            let from = Listed {
                location,
                etag: original.source.clone(),
                bytes: original.content.bytes,
                written_at: None,
            };
            match original.copy(&*self.store, &from).await {
                Ok(()) => {}
                Err(StoreError::Missing | StoreError::Changed) => {
                    return self.overwritten(order, record).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Step::On(()))
    }

    /// Records how many pages there are, and how they are to be read. A page format that was recorded before stays.
    async fn note_pages(
        &self,
        order: &StageOrder,
        (pages, reading): (u16, Reading),
        format: PageFormat,
    ) -> Result<Option<MediaRecord>, Error> {
        let noted = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| {
                if let Some(content) = record.content.as_mut() {
                    content.pages = Some(pages);
                    content.reading = reading;
                    content.page_format.get_or_insert(format);
                }
                Ok(())
            },
        );
        Ok(noted.await?.record.filter(|record| order.is_of(record)))
    }

    /// Rejects the media, if the order still applies to it. What is public of it is taken away.
    pub(super) async fn refuse(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        reason: &Reason,
        is_public: bool,
    ) -> Result<Ending, Error> {
        let (source, now) = (record.source.as_ref(), self.clock.now());
        let refused = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| {
                record.reject(reason, source, Stage::SplitPdf, now)?;
                if is_public {
                    record.leave_behind(now, SPLIT_RUN_SECONDS);
                }
                Ok(())
            },
        );
        if refused.await?.written {
            self.metrics.count(Metric::MediaRejected);
        }
        Ok(Ending::Rejected)
    }

    /// Handles a bound version that is gone and not published. Another delivery may be publishing it right now, so this
    /// one waits as long as that is possible, then rejects the media.
    pub(super) async fn overwritten<T>(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
    ) -> Result<Step<T>, Error> {
        let since = record.state_since.as_second();
        let age = self.clock.now().as_second().saturating_sub(since);
        match u32::try_from(LEASE_SECONDS.saturating_sub(age)) {
            Ok(seconds) if seconds > 0 => Err(Error::Busy { seconds }),
            Ok(_) | Err(_) => {
                // A copy may have been made although its answer was lost, or be completed just now.
                let how = self
                    .refuse(order, record, &Reason::Overwritten, true)
                    .await?;
                Ok(Step::Settled(how))
            }
        }
    }
}

pub(super) const DAMAGED: Reason = Reason::Damaged { format: "a PDF" };

fn uploaded(record: &MediaRecord) -> Option<ObjectLocation> {
    let name: &FileName = record.file_name.as_ref()?;
    let key = Key::Uploaded {
        app: record.app.clone(),
        upload: record.media.upload(),
        name: name.clone(),
    };
    Some(key.location())
}
