//! Runs FFmpeg as an engine: as a separate process, in a directory of its own, which can read one object and write
//! files.

mod captions;
mod colour;
mod command;
mod fragment;
mod graph;
mod look;
mod output;
mod picture;
mod posters;
mod progress;
mod proxy;
mod seen;
mod source;
mod stills;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dozo::platform::error::Error;
use dozo::ports::store::{Listed, ObjectStore, StoreError};
use dozo::stages::transcode::engine::{Engine, Job, Run, Step};
use dozo::vocabulary::ladder::{Ladder, Size};
use dozo::vocabulary::rejection::Reason;
use dozo::vocabulary::streams::{Streams, TextStream};
use tempfile::TempDir;
use tokio::process::{Child, Command as Process};
use tokio::time::Instant;

use command::Command;
use output::Outputs;
use progress::Reports;
use proxy::{Proxy, Served, Trouble};
pub use seen::Seen;

/// FFmpeg and the store that its input comes from.
pub struct Ffmpeg {
    /// The path of the program.
    pub program: PathBuf,
    /// The store that its input is read from.
    pub store: Arc<dyn ObjectStore>,
}

/// Returns FFmpeg's arguments to make this ladder of an input for this demuxer, whose first picture was inspected.
#[must_use]
pub fn arguments(
    demuxer: &str,
    input: &str,
    (streams, seen): (&Streams, &Seen),
    ladder: &Ladder,
) -> Vec<String> {
    Command {
        demuxer,
        input,
        streams,
        ladder,
        seen,
    }
    .arguments()
}

#[async_trait]
impl Engine for Ffmpeg {
    async fn start(&self, job: Job) -> Result<Box<dyn Run>, Error> {
        let running = self.spawn(job).await.map_err(crashed)?;
        Ok(Box::new(running))
    }

    async fn captions(&self, job: &Job) -> Result<Vec<Option<Bytes>>, Error> {
        let (read, trouble) = self.read_captions(job).await.map_err(crashed)?;
        match trouble.take() {
            Some(error) => Err(error.into()),
            None => Ok(read),
        }
    }

    async fn picture(
        &self,
        film: &Listed,
        at_ms: u64,
        size: Size,
        left: Duration,
    ) -> Result<Option<Bytes>, Error> {
        let taken = self.take_picture(film, at_ms, size, left).await;
        let (taken, trouble) = taken.map_err(crashed)?;
        match trouble.take() {
            Some(error) => Err(error.into()),
            None => taken.map_err(crashed),
        }
    }
}

impl Ffmpeg {
    async fn read_captions(&self, job: &Job) -> std::io::Result<(Vec<Option<Bytes>>, Trouble)> {
        let directory = tempfile::tempdir()?;
        let trouble = Trouble::default();
        let proxy = self.serve(&listed(job), &trouble).await?;
        let process = |texts: &[&TextStream]| {
            let arguments = captions::arguments(job.container.demuxer(), &proxy.address, texts);
            self.process(arguments, directory.path())
        };
        let read = captions::read(process, job, directory.path()).await?;
        Ok((read, trouble))
    }

    async fn take_picture(
        &self,
        film: &Listed,
        at_ms: u64,
        size: Size,
        left: Duration,
    ) -> std::io::Result<(std::io::Result<Option<Bytes>>, Trouble)> {
        let directory = tempfile::tempdir()?;
        let trouble = Trouble::default();
        let proxy = self.serve(film, &trouble).await?;
        for arguments in picture::tries(&proxy.address, at_ms, size) {
            let process = self.process(arguments, directory.path());
            match picture::take(process, directory.path(), left / 2).await {
                Ok(None) => {}
                ended => return Ok((ended, trouble)),
            }
        }
        Ok((Ok(None), trouble))
    }

    async fn serve(&self, source: &Listed, trouble: &Trouble) -> std::io::Result<Proxy> {
        Proxy::start(Served {
            store: self.store.clone(),
            location: source.location.clone(),
            etag: source.etag.clone(),
            bytes: source.bytes,
            trouble: trouble.clone(),
        })
        .await
    }

    async fn spawn(&self, job: Job) -> std::io::Result<Running> {
        let directory = tempfile::tempdir()?;
        let trouble = Trouble::default();
        let proxy = self.serve(&listed(&job), &trouble).await?;
        let deadline = Instant::now() + job.left;
        let (demuxer, input) = (job.container.demuxer(), proxy.address.as_str());
        let seen = if job.ladder.video.is_empty() {
            Seen::default()
        } else {
            let look = self.process(
                look::arguments(demuxer, input, &job.streams),
                directory.path(),
            );
            look::see(look, job.left).await
        };
        // An input error during the inspection will occur again during transcoding, or it does not matter any more.
        trouble.take();
        let outputs = Outputs::prepare(directory.path(), &job.ladder)?;
        let arguments = arguments(demuxer, input, (&job.streams, &seen), &job.ladder);
        let mut child = self.process(arguments, directory.path()).spawn()?;
        let reports = Reports::of(&mut child)
            .ok_or_else(|| std::io::Error::other("FFmpeg was started without pipes"))?;
        Ok(Running {
            child,
            reports,
            outputs,
            trouble,
            deadline,
            seconds: u32::try_from(job.left.as_secs()).unwrap_or(u32::MAX),
            _proxy: proxy,
            _directory: directory,
        })
    }
}

impl Ffmpeg {
    /// Returns the program's command in this directory. It inherits nothing from us but its arguments.
    fn process(&self, arguments: Vec<String>, directory: &Path) -> Process {
        let mut process = Process::new(&self.program);
        process
            .args(arguments)
            // The environment contains credentials, which the program must not see.
            .env_clear()
            // A static program must not load this machine's character set modules, because those of another glibc
            // crash it. Its own directory contains none.
            .env("GCONV_PATH", directory)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        process
    }
}

/// A running FFmpeg. Dropping it kills the process and removes its files.
struct Running {
    child: Child,
    reports: Reports,
    outputs: Outputs,
    trouble: Trouble,
    deadline: Instant,
    seconds: u32,
    _proxy: Proxy,
    _directory: TempDir,
}

#[async_trait]
impl Run for Running {
    async fn next(&mut self) -> Result<Step, Error> {
        match tokio::time::timeout_at(self.deadline, self.reports.next()).await {
            Ok(Some(done_ms)) => Ok(Step::Goes {
                done_ms,
                written: self.outputs.completed().await.map_err(crashed)?,
            }),
            Ok(None) => self.end().await,
            Err(_) => self.give_up().await,
        }
    }
}

impl Running {
    /// Ends the run after FFmpeg closed its pipes, whether it succeeded or failed.
    async fn end(&mut self) -> Result<Step, Error> {
        let Ok(status) = tokio::time::timeout_at(self.deadline, self.child.wait()).await else {
            return self.give_up().await;
        };
        let status = status.map_err(crashed)?;
        match self.trouble.take() {
            Some(StoreError::Changed | StoreError::Missing) => {
                return Ok(Step::Refused(Reason::Overwritten));
            }
            Some(error) => return Err(error.into()),
            None => {}
        }
        let ended = self.reports.ended().await;
        let undecodable = Reason::Undecodable {
            kind: ended.broken_track(),
        };
        // A signal killed FFmpeg, which says nothing about the input: a retry may succeed elsewhere, or with more
        // memory.
        let Some(code) = status.code() else {
            return Err(crashed(std::io::Error::other(format!(
                "FFmpeg was killed: {status}"
            ))));
        };
        tracing::debug!(code, complaints = ended.complaints, "FFmpeg ended");
        if ended.is_disk_full() {
            return Ok(self.too_much());
        }
        if code != 0 {
            return Ok(Step::Refused(undecodable));
        }
        match self.outputs.last().await {
            Ok(written) => Ok(Step::Done { written }),
            // FFmpeg wrote no file, so there was nothing to decode.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Step::Refused(undecodable))
            }
            Err(error) => Err(crashed(error)),
        }
    }

    async fn give_up(&mut self) -> Result<Step, Error> {
        self.child.kill().await.map_err(crashed)?;
        Ok(self.too_much())
    }

    fn too_much(&self) -> Step {
        Step::Refused(Reason::TooLongHere {
            seconds: self.seconds,
        })
    }
}

fn listed(job: &Job) -> Listed {
    Listed {
        location: job.location.clone(),
        etag: job.etag.clone(),
        bytes: job.bytes,
        written_at: None,
    }
}

fn crashed(error: std::io::Error) -> Error {
    Error::Engine(Box::new(error))
}
