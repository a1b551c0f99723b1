//! Makes a span of pages, piece by piece: one thread draws and encodes them while finished ones are stored.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::commit::Piece;
use super::desk::{Desk, Failure, Said};
use super::engine::{Unopened, Wanted};
use super::job::{End, Job, Pages, Puts};
use super::remote::Remote;
use super::times::Watch;
use super::{Span, Splitter, Task, trouble};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::store::{Listed, StoreError};
use crate::stages::original::Original;
use crate::stages::progress;
use crate::stages::tries::Try;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::page::PAGE_SIZE;
use crate::vocabulary::record::MediaRecord;

/// Number of pieces that may be stored while the next one is drawn.
const PUT_AT_ONCE: usize = 2;

impl Splitter {
    /// Makes the missing pages of a span, as many as its time allows. It then commits the document if these were the
    /// last ones, or sends the rest of the span back to a queue.
    pub(super) async fn make(
        &self,
        (task, begun): (&Task, Try),
        record: &MediaRecord,
        span: Span,
        deadline: Instant,
    ) -> Result<Ending, Error> {
        let order = &task.order;
        let parts = BTreeSet::from_iter(progress::parts(&*self.store, record).await?);
        let given_up = trouble::given_up(&parts)?;
        let is_left = |piece: &Span| piece.results(&parts).is_none();
        let left: VecDeque<Span> = span.pieces().into_iter().filter(is_left).collect();
        if left.is_empty() {
            return self.commit(order).await;
        }
        let Some((file, wanted)) = self.prepare(record).await? else {
            return self.gone(order).await;
        };
        let job = Job {
            task,
            record,
            file,
            wanted,
            given_up,
            deadline,
        };
        let end = if begun.after_silence {
            self.work_carefully(&job, &left, &parts, begun.number)
                .await?
        } else {
            self.work(&job, left).await?
        };
        match end {
            End::Done => self.commit(order).await,
            End::Left { from, patient } => {
                let pages = Some(span.beginning_with(from));
                let order = order.clone();
                let rest = Task {
                    order,
                    pages,
                    patient,
                };
                self.send(&rest).await?;
                Ok(if patient {
                    Ending::RestToSlowQueue
                } else {
                    Ending::RestHandedBack
                })
            }
            End::Overtaken => Ok(Ending::Overtaken),
        }
    }

    /// Returns the published original and the form of its page images, or `None` if the original is not there.
    async fn prepare(&self, record: &MediaRecord) -> Result<Option<(Listed, Wanted)>, Error> {
        let (Some(content), Some(source)) = (&record.content, &record.source) else {
            return Ok(None);
        };
        let original = Original {
            record,
            content,
            source,
        };
        let Some(file) = original.find(&*self.store).await? else {
            return Ok(None);
        };
        let app = Key::App(record.app.clone());
        let app = self.records.load::<AppRecord>(&app).await?;
        let wanted = Wanted {
            format: content.page_format.unwrap_or_default(),
            size: app.map_or(PAGE_SIZE, |app| app.value.page_size),
        };
        Ok(Some((file, wanted)))
    }

    /// Handles a missing original: an operation took it away, as the record then shows, or it was lost.
    async fn gone(&self, order: &StageOrder) -> Result<Ending, Error> {
        match self.current(order).await? {
            Some(_) => Err(StoreError::Missing.into()),
            None => Ok(Ending::Overtaken),
        }
    }

    pub(super) async fn work(
        &self,
        job: &Job<'_>,
        mut pieces: VecDeque<Span>,
    ) -> Result<End, Error> {
        let (mut heard, engine, failure) = self.start(job, &pieces);
        let (mut pages, mut puts) = (Pages::new(), Puts::new());
        let mut watch = Watch::new(self.times, job.task);
        loop {
            // If all pages of a piece were given up, the engine says nothing about it.
            while let Some(piece) = pieces.front().copied().filter(|p| job.is_whole(*p, &pages)) {
                pieces.pop_front();
                let pages = job.with_given_up(piece, std::mem::take(&mut pages));
                let made = Piece::new(piece, job.wanted.format, pages);
                puts.push(piece, self.put(&job.task.order, job.record, made));
            }
            let said = tokio::select! {
                biased;
                Some(put) = puts.next(), if puts.len() > 0 => match put? {
                    true => {
                        watch.paused();
                        continue;
                    }
                    false => return Ok(End::Overtaken),
                },
                said = heard.recv(), if puts.len() < PUT_AT_ONCE => said,
                crashed = self.crashed() => {
                    return self.settle_fallen(job, &pieces, crashed, puts).await;
                }
                () = tokio::time::sleep_until(watch.end()), if puts.len() == 0 => {
                    return self.settle_stuck(job, &pieces, pages.len(), &watch).await;
                }
            };
            match said {
                Some(Said::Made(index, made)) => {
                    watch.made();
                    pages.push((index, made));
                }
                Some(Said::Read(range, answer)) => match self.read_for(job, range).await? {
                    Some(bytes) => {
                        watch.read();
                        drop(answer.send(bytes));
                    }
                    None => return Ok(End::Overtaken),
                },
                None => break,
            }
        }
        let done = engine
            .await
            .map_err(|crash| Error::Crashed(Box::new(crash)))?;
        let is_time_up = Instant::now() >= job.deadline && pages.is_empty();
        let end = match pieces.front() {
            _ if failure.is_there() || done.is_err() => None,
            None => Some(End::Done),
            Some(from) => is_time_up.then(|| End::Left {
                from: *from,
                // A span that was slow again stays in the slow queue, where it delays only other slow ones.
                patient: job.task.patient && watch.has_seen(self.times.quick),
            }),
        };
        // The document opened before, so the next delivery may be able to read what failed now.
        puts.settle(end.ok_or(StoreError::Conflict)?).await
    }

    /// Reads bytes for the engine. Returns `None` if an operation took the original away.
    async fn read_for(&self, job: &Job<'_>, range: Range<u64>) -> Result<Option<Bytes>, Error> {
        let file = &job.file;
        let read = self
            .store
            .get_range(&file.location, range, Some(&file.etag));
        match read.await {
            Ok(object) => Ok(Some(object.body)),
            Err(StoreError::Missing | StoreError::Changed) => {
                self.gone(&job.task.order).await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Starts the engine on these pieces.
    fn start(
        &self,
        job: &Job<'_>,
        pieces: &VecDeque<Span>,
    ) -> (
        mpsc::Receiver<Said>,
        JoinHandle<Result<(), Unopened>>,
        Failure,
    ) {
        let (desk, heard, failure) = Desk::new();
        let (engine, wanted) = (self.engine.clone(), job.wanted);
        let mut indices = job.begun(pieces);
        let remote = Remote::new(desk.clone(), &self.shelf, &job.file);
        let work = tokio::task::spawn_blocking(move || {
            engine.open(Box::new(remote), &mut |document| {
                document.make(&mut indices, wanted, &mut |index, made| {
                    desk.hand_over(index, made)
                });
            })
        });
        (heard, work, failure)
    }
}
