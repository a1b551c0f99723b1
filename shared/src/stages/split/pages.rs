//! Groups of pages: spans, which are the work of one message, and pieces, which are stored together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PIECE;
use crate::vocabulary::keys::work::Part;
use crate::vocabulary::page::PageNumber;

/// A range of a document's pages: all of them, or every n-th piece of [`PIECE`] pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first page, with which a piece begins.
    pub first: PageNumber,
    /// The last page that may belong to it.
    pub last: PageNumber,
    /// The span consists of the first of every `every` consecutive pieces. The spans of a document are interleaved this
    /// way so that all of them take about the same time, wherever the heavy pages are.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub every: u16,
}

fn one() -> u16 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn is_one(every: &u16) -> bool {
    *every == 1
}

impl Span {
    /// Returns the pieces of the span, aligned as those of the whole document. The document's last piece may be
    /// shorter.
    pub(super) fn pieces(self) -> Vec<Self> {
        let (first, last) = (self.first.get(), self.last.get());
        let step = PIECE.saturating_mul(self.every.max(1));
        let starts = (first..=last).step_by(step.into());
        let piece = |first: u16| Self::of(first, last.min(first.saturating_add(PIECE - 1)));
        starts.filter_map(piece).collect()
    }

    /// Returns the pages from `first` to `last`, if both are valid page numbers.
    pub(super) fn of(first: u16, last: u16) -> Option<Self> {
        let number = |number| PageNumber::try_from(number).ok();
        Some(Self {
            first: number(first)?,
            last: number(last)?,
            every: 1,
        })
    }

    /// Returns the rest of the span from this one of its pieces on.
    pub(super) fn beginning_with(self, piece: Self) -> Self {
        let first = piece.first;
        Self { first, ..self }
    }

    /// Deals out the pieces of a whole document to at most `most` spans, each of roughly `about` pages or more.
    pub(super) fn deal(pages: u16, about: u16, most: u16) -> Vec<Self> {
        let worth = pages.div_ceil(about.max(PIECE).next_multiple_of(PIECE));
        let every = worth.clamp(1, most.max(1));
        let starts = (1..=pages).step_by(PIECE.into()).take(every.into());
        let span = |first: u16| {
            let span = Self::of(first, pages)?;
            Some(Self { every, ..span })
        };
        starts.filter_map(span).collect()
    }

    /// Returns a span for each single page.
    pub(super) fn singles(self) -> impl Iterator<Item = Self> {
        (self.first.get()..=self.last.get()).filter_map(|page| Self::of(page, page))
    }

    /// Returns the name of these pages' result in WORK.
    pub(super) fn part(self) -> Part {
        let (first, last) = (self.first, self.last);
        Part::Pages { first, last }
    }

    /// Returns the results that cover a piece, either one for all pages or one for each, or `None` if any is missing.
    pub(super) fn results(self, made: &BTreeSet<Part>) -> Option<Vec<Part>> {
        if made.contains(&self.part()) {
            return Some(vec![self.part()]);
        }
        let singles: Vec<_> = self.singles().map(Self::part).collect();
        singles
            .iter()
            .all(|part| made.contains(part))
            .then_some(singles)
    }

    /// Returns the page numbers, counted from 0.
    pub(super) fn indices(self) -> impl Iterator<Item = u32> {
        (u32::from(self.first.get()) - 1)..u32::from(self.last.get())
    }
}

/// Converts a page number counted from 0.
pub(super) fn number(index: u32) -> Option<PageNumber> {
    let number = u16::try_from(index.saturating_add(1)).ok()?;
    PageNumber::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn spans_and_their_pieces_are_all_pages_once(
            pages in 1..=9_999_u16, about in 0..200_u16, most in 0..60_u16,
        ) {
            let spans = Span::deal(pages, about, most);
            prop_assert!(spans.len() <= usize::from(most.max(1)));
            let mut pieces: Vec<_> = spans.into_iter().flat_map(Span::pieces).collect();
            pieces.sort_by_key(|piece| piece.first);
            prop_assert_eq!(&pieces, &Span::of(1, pages).map(Span::pieces).unwrap_or_default());
            let covered: Vec<u16> = pieces.iter().flat_map(|p| p.first.get()..=p.last.get()).collect();
            prop_assert_eq!(covered, (1..=pages).collect::<Vec<_>>());
        }

        #[test]
        fn the_rest_is_the_piece_that_it_begins_with_and_those_behind_it(
            pages in 1..=2_000_u16, most in 1..60_u16, which in 0..60_usize, done in 0..500_usize,
        ) {
            let spans = Span::deal(pages, 8, most);
            let span = spans[which % spans.len()];
            let pieces = span.pieces();
            let done = done % pieces.len();
            prop_assert_eq!(span.beginning_with(pieces[done]).pieces(), &pieces[done..]);
        }
    }

    #[test]
    fn a_span_of_all_pages_is_written_as_it_always_was() {
        let body = r#"{"first":33,"last":64}"#;
        let span: Span = serde_json::from_str(body).unwrap();
        assert_eq!(span, Span::of(33, 64).unwrap());
        assert_eq!(serde_json::to_string(&span).unwrap(), body);
    }
}
