//! Connects the engine, which blocks, with the store, which is asynchronous. The engine asks for bytes and hands over
//! pages, one call at a time, and waits for each call to be received.
//!
//! To PDFium a failed read looks like the end of the file: it would call a good document damaged, or draw half a page.
//! So failures are recorded, and whatever the engine reports after one is ignored.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::engine::Made;

/// Number of calls that may be queued: the pages of one piece, while those of the previous one are stored.
const WAITING: usize = 4;

/// A call from the engine.
pub(super) enum Said {
    /// The engine needs these bytes. Dropping the sender reports a failure.
    Read(Range<u64>, oneshot::Sender<Bytes>),
    /// The engine has made this page, or `None` if the page is broken.
    Made(u32, Option<Made>),
}

/// The engine's end of the channel.
#[derive(Clone)]
pub(super) struct Desk {
    calls: mpsc::Sender<Said>,
    failure: Failure,
}

/// A flag that is set once a read has failed.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<AtomicBool>);

impl Failure {
    pub(super) fn is_there(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Desk {
    /// Creates a desk and the receiver of its calls, which closes when the last clone of the desk is dropped.
    pub(super) fn new() -> (Self, mpsc::Receiver<Said>, Failure) {
        let (calls, heard) = mpsc::channel(WAITING);
        let failure = Failure::default();
        let desk = Self {
            calls,
            failure: failure.clone(),
        };
        (desk, heard, failure)
    }

    /// Hands over a page. Returns `false` if no more are wanted.
    pub(super) fn hand_over(&self, index: u32, made: Option<Made>) -> bool {
        !self.failure.is_there() && self.calls.blocking_send(Said::Made(index, made)).is_ok()
    }

    /// Returns these bytes of the document.
    pub(super) fn ask(&self, range: Range<u64>) -> io::Result<Bytes> {
        let (answer, answered) = oneshot::channel();
        let asked = self.calls.blocking_send(Said::Read(range, answer));
        let bytes = asked.ok().and_then(|()| answered.blocking_recv().ok());
        bytes.ok_or_else(|| {
            self.failure.0.store(true, Ordering::SeqCst);
            io::Error::other("the document could not be read")
        })
    }
}
