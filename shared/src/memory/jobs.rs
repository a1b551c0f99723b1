//! A transcoding service in memory. Jobs advance when a test says so; their outputs have the names and places that
//! MediaConvert uses.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use crate::memory::clock::MemoryClock;
use crate::memory::faults::Faults;
use crate::memory::store::MemoryStore;
use crate::ports::clock::Clock;
use crate::ports::jobs::{
    CANCEL, CREATE, FIND, GET, Job, JobOrder, JobService, JobState, ServiceError,
};
use crate::stages::transcode::service::outputs::{
    PIECES, POSTER, PROGRESSIVE, STILL, WHOLE, modifier,
};
use crate::vocabulary::access::Call;
use crate::vocabulary::job::{Attempt, JobId};
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::rendition::Rendition;

/// The time during which a second request for the same attempt gives the same job, in seconds.
const SAME_SECONDS: i64 = 60;

/// The default number of segments of each rendition.
const PIECES_EACH: u32 = 2;

/// The length of a segment in seconds.
const PIECE_SECONDS: u32 = 4;

/// The service; clones share its jobs.
#[derive(Debug, Clone)]
pub struct MemoryJobs {
    jobs: Arc<Mutex<Vec<Kept>>>,
    clock: MemoryClock,
    faults: Faults,
}

#[derive(Debug, Clone)]
struct Kept {
    id: JobId,
    order: JobOrder,
    created_at: Timestamp,
    state: JobState,
}

impl MemoryJobs {
    /// Creates a service without jobs.
    #[must_use]
    pub fn new(clock: &MemoryClock) -> Self {
        Self {
            jobs: Arc::default(),
            clock: clock.clone(),
            faults: Faults::none(),
        }
    }

    /// Returns the same service, seen through the faults of a process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            faults: faults.clone(),
            ..self.clone()
        }
    }

    /// Returns all jobs with their states, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<(JobId, JobState)> {
        let all = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |kept: &Kept| (kept.id.clone(), kept.state.clone());
        all.iter().map(one).collect()
    }

    /// Puts a job that is working into this state.
    pub fn set(&self, id: &JobId, state: JobState) {
        self.change(id, |kept| {
            if matches!(kept.state, JobState::Working { .. }) {
                kept.state = state;
            }
        });
    }

    /// Completes a job that is working: writes its outputs, then marks it as complete.
    pub fn complete(&self, id: &JobId, store: &MemoryStore) {
        self.complete_in(id, store, PIECES_EACH);
    }

    /// Completes a job as [`Self::complete`] does, with this number of segments for each rendition.
    pub fn complete_in(&self, id: &JobId, store: &MemoryStore, pieces: u32) {
        self.change(id, |kept| {
            if matches!(kept.state, JobState::Working { .. }) {
                leave(kept, store, pieces);
                kept.state = JobState::Complete;
            }
        });
    }

    /// Returns EventBridge's event of a job, as it is in a queue message.
    ///
    /// # Panics
    /// If there is no such job, or its metadata cannot be written as JSON.
    #[allow(clippy::expect_used, reason = "a test stops at the first surprise")]
    #[must_use]
    pub fn event(&self, id: &JobId, status: &str) -> String {
        let all = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().find(|kept| kept.id == *id).expect("a job");
        let percent = match kept.state {
            JobState::Working { percent } => percent,
            JobState::Complete | JobState::Cancelled | JobState::Failed { .. } => 100,
        };
        json!({
            "version": "0",
            "detail-type": "MediaConvert Job State Change",
            "source": "aws.mediaconvert",
            "detail": {
                "jobId": id,
                "status": status,
                "userMetadata": kept.order.of,
                "jobProgress": {"jobPercentComplete": percent},
            },
        })
        .to_string()
    }

    fn change(&self, id: &JobId, change: impl FnOnce(&mut Kept)) {
        let mut all = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.iter_mut().find(|kept| kept.id == *id) {
            change(kept);
        }
    }

    fn call<T>(
        &self,
        call: Call,
        on: &str,
        act: impl FnOnce(&mut Vec<Kept>) -> T,
    ) -> Result<T, ServiceError> {
        let struck = || ServiceError::Unavailable("a fault of the test".into());
        let fate = self.faults.pass(call, || on.to_owned());
        if !fate.acts {
            return Err(struck());
        }
        let mut all = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let acted = act(&mut all);
        if fate.answers {
            Ok(acted)
        } else {
            Err(struck())
        }
    }

    fn create_in(&self, all: &mut Vec<Kept>, order: &JobOrder) -> JobId {
        let now = self.clock.now();
        let is_same = |kept: &&Kept| {
            kept.order.of.attempt == order.of.attempt
                && now.as_second() - kept.created_at.as_second() < SAME_SECONDS
        };
        if let Some(same) = all.iter().find(is_same) {
            return same.id.clone();
        }
        let id = JobId::numbered(all.len());
        all.push(Kept {
            id: id.clone(),
            order: order.clone(),
            created_at: now,
            state: JobState::Working { percent: 0 },
        });
        id
    }
}

/// Writes the outputs of a job under the service's own names; their content tells which job wrote them.
fn leave(kept: &Kept, store: &MemoryStore, pieces: u32) {
    let prefix = kept.order.of.outputs();
    let id = kept.id.as_str();
    let put = |name: &str, text: &str| {
        let key = format!("{}{name}", prefix.as_str());
        store.upload(
            &ObjectLocation::anywhere(prefix.bucket(), &key),
            text.as_bytes(),
        );
    };
    put(&format!("{PIECES}.m3u8"), "#EXTM3U\n");
    for rendition in kept.order.ladder.renditions() {
        let name = format!("{PIECES}{}", modifier(rendition));
        let file = name.rsplit('/').next().unwrap_or_default();
        let (codec, end) = match rendition {
            Rendition::Picture(_) => ("avcC\u{1}dddd", "cmfv"),
            Rendition::Track(_) | Rendition::Sound(_) => ("mp4a", "cmfa"),
        };
        put(&format!("{name}init.{end}"), codec);
        let mut playlist =
            format!("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-MAP:URI=\"{file}init.{end}\"\n");
        for number in 1..=pieces {
            let text = format!("{rendition} {number} of run {id}");
            put(&format!("{name}_{number:09}.{end}"), &text);
            playlist.push_str(&format!("#EXTINF:4.0,\n{file}_{number:09}.{end}\n"));
        }
        put(
            &format!("{name}.m3u8"),
            &format!("{playlist}#EXT-X-ENDLIST\n"),
        );
    }
    put(
        &format!("{WHOLE}{PROGRESSIVE}.mp4"),
        &format!("whole of run {id}"),
    );
    if kept.order.ladder.poster.is_some() {
        put(&format!("{WHOLE}{POSTER}.0000000.jpg"), "the first picture");
        put(
            &format!("{WHOLE}{POSTER}.0000001.jpg"),
            &format!("poster of run {id}"),
        );
    }
    if let Some(storyboard) = kept.order.ladder.storyboard {
        for number in 0..(pieces * PIECE_SECONDS).div_ceil(storyboard.seconds) {
            put(
                &format!("{WHOLE}{STILL}.{number:07}.jpg"),
                &format!("still {number} of run {id}"),
            );
        }
    }
}

#[async_trait]
impl JobService for MemoryJobs {
    async fn create(&self, order: &JobOrder) -> Result<JobId, ServiceError> {
        self.call(CREATE, "queue", |all| self.create_in(all, order))
    }

    async fn find(
        &self,
        source: &ObjectLocation,
        order: &StageOrder,
    ) -> Result<Option<(JobId, Attempt)>, ServiceError> {
        self.call(FIND, "queue", |all| {
            let is_of = |kept: &&Kept| {
                let of = &kept.order.of;
                kept.order.source == *source
                    && kept.state != JobState::Cancelled
                    && (&of.app, &of.media, of.generation)
                        == (&order.app, &order.media, order.generation)
            };
            let found = all.iter().rev().find(is_of);
            found.map(|kept| (kept.id.clone(), kept.order.of.attempt.clone()))
        })
    }

    async fn get(&self, id: &JobId) -> Result<Option<Job>, ServiceError> {
        self.call(GET, "jobs", |all| {
            let found = all.iter().find(|kept| kept.id == *id);
            found.map(|kept| Job {
                of: Some(kept.order.of.clone()),
                state: kept.state.clone(),
            })
        })
    }

    async fn cancel(&self, id: &JobId) -> Result<(), ServiceError> {
        self.call(CANCEL, "jobs", |all| {
            let found = all.iter_mut().find(|kept| kept.id == *id);
            if let Some(kept) = found
                && matches!(kept.state, JobState::Working { .. })
            {
                kept.state = JobState::Cancelled;
            }
        })
    }
}
