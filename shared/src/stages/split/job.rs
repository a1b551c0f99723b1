//! The work of one delivery on its span, and the pieces of it that are being put.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use futures_util::stream::{FuturesOrdered, StreamExt};

use super::engine::{Made, Wanted};
use super::pages::number;
use super::{Span, Task};
use crate::platform::error::Error;
use crate::ports::store::Listed;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::record::MediaRecord;

/// The document that pages are made from, and how they are made.
pub(super) struct Job<'a> {
    pub(super) task: &'a Task,
    pub(super) record: &'a MediaRecord,
    /// The published original.
    pub(super) file: Listed,
    pub(super) wanted: Wanted,
    /// Pages that are left out.
    pub(super) given_up: BTreeSet<PageNumber>,
    pub(super) deadline: Instant,
}

/// An iterator over the pages of some pieces that stops at the deadline, but always finishes a piece that it began.
pub(super) struct Begun {
    pages: VecDeque<(u32, bool)>,
    deadline: Instant,
}

impl Iterator for Begun {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (index, may_wait) = self.pages.pop_front()?;
        if may_wait && Instant::now() >= self.deadline {
            self.pages.clear();
            return None;
        }
        Some(index)
    }
}

/// The outcome of the work on the pieces of a span.
pub(super) enum End {
    /// All results are stored.
    Done,
    /// Some pieces are left.
    Left {
        /// The first piece of the rest.
        from: Span,
        /// Whether the rest goes to the queue of slow documents.
        patient: bool,
    },
    /// The media is no longer what the order was for.
    Overtaken,
}

pub(super) type Pages = Vec<(u32, Option<Made>)>;

impl Job<'_> {
    /// Returns the pages of these pieces that are to be made, counted from 0, in order.
    pub(super) fn indices(&self, pieces: &VecDeque<Span>) -> Vec<u32> {
        let all = pieces.iter().flat_map(|piece| piece.indices());
        all.filter(|index| !self.is_given_up(*index)).collect()
    }

    /// Returns the same pages for the engine to begin with while there is time. The first piece is made in any case.
    pub(super) fn begun(&self, pieces: &VecDeque<Span>) -> Begun {
        let indices = self.indices(pieces).into_iter();
        let first: Vec<u32> = pieces
            .iter()
            .flat_map(|piece| piece.indices().next())
            .collect();
        let mut last_piece = None;
        let pages = indices.enumerate().map(|(place, index)| {
            let piece = first.partition_point(|first| *first <= index);
            let begins = last_piece.replace(piece) != Some(piece);
            (index, begins && place > 0)
        });
        Begun {
            pages: pages.collect(),
            deadline: self.deadline,
        }
    }

    fn is_given_up(&self, index: u32) -> bool {
        number(index).is_some_and(|page| self.given_up.contains(&page))
    }

    /// Whether these are all the pages of a piece that are to be made.
    pub(super) fn is_whole(&self, piece: Span, pages: &Pages) -> bool {
        let wanted = piece.indices().filter(|index| !self.is_given_up(*index));
        pages.len() >= wanted.count()
    }

    /// Adds the pages that were given up, as broken ones.
    pub(super) fn with_given_up(&self, piece: Span, mut pages: Pages) -> Pages {
        let given_up = piece.indices().filter(|index| self.is_given_up(*index));
        pages.extend(given_up.map(|index| (index, None)));
        pages.sort_by_key(|(index, _)| *index);
        pages
    }
}

/// Pieces that are being put, in order. Each put returns `false` if the media is no longer what the order was for.
pub(super) struct Puts<F: Future> {
    pieces: VecDeque<Span>,
    puts: FuturesOrdered<F>,
}

impl<F: Future<Output = Result<bool, Error>>> Puts<F> {
    pub(super) fn new() -> Self {
        Self {
            pieces: VecDeque::new(),
            puts: FuturesOrdered::new(),
        }
    }

    pub(super) fn push(&mut self, piece: Span, put: F) {
        self.pieces.push_back(piece);
        self.puts.push_back(put);
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Returns the first piece that is not known to be stored.
    pub(super) fn first(&self) -> Option<Span> {
        self.pieces.front().copied()
    }

    /// Waits for the first put and returns its outcome.
    pub(super) async fn next(&mut self) -> Option<Result<bool, Error>> {
        let put = self.puts.next().await?;
        self.pieces.pop_front();
        Some(put)
    }

    /// Waits for all puts and returns this end, or [`End::Overtaken`] if the media was overtaken.
    pub(super) async fn settle(mut self, end: End) -> Result<End, Error> {
        while let Some(put) = self.next().await {
            if !put? {
                return Ok(End::Overtaken);
            }
        }
        Ok(end)
    }
}
