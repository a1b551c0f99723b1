//! Splits a PDF into page images and page texts, and commits them with a manifest.
//!
//! ```text
//! order ─▶ plan: open, judge, publish the original, count ─┬─▶ rejected
//!                                                          └─▶ spans of pages, on the queue (a short one at once)
//! span ─▶ pieces: draw and encode | put pages | leave a result in WORK ─▶ are all there? ─▶ manifest ─▶ ready
//!           ├─ its turn is over ─▶ the rest, to the end of the queue
//!           └─ a page is slow ─▶ the rest, on the queue of slow ones ─ still not done ─▶ given up, the rest without it
//! ```
//!
//! A message is only a hint. The next step is derived from the record, from the objects in DELIVERY, and from the
//! results in WORK, which belong to one generation:
//!
//! - The first delivery to open the document may still refuse it. After that the document is published by copying the
//!   version that the record is bound to, so that the published version is the one that was judged.
//! - A piece of four pages is the unit of work: its pages are put, then its result is written unless one exists. A
//!   delivery that comes twice finds the result; after one that dies before writing it, the same pages are made again
//!   under the same keys.
//! - Each span ends by looking whether all results are there. S3 lists objects as soon as they are written, so the
//!   delivery that writes the last result sees them all, and two that see them at the same time write the same
//!   manifest.
//! - State and generation are checked before and after each piece is put. Nothing is ever deleted here.
//!
//! Documents share the queue by taking turns. A long one is dealt out to as many spans as there are functions that work
//! at the same time ([`Splitter::spans_at_once`]). A delivery works for a [`TURN`], then sends the rest of its span to
//! the end of the queue. So a long document never has more than these few messages in the queue, and a short one waits
//! for one turn of each document before it, never for a whole document.
//!
//! Pages may be slow or crash the engine, by accident or on purpose. The cost of a page is bounded:
//!
//! - On the queue that all documents share, a page (or opening a document) may take [`QUICK`]. Then the rest of the
//!   span moves to the queue of slow documents, which has functions of its own, so that slow documents delay only each
//!   other.
//! - There a page may take [`PATIENCE`]. A page that takes longer, or at which PDFium crashes on either queue, is given
//!   up: that is noted in WORK, and the rest of the span is sent as a fresh message, which leaves that page out.
//! - A fresh message is sent only after a page was made, was noted as given up, or has moved to the queue of slow
//!   documents. So the messages come to an end, although each fresh one starts with a delivery count of zero. A
//!   document may lose [`MOST_GIVEN_UP`] pages; then it fails.
//! - If a delivery dies between the note, the fresh message and its own acknowledgement, it comes again, finds the
//!   note, and goes on after that page. Notes are keyed by page number, so nothing is counted twice.
//! - PDFium's thread is lost each time, so the process has to be replaced ([`Splitter::is_stuck`]).
//! - If the process is killed, that costs a delivery ([`crate::platform::lease`]). The second one finds out which page
//!   it is, and the third one leaves it out (`trouble`).

pub mod engine;

mod commit;
mod desk;
mod job;
pub(crate) mod manifest;
mod page_result;
mod pages;
mod plan;
mod span;
mod times;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::platform::batch::Message;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::Metrics;
use crate::ports::queue::Outbox;
use crate::ports::store::ObjectStore;
use crate::vocabulary::app::Limits;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::handover::Handover;
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::record::MediaRecord;

use engine::Engine;

pub use pages::Span;
pub use times::{PATIENCE, QUICK, TURN, Times};

/// Pages that are put and noted together. Progress is counted in pieces, and a crash costs one piece at most.
pub const PIECE: u16 = 4;

/// Pages of a document that may be given up. Each costs up to [`PATIENCE`] of a function and a new process, so a
/// document that is made to waste time gets less than four minutes. Good documents have no such page, strange ones a
/// few.
pub const MOST_GIVEN_UP: usize = 10;

/// A message on the queues of PDFs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The document.
    #[serde(flatten)]
    pub order: Handover,
    /// The pages to make; the whole document if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Span>,
    /// Whether a page may take [`PATIENCE`] rather than only [`QUICK`]. Such tasks have a queue of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
}

/// Splits documents.
pub struct Splitter {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The queue that orders come from and spans go to.
    pub pdfs: Arc<dyn Outbox>,
    /// The queue for spans whose pages are slow.
    pub slow_pdfs: Arc<dyn Outbox>,
    /// Opens documents.
    pub engine: Arc<dyn Engine>,
    /// The platform's limits.
    pub limits: Limits,
    /// The number of pages that is not worth a second span: as many as a function of this size makes well within its
    /// time.
    pub span_pages: u16,
    /// The most spans of a document that are queued at the same time: as many as there are functions to work on them.
    /// More would delay short documents, and would not make the long one faster.
    pub spans_at_once: u16,
    /// The base address that viewers fetch from, without a trailing slash.
    pub public_base_url: String,
    /// The time limits of the work.
    pub times: Times,
    /// Whether the engine was given up.
    pub stuck: AtomicBool,
}

/// The interval at which a crash of the engine is looked for: a small part of the cost of a new process.
const LOOKED_EVERY: Duration = Duration::from_millis(100);

/// The outcome of a step.
enum Step<T> {
    /// Continue with this value.
    On(T),
    /// Nothing is left to do, for this reason, which is logged.
    Settled(&'static str),
}

impl Splitter {
    /// Carries out the task in a message and starts no piece of work after `deadline`. Returns how far it came, for the
    /// log.
    ///
    /// # Errors
    /// Fails if the task could not be decided; then the message must be redelivered.
    pub async fn run(
        &self,
        task: &Task,
        message: &Message,
        deadline: Instant,
    ) -> Result<&'static str, Error> {
        let Some(record) = self.current(&task.order).await? else {
            return Ok("overtaken");
        };
        let turn = Instant::now().checked_add(self.times.turn_of(task));
        let deadline = turn.map_or(deadline, |end| deadline.min(end));
        match task.pages {
            None => self.plan((task, message), &record, deadline).await,
            Some(span) => self.make((task, message), &record, span, deadline).await,
        }
    }

    /// Waits until the engine has crashed and returns the page that it was at. After that this process must end.
    async fn fallen(&self) -> Option<PageNumber> {
        loop {
            if let Some(fallen) = self.engine.fallen() {
                self.stuck.store(true, Ordering::SeqCst);
                return fallen.page.and_then(pages::number);
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Whether the engine was given up, and its thread with it. If so, this process must make no more pages.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// Returns the record, if it is still in the state that the order is for.
    async fn current(&self, order: &Handover) -> Result<Option<MediaRecord>, Error> {
        let found = self.load(&order.app, &order.media).await?;
        Ok(found.filter(|record| order.is_of(record)))
    }

    async fn load(&self, app: &App, media: &Media) -> Result<Option<MediaRecord>, Error> {
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
        Ok(queue.send(&body, 0).await?)
    }
}
