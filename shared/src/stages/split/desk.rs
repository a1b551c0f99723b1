//! Connects the engine, which blocks, with the store, which is asynchronous. The engine asks for bytes and hands over
//! pages, one call at a time, and waits for each call to be received.
//!
//! To PDFium a failed read looks like the end of the file: it would call a good document damaged, or draw half a page.
//! So failures are recorded, and whatever the engine reports after one is ignored.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::engine::Made;

/// Number of bytes per read: all of a document of a few megabytes, or a page or two of a scan of hundreds.
const BLOCK_BYTES: u64 = 4 << 20;

/// Number of blocks that are cached: 64 MiB. PDFium returns to data that pages share, mostly at the end of the file.
const BLOCKS: usize = 16;

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

    fn ask(&self, range: Range<u64>) -> io::Result<Bytes> {
        let (answer, answered) = oneshot::channel();
        let asked = self.calls.blocking_send(Said::Read(range, answer));
        let bytes = asked.ok().and_then(|()| answered.blocking_recv().ok());
        bytes.ok_or_else(|| {
            self.failure.0.store(true, Ordering::SeqCst);
            io::Error::other("the document could not be read")
        })
    }
}

/// A document in the store, read in cached blocks.
pub(super) struct Remote {
    desk: Desk,
    bytes: u64,
    at: u64,
    /// The cached blocks with their numbers, the most recently used last.
    blocks: VecDeque<(u64, Bytes)>,
}

impl Remote {
    pub(super) fn new(desk: Desk, bytes: u64) -> Self {
        Self {
            desk,
            bytes,
            at: 0,
            blocks: VecDeque::new(),
        }
    }

    fn block(&mut self, number: u64) -> io::Result<Bytes> {
        let kept = self.blocks.iter().position(|(kept, _)| *kept == number);
        let block = match kept.and_then(|place| self.blocks.remove(place)) {
            Some((_, block)) => block,
            None => {
                let first = number.saturating_mul(BLOCK_BYTES);
                let last = first.saturating_add(BLOCK_BYTES).min(self.bytes);
                self.desk.ask(first..last)?
            }
        };
        if self.blocks.len() >= BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back((number, block.clone()));
        Ok(block)
    }
}

impl Read for Remote {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes || into.is_empty() {
            return Ok(0);
        }
        let block = self.block(self.at / BLOCK_BYTES)?;
        let offset = usize::try_from(self.at % BLOCK_BYTES).map_err(io::Error::other)?;
        let there = block.get(offset..).unwrap_or_default();
        let count = there.len().min(into.len());
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (to, from) in into.iter_mut().zip(there) {
            *to = *from;
        }
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

impl Seek for Remote {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
