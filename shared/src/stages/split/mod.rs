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
//! A message is a hint, as everywhere. What is done next is derived from the record, from what stands in DELIVERY, and from
//! the results in WORK, which are of one generation:
//!
//! - Whoever opens the document first may still refuse it; after that it is published by a copy of the version that the
//!   record is bound to, so that what is published is what was judged.
//! - A piece of four pages is the unit of work: its pages are put, then its result is written where none is. Who comes
//!   twice finds the result; who dies before it makes the same pages again, over the same keys.
//! - Each span ends by looking whether all results are there. S3's listings show what was written before, so the one that
//!   wrote last sees them all, and two that see them at the same time write the same manifest.
//! - State and generation are looked at before and after each piece is put. Nothing is ever deleted here.
//!
//! Documents share the queue by taking turns. A long one is dealt out to as many spans as there are functions that work at
//! the same time ([`Splitter::spans_at_once`]). A delivery works for a [`TURN`], then hands the rest of its span back to the
//! end of the queue. So a long document never has more than these few messages in the queue, and a short one waits for one
//! turn of each document before it, never for a whole document.
//!
//! Pages may be slow or deadly, by accident or on purpose. What a page costs is bounded:
//!
//! - Where all documents take turns, a page (or the opening of a document) has [`QUICK`]. Then the rest of the span moves to
//!   the queue of slow ones, which has functions of its own, so that slow documents hold up nobody but each other.
//! - There a page has [`PATIENCE`]. One that is still not done, and in either place one at which PDFium crashes, is given up:
//!   that is noted in WORK, and the rest of the span is sent as a fresh message, which leaves that page out.
//! - A fresh message is sent only after a page was made, was noted as given up, or has moved to the slow ones. So messages
//!   come to an end, though no delivery of a fresh one is counted yet. A document may lose [`MOST_GIVEN_UP`] pages; then it
//!   fails.
//! - A delivery that dies between the note, the fresh message and its own acknowledgement comes again, finds the note, and
//!   goes on behind that page. Notes go by the number of the page, so nothing is counted twice.
//! - PDFium's thread is lost each time, so the process has to begin anew ([`Splitter::is_stuck`]).
//! - What ends the process without a word costs a delivery ([`crate::platform::lease`]). The second one finds out which page it is, and
//!   the third one leaves it out (`trouble`).

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

/// Pages that are put and noted together: what progress is counted in, and what a crash costs at most.
pub const PIECE: u16 = 4;

/// Pages of a document that may be given up. Each costs up to [`PATIENCE`] of a function, and a new process: a document
/// that is made to waste time gets less than four minutes. Good documents have no such page, strange ones a few.
pub const MOST_GIVEN_UP: usize = 10;

/// A message of the queues of PDFs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Of which document.
    #[serde(flatten)]
    pub order: Handover,
    /// Which of its pages; the whole, when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Span>,
    /// Whether a page may take [`PATIENCE`], and not only [`QUICK`]. Such tasks have a queue of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
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
    /// Where spans go whose pages are slow.
    pub slow_pdfs: Arc<dyn Outbox>,
    /// What opens documents.
    pub engine: Arc<dyn Engine>,
    /// The platform's limits.
    pub limits: Limits,
    /// Pages that are not worth a second span: what a function of this size makes well within its time.
    pub span_pages: u16,
    /// Spans of a document that are on their way at the same time: as many as there are functions to work on them. More
    /// would stand in the queue before short documents, and would not make the long one faster.
    pub spans_at_once: u16,
    /// Where viewers fetch from, without a slash at the end.
    pub public_base_url: String,
    /// How long work may take.
    pub times: Times,
    /// Whether the engine was given up.
    pub stuck: AtomicBool,
}

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
    /// Carries out the task that a message is, beginning no piece of work after `deadline`; says how far, for the log.
    ///
    /// # Errors
    /// When it could not be decided; then the message must come again.
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

    /// Comes back when the engine has crashed, with the page that it was at; from then on this process is to end.
    async fn fallen(&self) -> Option<PageNumber> {
        loop {
            if let Some(fallen) = self.engine.fallen() {
                self.stuck.store(true, Ordering::SeqCst);
                return fallen.page.and_then(pages::number);
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Whether the engine was given up, and its thread with it: then this process must make no more pages.
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
