//! The port to the engine that decodes and encodes.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dozo_probe::Container;

use super::Output;
use crate::platform::error::Error;
use crate::ports::store::Listed;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::ladder::{Ladder, Size};
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::streams::Streams;

/// The source of a transcode and what to make of it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The place of the source.
    pub location: ObjectLocation,
    /// The version of the source.
    pub etag: ETag,
    /// The source's size in bytes.
    pub bytes: u64,
    /// The container that the source is read as; no other is tried.
    pub container: Container,
    /// The streams in the source.
    pub streams: Streams,
    /// The renditions to make.
    pub ladder: Ladder,
    /// The time that the job may take.
    pub left: Duration,
}

/// An engine that decodes and encodes.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Begins a job.
    ///
    /// # Errors
    /// [`Error::Engine`] if it cannot be begun here and now.
    async fn start(&self, job: Job) -> Result<Box<dyn Run>, Error>;

    /// Reads the caption tracks of a source, all in one pass, as WebVTT in [`Notation::Plain`]. Returns a text for each
    /// of them, in their order; `None` where none could be read within the job's time. That refuses no source.
    ///
    /// # Errors
    /// [`Error::Engine`] if it could not be tried, [`Error::Store`] if the source could not be read.
    ///
    /// [`Notation::Plain`]: crate::stages::captions::Notation::Plain
    async fn captions(&self, job: &Job) -> Result<Vec<Option<Bytes>>, Error>;

    /// Takes the picture at this time of a film that was made here, in milliseconds, as a JPEG of this size: the one that
    /// is shown then, or the last one if the sound goes on for some seconds after it. Returns `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Engine`] if it could not be tried, [`Error::Store`] if the film could not be read.
    async fn picture(
        &self,
        film: &Listed,
        at_ms: u64,
        size: Size,
        left: Duration,
    ) -> Result<Option<Bytes>, Error>;
}

/// A job under way. Dropping it ends the job and removes its files.
#[async_trait]
pub trait Run: Send {
    /// Waits for the next step. None follows `Done` or `Refused`.
    ///
    /// # Errors
    /// [`Error::Engine`] if the job broke off through no fault of the source's, [`Error::Store`] if the source could
    /// not be read.
    async fn next(&mut self) -> Result<Step, Error>;
}

/// A step of a job.
#[derive(Debug)]
pub enum Step {
    /// The job goes on.
    Goes {
        /// Milliseconds of the source that are done.
        done_ms: u64,
        /// Files that were completed since the last step.
        written: Vec<Written>,
    },
    /// Everything is made.
    Done {
        /// Files that were completed since the last step.
        written: Vec<Written>,
    },
    /// The output cannot be made of this source.
    Refused(Reason),
}

/// A complete file. Whoever has read it may remove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The output that the file holds.
    pub output: Output,
    /// The path of the file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The playing time in microseconds, if the file is a segment.
    pub microseconds: u64,
}
