//! Splits a PDF into page images and page texts, and commits them with a manifest.
//!
//! ```text
//! order ─▶ plan: open, judge, publish the original, count ─┬─▶ rejected
//!                                                          └─▶ spans of pages, on the queue (a short one at once)
//! span ─▶ pieces: draw and encode | put pages | write a result to WORK ─▶ are all there? ─▶ manifest ─▶ ready
//!           ├─ its turn is over ─▶ the rest, to the end of the queue
//!           └─ a page is slow ─▶ the rest, to the slow queue ─ still not done ─▶ page given up, the rest without it
//! ```
//!
//! As everywhere, a message is only a hint. The next step follows from the record, from the objects in DELIVERY, and
//! from the results in WORK, which belong to one generation:
//!
//! - Until the original is published, the document may still be refused. Publishing copies the version that the record
//!   is bound to, so the version that was judged is the one that is published.
//! - The unit of work is a piece of four pages: its pages are stored, then its result is written if there is none. A
//!   second delivery finds the result. After a crash before it, the same pages are made again, with the same keys.
//! - Each span ends with a check whether all results are there. S3's listings include everything written before, so the
//!   span that finishes last sees all results. If two see them at the same time, both write the same manifest.
//! - State and generation are checked before and after each piece is stored. Nothing is ever deleted here.
//!
//! Documents share the queue by taking turns. A long one is dealt out to as many spans as functions work at the same
//! time ([`Splitter::spans_at_once`]). A delivery works for one [`TURN`], then sends the rest of its span to the end of
//! the queue. So a long document never has more than these few messages in the queue, and a short one waits for one
//! turn of each document before it, never for a whole document.
//!
//! Pages may be slow or crash the engine, by accident or on purpose. The cost of each page is bounded:
//!
//! - In the normal queue a page (or the opening of a document) may take [`QUICK`]. After that, the rest of the span
//!   moves to the slow queue, which has functions of its own, so that slow documents delay only each other.
//! - In the slow queue a page may take [`PATIENCE`]. A page that is still not done then, or that crashes PDFium in
//!   either queue, is given up: a note in WORK says so, and the rest of the span is sent as a new message, which leaves
//!   it out.
//! - A new message is sent only after a page was made, was noted as given up, or moved to the slow queue. So the
//!   messages come to an end, although the delivery count of each new one starts again. A document may lose
//!   [`MOST_GIVEN_UP`] pages; if it loses more, it fails.
//! - A delivery that dies between the note, the new message and its own acknowledgement is repeated, finds the note,
//!   and continues after that page. Notes are named by page number, so no page is counted twice.
//! - PDFium's thread is lost each time, so the process must be restarted ([`Splitter::is_stuck`]).
//! - A page that kills the process without a message costs a delivery ([`crate::platform::lease`]). The second delivery
//!   finds out which page it is, and the third leaves it out (module `trouble`).

pub mod engine;

mod blocked;
mod commit;
mod desk;
mod job;
pub(crate) mod manifest;
mod page_result;
mod pages;
mod plan;
mod remote;
mod span;
mod times;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::Metrics;
use crate::ports::queue::Outbox;
use crate::ports::store::ObjectStore;
use crate::stages::tries::Try;
use crate::vocabulary::app::Limits;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::record::MediaRecord;

use engine::Engine;

pub use pages::Span;
pub use remote::Shelf;
pub use times::{PATIENCE, QUICK, TURN, Times};

/// Number of pages that are stored and noted together: the unit of progress, and the most that a crash costs.
pub const PIECE: u16 = 4;

/// Maximum number of pages of a document that may be given up. Each costs up to [`PATIENCE`] of a function, and a new
/// process: a document made to waste time gets less than four minutes. Good documents have no such page, strange ones
/// a few.
pub const MOST_GIVEN_UP: usize = 10;

/// A message of the queues of PDFs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The document.
    #[serde(flatten)]
    pub order: StageOrder,
    /// The pages to be made, or `None` for the whole document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Span>,
    /// Whether a page may take [`PATIENCE`] instead of [`QUICK`]. Such tasks have a queue of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
}

/// The service that splits documents.
pub struct Splitter {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts outcomes.
    pub metrics: Arc<dyn Metrics>,
    /// The queue that orders come from and spans are sent to.
    pub pdfs: Arc<dyn Outbox>,
    /// The queue of spans with slow pages.
    pub slow_pdfs: Arc<dyn Outbox>,
    /// The engine that opens documents.
    pub engine: Arc<dyn Engine>,
    /// The platform's limits.
    pub limits: Limits,
    /// The number of pages for which one span suffices: a function of this size makes them well within its time.
    pub span_pages: u16,
    /// Maximum number of spans of a document at the same time: the number of functions that work on them. More would
    /// stand in the queue ahead of short documents and would not make the long one faster.
    pub spans_at_once: u16,
    /// The base URL that viewers fetch from, without a slash at the end.
    pub public_base_url: String,
    /// The time limits of turns and pages.
    pub times: Times,
    /// Whether the engine was given up.
    pub stuck: AtomicBool,
    /// The parts of the current document that were fetched.
    pub shelf: Shelf,
}

/// The interval of checks whether the engine has crashed. It is short compared with starting the next process.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// The outcome of a step.
enum Step<T> {
    /// The work goes on with this.
    On(T),
    /// Nothing is left to do, for this reason, which is logged.
    Settled(Ending),
}

impl Splitter {
    /// Carries out a task, and starts no piece of work after `deadline`. Returns how far it got, for the log.
    ///
    /// # Errors
    /// Fails if this could not be decided; the message must then be delivered again.
    pub async fn run(&self, task: &Task, begun: Try, deadline: Instant) -> Result<Ending, Error> {
        let Some(record) = self.current(&task.order).await? else {
            return Ok(Ending::Overtaken);
        };
        let turn = Instant::now().checked_add(self.times.turn_of(task));
        let turn = turn.map_or(deadline, |end| deadline.min(end));
        match task.pages {
            None => self.plan((task, begun), &record, (deadline, turn)).await,
            Some(span) => self.make((task, begun), &record, span, turn).await,
        }
    }

    /// Waits until the engine has crashed and returns the page it was working on. The process must then be restarted.
    async fn crashed(&self) -> Option<PageNumber> {
        loop {
            if let Some(crashed) = self.engine.crashed() {
                self.stuck.store(true, Ordering::SeqCst);
                return crashed.page.and_then(pages::number);
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Returns whether the engine, and its thread, was given up. This process must then make no more pages.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// Returns the record if the order still applies to it.
    async fn current(&self, order: &StageOrder) -> Result<Option<MediaRecord>, Error> {
        let found = self.load(&order.app, &order.media).await?;
        Ok(found.filter(|record| order.is_of(record)))
    }

    async fn load(&self, app: &AppId, media: &MediaId) -> Result<Option<MediaRecord>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        Ok(self.records.load(&key).await?.map(|found| found.value))
    }

    async fn send(&self, task: &Task) -> Result<(), Error> {
        let queue = if task.patient {
            &self.slow_pdfs
        } else {
            &self.pdfs
        };
        let body = crate::vocabulary::message::write(task)?;
        Ok(queue.send(&task.order.app, &body, 0).await?)
    }
}
