//! A transcoding engine that makes the same output of every source, in two steps: two segments of each rendition, with
//! a text that tells which run wrote them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dozo::platform::error::Error;
use dozo::ports::store::Listed;
use dozo::stages::transcode::Output;
use dozo::stages::transcode::engine::{Engine, Job, Run, Step, Written};
use dozo::vocabulary::ladder::Size;
use dozo::vocabulary::rejection::Reason;
use dozo::vocabulary::rendition::Rendition;
use tempfile::TempDir;

/// Chooses what happens at a step, numbered from 0.
pub type Meddle = Arc<dyn Fn(u32) -> Meddled + Send + Sync>;

/// The effect on a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meddled {
    /// The step succeeds as usual.
    Nothing,
    /// The source cannot be decoded.
    Undecodable,
    /// The program is killed.
    Killed,
}

/// The engine. Clones share the count of runs and the list of jobs.
#[derive(Clone, Default)]
pub struct ToyEngine {
    runs: Arc<AtomicU32>,
    meddle: Option<Meddle>,
    jobs: Arc<Mutex<Vec<Job>>>,
}

impl ToyEngine {
    /// Makes an engine that asks `meddle` at each step.
    #[must_use]
    pub fn meddled(meddle: impl Fn(u32) -> Meddled + Send + Sync + 'static) -> Self {
        Self {
            meddle: Some(Arc::new(meddle)),
            ..Self::default()
        }
    }

    /// Returns how many runs were begun.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }

    /// Returns the jobs that were asked for, one for each run.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Engine for ToyEngine {
    async fn start(&self, job: Job) -> Result<Box<dyn Run>, Error> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.push(job.clone());
        Ok(Box::new(ToyRun {
            number: self.runs.fetch_add(1, Ordering::SeqCst),
            step: 0,
            directory: tempfile::tempdir().map_err(failed)?,
            renditions: job.ladder.renditions().collect(),
            has_video: !job.ladder.video.is_empty(),
            stills: job
                .ladder
                .storyboard
                .map_or(0, |storyboard| 8_u32.div_ceil(storyboard.seconds)),
            meddle: self.meddle.clone(),
        }))
    }

    async fn captions(&self, job: &Job) -> Result<Vec<Option<Bytes>>, Error> {
        let texts = job.streams.texts.iter().map(|text| {
            let cue = format!("WEBVTT\n\n00:01.000 --> 00:02.000\ntrack {}\n", text.number);
            Some(cue.into())
        });
        Ok(texts.collect())
    }

    async fn picture(
        &self,
        film: &Listed,
        at_ms: u64,
        _: Size,
        _: Duration,
    ) -> Result<Option<Bytes>, Error> {
        if self.meddle.as_ref().map(|meddle| meddle(0)) == Some(Meddled::Killed) {
            return Err(failed(std::io::Error::other("killed")));
        }
        let text = format!("picture at {at_ms} of {} bytes", film.bytes);
        Ok(Some(text.into()))
    }
}

struct ToyRun {
    number: u32,
    step: u32,
    directory: TempDir,
    renditions: Vec<Rendition>,
    has_video: bool,
    /// The number of pictures of the storyboard.
    stills: u32,
    meddle: Option<Meddle>,
}

#[async_trait]
impl Run for ToyRun {
    async fn next(&mut self) -> Result<Step, Error> {
        let step = self.step;
        self.step += 1;
        match self
            .meddle
            .as_ref()
            .map_or(Meddled::Nothing, |meddle| meddle(step))
        {
            Meddled::Nothing => {}
            Meddled::Undecodable => return Ok(Step::Refused(Reason::Undecodable { kind: None })),
            Meddled::Killed => return Err(failed(std::io::Error::other("killed"))),
        }
        let mut written = Vec::new();
        for rendition in self.renditions.clone() {
            if step == 0 {
                let codec = match rendition {
                    Rendition::Picture(_) => "avcC\u{1}dddd",
                    Rendition::Track(_) | Rendition::Sound(_) => "mp4a",
                };
                written.push(self.write(Output::Init(rendition), codec)?);
            }
            let text = format!("{rendition} {step} of run {}", self.number);
            written.push(self.write(Output::Segment(rendition, step + 1), &text)?);
        }
        if step == 0 {
            return Ok(Step::Goes {
                done_ms: 4_000,
                written,
            });
        }
        written.push(self.write(
            Output::Progressive,
            &format!("whole of run {}", self.number),
        )?);
        if self.has_video {
            written.push(self.write(Output::Poster, &format!("poster of run {}", self.number))?);
        }
        for number in 0..self.stills {
            let text = format!("still {number} of run {}", self.number);
            written.push(self.write(Output::Still(number), &text)?);
        }
        Ok(Step::Done { written })
    }
}

impl ToyRun {
    fn write(&self, output: Output, text: &str) -> Result<Written, Error> {
        let path: PathBuf = self.directory.path().join(format!("{output:?}"));
        std::fs::write(&path, text).map_err(failed)?;
        let microseconds = if matches!(output, Output::Segment(..)) {
            4_000_000
        } else {
            0
        };
        Ok(Written {
            output,
            path,
            bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
            microseconds,
        })
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::Engine(Box::new(error))
}
