//! Splits a PDF into page images and page texts, and commits them with a manifest.
//!
//! ```text
//! order ─▶ plan: open, judge, publish the original, count ─┬─▶ rejected
//!                                                          └─▶ spans of pages, on the queue (a short one at once)
//! span ─▶ pieces: draw and encode | put pages | leave a result in WORK ─▶ are all there? ─▶ manifest ─▶ ready
//! ```
//!
//! A message is a hint, as everywhere. What is done next is derived from the record, from what stands in DELIVERY, and from
//! the results in WORK, which are of one generation:
//!
//! - Whoever opens the document first may still refuse it; after that it is published by a copy of the version that the
//!   record is bound to, so that what is published is what was judged.
//! - A piece of four pages is the unit of work: its pages are put, then its result is written where none is. Who comes
//!   twice finds the result; who dies before it makes the same pages again, over the same keys.
//! - A span that would outlive the function's time goes back to the queue from where it stopped.
//! - Each span ends by looking whether all results are there. S3's listings show what was written before, so the one that
//!   wrote last sees them all, and two that see them at the same time write the same manifest.
//! - A page that PDFium does not come back from (a form that draws itself, say), or that makes it crash, is given up: that
//!   is noted in WORK, the message comes again, the process is to end ([`Splitter::is_stuck`]), and the next one leaves
//!   that page out. What kills the process without a word costs a delivery ([`crate::lease`]); three, and it is `failed`.
//! - State and generation are looked at before and after each piece is put. Nothing is ever deleted here.

pub mod engine;

mod commit;
mod desk;
pub(crate) mod manifest;
mod plan;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::app::Limits;
use crate::clock::Clock;
use crate::error::Error;
use crate::handover::Handover;
use crate::keys::Key;
use crate::metrics::Metrics;
use crate::names::{App, Media};
use crate::page::PageNumber;
use crate::queue::Outbox;
use crate::record::MediaRecord;
use crate::records::Records;
use crate::store::ObjectStore;

use engine::Engine;

/// Pages that are put and noted together: what progress is counted in, and what a crash costs at most.
pub const PIECE: u16 = 4;

/// A message of the queue of PDFs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Of which document.
    #[serde(flatten)]
    pub order: Handover,
    /// Which of its pages; the whole, when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Span>,
}

/// Pages in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub first: PageNumber,
    /// The last.
    pub last: PageNumber,
}

/// Splits documents.
pub struct Splitter {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Arc<dyn Metrics>,
    /// Where orders come from, and where spans go.
    pub pdfs: Arc<dyn Outbox>,
    /// What opens documents.
    pub engine: Arc<dyn Engine>,
    /// The platform's limits.
    pub limits: Limits,
    /// Pages of a span: what a function of this size makes well within its time.
    pub span_pages: u16,
    /// Where viewers fetch from, without a slash at the end.
    pub public_base_url: String,
    /// How long a page may take.
    pub patience: Duration,
    /// Whether the engine was given up.
    pub stuck: AtomicBool,
}

/// How long a page may take: a hundred times what a large scan does.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at whether the engine has crashed: a small part of what the next process costs.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// How a step ended.
enum Step<T> {
    /// Go on with this.
    On(T),
    /// Nothing is left to do; why, for the log.
    Settled(&'static str),
}

impl Splitter {
    /// Carries out one task, beginning no piece of work after `deadline`; says how far, for the log.
    ///
    /// # Errors
    /// When it could not be decided; then the message must come again.
    pub async fn run(&self, task: &Task, deadline: Instant) -> Result<&'static str, Error> {
        let Some(record) = self.current(&task.order).await? else {
            return Ok("overtaken");
        };
        match task.pages {
            None => self.plan(&task.order, &record, deadline).await,
            Some(span) => self.make(&task.order, &record, span, deadline).await,
        }
    }

    /// Comes back when the engine has crashed, with the page that it was at; from then on this process is to end.
    async fn fallen(&self) -> Option<PageNumber> {
        loop {
            if let Some(fallen) = self.engine.fallen() {
                self.stuck.store(true, Ordering::SeqCst);
                return fallen.page.and_then(span::number);
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Whether a page was given up, and its thread with it: then this process must make no more pages.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// The record, while it stands where the order is to be carried out.
    async fn current(&self, order: &Handover) -> Result<Option<MediaRecord>, Error> {
        let found = self.load(&order.app, &order.media).await?;
        Ok(found.filter(|record| order.is_of(record)))
    }

    async fn load(&self, app: &App, media: &Media) -> Result<Option<MediaRecord>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        Ok(self.records.load(&key).await?.map(|found| found.value))
    }

    async fn send(&self, order: &Handover, span: Span) -> Result<(), Error> {
        let task = Task {
            order: order.clone(),
            pages: Some(span),
        };
        let body = crate::operate::message(&task)?;
        Ok(self.pdfs.send(&body, 0).await?)
    }
}

impl Span {
    /// Pages `first` to `last`, in pieces; the last one may be shorter. Pieces begin where they would in the whole.
    fn pieces(self) -> Vec<Self> {
        let (first, last) = (self.first.get(), self.last.get());
        let starts = (first..=last).step_by(PIECE.into());
        let piece = |first: u16| Self::of(first, last.min(first.saturating_add(PIECE - 1)));
        starts.filter_map(piece).collect()
    }

    /// From page to page, if both can be.
    fn of(first: u16, last: u16) -> Option<Self> {
        let number = |number| PageNumber::try_from(number).ok();
        Some(Self {
            first: number(first)?,
            last: number(last)?,
        })
    }

    /// The whole of a document in spans of about so many pages, each of whole pieces.
    fn cut(pages: u16, about: u16) -> Vec<Self> {
        let step = about.max(PIECE).next_multiple_of(PIECE);
        let starts = (1..=pages).step_by(step.into());
        let span = |first: u16| Self::of(first, pages.min(first.saturating_add(step - 1)));
        starts.filter_map(span).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn spans_and_their_pieces_are_all_pages_once(pages in 1..=9_999_u16, about in 0..200_u16) {
            let pieces: Vec<_> = Span::cut(pages, about).into_iter().flat_map(Span::pieces).collect();
            prop_assert_eq!(&pieces, &Span::of(1, pages).map(Span::pieces).unwrap_or_default());
            let covered: Vec<u16> = pieces.iter().flat_map(|p| p.first.get()..=p.last.get()).collect();
            prop_assert_eq!(covered, (1..=pages).collect::<Vec<_>>());
        }
    }
}
