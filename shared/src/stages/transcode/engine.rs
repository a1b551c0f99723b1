//! The port to what decodes and encodes.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use dozo_probe::Container;

use super::Output;
use crate::platform::error::Error;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Place;
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::streams::Streams;

/// What is to be made, and of what.
#[derive(Debug, Clone)]
pub struct Job {
    /// Where the source lies.
    pub place: Place,
    /// Which version of it.
    pub etag: ETag,
    /// Its size.
    pub bytes: u64,
    /// What it is read as, and as nothing else.
    pub container: Container,
    /// What it holds.
    pub streams: Streams,
    /// What is made of it.
    pub ladder: Ladder,
    /// How long it may take.
    pub left: Duration,
}

/// An engine.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Begins a job.
    ///
    /// # Errors
    /// [`Error::Engine`], when it cannot be begun here and now.
    async fn start(&self, job: Job) -> Result<Box<dyn Run>, Error>;
}

/// A job under way. Dropping it ends it, and removes its files.
#[async_trait]
pub trait Run: Send {
    /// Waits for what comes next. After `Done` or `Refused` nothing does.
    ///
    /// # Errors
    /// [`Error::Engine`] when it broke off for no fault of the source's, [`Error::Store`] when the source could not be
    /// read.
    async fn next(&mut self) -> Result<Step, Error>;
}

/// What came next.
#[derive(Debug)]
pub enum Step {
    /// It goes on.
    Goes {
        /// Of the source, in milliseconds.
        done_ms: u64,
        /// Files that are complete since the last step.
        written: Vec<Written>,
    },
    /// All is made.
    Done {
        /// Files that are complete since the last step.
        written: Vec<Written>,
    },
    /// It cannot be made of this source, here.
    Refused(Reason),
}

/// A file that is complete. It may be removed by whoever has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it is.
    pub output: Output,
    /// Where.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How long it plays, if it is a segment.
    pub microseconds: u64,
}
