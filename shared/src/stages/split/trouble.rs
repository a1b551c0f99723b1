//! Handles pages that hang the engine, crash it, or kill the process without a message: they go to the slow queue or
//! are given up.
//!
//! A process that dies without a message cannot say which page it was working on. So the second delivery is careful: it
//! makes only one piece, page by page, and notes each page before it tries it. If it dies, too, the third delivery
//! knows the page from the note and gives it up. If something else killed these processes, that has cost one page, not
//! the document.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::job::{End, Job, Puts};
use super::pages::number;
use super::times::Watch;
use super::{MOST_GIVEN_UP, Span, Splitter};
use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, StoreError};
use crate::vocabulary::keys::Key;
use crate::vocabulary::keys::work::Part;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::page::PageNumber;

/// Returns the pages that are noted as given up.
///
/// # Errors
/// Returns [`Error::TooManyGivenUp`] if there are too many to go on with the document.
pub(super) fn given_up(parts: &BTreeSet<Part>) -> Result<BTreeSet<PageNumber>, Error> {
    let page = |part: &Part| match part {
        Part::GivenUp(page) => Some(*page),
        Part::Pages { .. }
        | Part::Tried(_)
        | Part::Transcode
        | Part::Source(_)
        | Part::FoundCaptions
        | Part::Captions(_) => None,
    };
    let pages: BTreeSet<_> = parts.iter().filter_map(page).collect();
    if pages.len() > MOST_GIVEN_UP {
        return Err(Error::TooManyGivenUp {
            most: MOST_GIVEN_UP,
        });
    }
    Ok(pages)
}

impl Splitter {
    /// Makes one piece after a silent death. `parts` are the objects in WORK when this try, of this number,
    /// began.
    pub(super) async fn work_carefully(
        &self,
        job: &Job<'_>,
        pieces: &VecDeque<Span>,
        parts: &BTreeSet<Part>,
        number: u32,
    ) -> Result<End, Error> {
        let Some(piece) = pieces.front().copied() else {
            return Ok(End::Done);
        };
        let patient = job.task.patient;
        let singles = piece.singles().filter(|page| !parts.contains(&page.part()));
        for single in singles {
            let page = single.first;
            let is_tried = parts.contains(&Part::Tried(page));
            if is_tried && number > 1 && !job.given_up.contains(&page) {
                self.give_up(&job.task.order, page).await?;
                let from = piece;
                return Ok(End::Left { from, patient });
            }
            self.note(&job.task.order, Part::Tried(page)).await?;
            // Boxed, because its future is large and this function's own future is part of another large one.
            match Box::pin(self.work(job, VecDeque::from([single]))).await? {
                End::Done => {}
                End::Left { patient, .. } => {
                    let from = piece;
                    return Ok(End::Left { from, patient });
                }
                End::Overtaken => return Ok(End::Overtaken),
            }
        }
        Ok(match pieces.get(1) {
            Some(next) => End::Left {
                from: *next,
                patient,
            },
            None => End::Done,
        })
    }

    /// Handles an engine that does not return from the current page. This process cannot go on; all complete pieces are
    /// stored already.
    pub(super) async fn settle_stuck(
        &self,
        job: &Job<'_>,
        pieces: &VecDeque<Span>,
        made: usize,
        watch: &Watch,
    ) -> Result<End, Error> {
        self.stuck.store(true, Ordering::SeqCst);
        let Some(from) = pieces.front().copied() else {
            // It made all pages but does not close the document.
            return Ok(End::Done);
        };
        if job.task.patient {
            let at_work = job.indices(pieces).into_iter().nth(made);
            let at_work = at_work.filter(|_| watch.has_heard());
            let page = at_work.and_then(number).ok_or(Error::Stuck)?;
            self.give_up(&job.task.order, page).await?;
        }
        let patient = true;
        Ok(End::Left { from, patient })
    }

    /// Handles a crash of the engine. The pieces that it handed over before are good, but are stored only if nothing
    /// else is left to do: this process should do as little as possible from now on.
    pub(super) async fn settle_fallen<F>(
        &self,
        job: &Job<'_>,
        pieces: &VecDeque<Span>,
        page: Option<PageNumber>,
        puts: Puts<F>,
    ) -> Result<End, Error>
    where
        F: Future<Output = Result<bool, Error>> + Send,
    {
        let Some(next) = pieces.front().copied() else {
            return puts.settle(End::Done).await;
        };
        // It crashed while opening or closing the document, so no page can be left out.
        let given_up = page.ok_or(Error::EngineCrashed { page })?;
        self.give_up(&job.task.order, given_up).await?;
        Ok(End::Left {
            from: puts.first().unwrap_or(next),
            patient: job.task.patient,
        })
    }

    /// Notes that a page is not to be tried again.
    async fn give_up(&self, order: &StageOrder, page: PageNumber) -> Result<(), Error> {
        self.note(order, Part::GivenUp(page)).await
    }

    async fn note(&self, order: &StageOrder, part: Part) -> Result<(), Error> {
        let key = Key::Part(
            order.app.clone(),
            order.media.clone(),
            order.generation,
            part,
        );
        let (location, headers) = (key.location(), Headers::default());
        let put = self
            .store
            .put(&location, Bytes::new(), &headers, Condition::Absent);
        match put.await {
            Ok(_) | Err(StoreError::Changed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
