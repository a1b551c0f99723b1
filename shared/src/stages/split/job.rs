//! The work of one delivery on its span, and the pieces that are being stored meanwhile.

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

/// The document and the settings that pages are made from.
pub(super) struct Job<'a> {
    pub(super) task: &'a Task,
    pub(super) record: &'a MediaRecord,
    /// The published original.
    pub(super) file: Listed,
    pub(super) wanted: Wanted,
    /// The pages to leave out.
    pub(super) given_up: BTreeSet<PageNumber>,
    pub(super) deadline: Instant,
}

/// The pages of some pieces, until the deadline. A piece that has begun is finished even after it.
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

/// The outcome of working on the pieces of a span.
pub(super) enum End {
    /// All results are stored.
    Done,
    /// Some pieces are left.
    Left {
        /// The first of them.
        from: Span,
        /// Whether they go to the queue of slow documents.
        patient: bool,
    },
    /// The order no longer applies to the media.
    Overtaken,
}

pub(super) type Pages = Vec<(u32, Option<Made>)>;

impl Job<'_> {
    /// Returns the pages to be made of these pieces, numbered from 0, in order.
    pub(super) fn indices(&self, pieces: &VecDeque<Span>) -> Vec<u32> {
        let all = pieces.iter().flat_map(|piece| piece.indices());
        all.filter(|index| !self.is_given_up(*index)).collect()
    }

    /// Returns the same pages for the engine to take until the deadline. The first piece is always made.
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

    /// Returns whether `pages` are all pages of the piece that are to be made.
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

/// The pieces that are being stored, in order. Each put yields `false` if the order no longer applies to the media.
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

    /// Returns the first piece that may not be stored yet.
    pub(super) fn first(&self) -> Option<Span> {
        self.pieces.front().copied()
    }

    /// Waits for the first put and returns its result.
    pub(super) async fn next(&mut self) -> Option<Result<bool, Error>> {
        let put = self.puts.next().await?;
        self.pieces.pop_front();
        Some(put)
    }

    /// Waits for all puts, then returns `end`, unless the order no longer applies to the media.
    pub(super) async fn settle(mut self, end: End) -> Result<End, Error> {
        while let Some(put) = self.next().await {
            if !put? {
                return Ok(End::Overtaken);
            }
        }
        Ok(end)
    }
}
