//! A span of pages: drawn and encoded on one thread, put from another, piece by piece.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::commit::Piece;
use super::desk::{Desk, Failure, Remote, Said};
use super::engine::{Made, Unopened, Wanted};
use super::{Span, Splitter};
use crate::app::AppRecord;
use crate::error::Error;
use crate::handover::Handover;
use crate::keys::Key;
use crate::keys::work::Part;
use crate::page::{PAGE_SIZE, PageNumber};
use crate::progress;
use crate::publish::Original;
use crate::record::MediaRecord;
use crate::store::{Condition, Headers, Listed, StoreError};

/// Pieces that are put while the next one is drawn.
const PUT_AT_ONCE: usize = 2;

/// How the pieces of a span ended.
enum End {
    /// All results stand.
    Done,
    /// The time is up: these are left.
    Left(Span),
    /// The media is no longer what the order was for.
    Overtaken,
}

impl Splitter {
    /// Makes the pages of a span that are not made yet, and commits the document if they were the last.
    pub(super) async fn make(
        &self,
        order: &Handover,
        record: &MediaRecord,
        span: Span,
        deadline: Instant,
    ) -> Result<&'static str, Error> {
        let parts = progress::parts(&*self.store, record).await?;
        let is_left = |piece: &Span| {
            let (first, last) = (piece.first, piece.last);
            !parts.contains(&Part::Pages { first, last })
        };
        let left: VecDeque<Span> = span.pieces().into_iter().filter(is_left).collect();
        if left.is_empty() {
            return self.commit(order).await;
        }
        let Some((file, wanted)) = self.prepare(record).await? else {
            return self.gone(order).await;
        };
        let given_up = |part: &Part| match part {
            Part::GivenUp(page) => Some(*page),
            Part::Pages { .. } | Part::Transcode | Part::Source(_) => None,
        };
        let given_up = parts.iter().filter_map(given_up).collect();
        let job = Job {
            order,
            record,
            file,
            wanted,
            given_up,
            deadline,
        };
        match self.work(&job, left).await? {
            End::Done => self.commit(order).await,
            End::Left(rest) => {
                let last = span.last;
                self.send(order, Span { last, ..rest }).await?;
                Ok("out of time: the rest was handed back")
            }
            End::Overtaken => Ok("overtaken"),
        }
    }

    /// The published original, and how its pages are to be made; nothing when it is not there.
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

    /// The original is not there: taken away by an operation that the record tells of, or lost.
    async fn gone(&self, order: &Handover) -> Result<&'static str, Error> {
        match self.current(order).await? {
            Some(_) => Err(StoreError::Missing.into()),
            None => Ok("overtaken"),
        }
    }

    async fn work(&self, job: &Job<'_>, mut pieces: VecDeque<Span>) -> Result<End, Error> {
        let (mut heard, engine, failure) = self.start(job, &pieces);
        let (mut pages, mut puts) = (Vec::new(), FuturesOrdered::new());
        loop {
            // All pages of a piece may be given up: then the engine says nothing of it.
            while let Some(piece) = pieces.front().copied().filter(|p| job.is_whole(*p, &pages)) {
                pieces.pop_front();
                let pages = job.with_given_up(piece, std::mem::take(&mut pages));
                let piece = Piece::new(piece, job.wanted.format, pages);
                puts.push_back(self.put(job.order, job.record, piece));
                if let Some(next) = pieces.front().filter(|_| Instant::now() >= job.deadline) {
                    let next = *next;
                    drop(heard);
                    return self.settle(puts, End::Left(next)).await;
                }
            }
            let said = tokio::select! {
                biased;
                Some(put) = puts.next(), if !puts.is_empty() => match put? {
                    true => continue,
                    false => return Ok(End::Overtaken),
                },
                said = heard.recv(), if puts.len() < PUT_AT_ONCE => said,
                fallen = self.fallen() => {
                    return self.settle_fallen(job, pieces.is_empty(), fallen, puts).await;
                }
                () = tokio::time::sleep(self.patience), if puts.is_empty() => {
                    return self.settle_stuck(job, &pieces, pages.len()).await;
                }
            };
            match said {
                Some(Said::Made(index, made)) => pages.push((index, made)),
                Some(Said::Read(range, answer)) => match self.read_for(job, range).await? {
                    Some(bytes) => drop(answer.send(bytes)),
                    None => return Ok(End::Overtaken),
                },
                None => break,
            }
        }
        let done = engine
            .await
            .map_err(|crash| Error::Crashed(Box::new(crash)))?;
        if failure.is_there() || !pieces.is_empty() || done.is_err() {
            // It opened before: what cannot be read now may be read by the next.
            return Err(StoreError::Conflict.into());
        }
        self.settle(puts, End::Done).await
    }

    /// Bytes for the engine; nothing when the original was taken away by an operation.
    async fn read_for(&self, job: &Job<'_>, range: Range<u64>) -> Result<Option<Bytes>, Error> {
        let file = &job.file;
        let read = self.store.get_range(&file.place, range, Some(&file.etag));
        match read.await {
            Ok(object) => Ok(Some(object.body)),
            Err(StoreError::Missing | StoreError::Changed) => {
                self.gone(job.order).await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The engine does not come back from the page at work; this process cannot go on.
    async fn settle_stuck(
        &self,
        job: &Job<'_>,
        pieces: &VecDeque<Span>,
        made: usize,
    ) -> Result<End, Error> {
        self.stuck.store(true, Ordering::SeqCst);
        let at_work = job.indices(pieces).into_iter().nth(made);
        if let Some(page) = at_work.and_then(number) {
            self.give_up(job.order, page).await?;
        }
        Err(Error::Stuck)
    }

    /// The engine crashed. What it had handed over before is good, but is only put where nothing else is left to do: what
    /// is asked of this process from now on is as little as can be.
    async fn settle_fallen<F>(
        &self,
        job: &Job<'_>,
        is_all_made: bool,
        page: Option<PageNumber>,
        puts: FuturesOrdered<F>,
    ) -> Result<End, Error>
    where
        F: Future<Output = Result<bool, Error>> + Send,
    {
        if is_all_made {
            return self.settle(puts, End::Done).await;
        }
        if let Some(page) = page {
            self.give_up(job.order, page).await?;
        }
        Err(Error::Fallen { page })
    }

    /// Notes that a page is not to be tried again.
    async fn give_up(&self, order: &Handover, page: PageNumber) -> Result<(), Error> {
        let part = Part::GivenUp(page);
        let key = Key::Part(
            order.app.clone(),
            order.media.clone(),
            order.generation,
            part,
        );
        let (place, headers) = (key.place(), Headers::default());
        let put = self
            .store
            .put(&place, Bytes::new(), &headers, Condition::Absent);
        match put.await {
            Ok(_) | Err(StoreError::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for what is being put.
    async fn settle<F>(&self, mut puts: FuturesOrdered<F>, end: End) -> Result<End, Error>
    where
        F: Future<Output = Result<bool, Error>> + Send,
    {
        while let Some(put) = puts.next().await {
            if !put? {
                return Ok(End::Overtaken);
            }
        }
        Ok(end)
    }

    /// Sets the engine to work on these pieces.
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
        let (engine, wanted, indices) = (self.engine.clone(), job.wanted, job.indices(pieces));
        let remote = Remote::new(desk.clone(), job.file.bytes);
        let work = tokio::task::spawn_blocking(move || {
            engine.open(Box::new(remote), &mut |document| {
                document.make(&indices, wanted, &mut |index, made| {
                    desk.hand_over(index, made)
                });
            })
        });
        (heard, work, failure)
    }
}

/// What pages are made of, and how.
struct Job<'a> {
    order: &'a Handover,
    record: &'a MediaRecord,
    /// The published original.
    file: Listed,
    wanted: Wanted,
    /// Left out.
    given_up: BTreeSet<PageNumber>,
    deadline: Instant,
}

type Pages = Vec<(u32, Option<Made>)>;

impl Job<'_> {
    /// The pages to be made of these pieces, from 0, in order.
    fn indices(&self, pieces: &VecDeque<Span>) -> Vec<u32> {
        let all = pieces.iter().flat_map(|piece| piece.indices());
        all.filter(|index| !self.is_given_up(*index)).collect()
    }

    fn is_given_up(&self, index: u32) -> bool {
        number(index).is_some_and(|page| self.given_up.contains(&page))
    }

    /// Whether these are all pages of a piece that are to be made.
    fn is_whole(&self, piece: Span, pages: &Pages) -> bool {
        let wanted = piece.indices().filter(|index| !self.is_given_up(*index));
        pages.len() >= wanted.count()
    }

    /// With those that are given up, as broken ones.
    fn with_given_up(&self, piece: Span, mut pages: Pages) -> Pages {
        let given_up = piece.indices().filter(|index| self.is_given_up(*index));
        pages.extend(given_up.map(|index| (index, None)));
        pages.sort_by_key(|(index, _)| *index);
        pages
    }
}

impl Span {
    /// Of its pages, from 0.
    fn indices(self) -> impl Iterator<Item = u32> {
        (u32::from(self.first.get()) - 1)..u32::from(self.last.get())
    }
}

pub(super) fn number(index: u32) -> Option<PageNumber> {
    let number = u16::try_from(index.saturating_add(1)).ok()?;
    PageNumber::try_from(number).ok()
}
