//! SQS in memory: takes the messages that were sent, holds each back for its delay, and delivers it until it is
//! acknowledged.

mod unreliable;

use aws_lambda_events::sqs::SqsBatchResponse;
use dozo::memory::faults::Faults;
use dozo::memory::queue::MemoryQueue;
use dozo::ports::clock::Clock;
use dozo::ports::jobs::JobState;
use dozo::ports::queue::Outbox;
use dozo::vocabulary::job::JobId;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::AppId;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::world::{Letter, World, far};

/// The number of deliveries after which a test counts as stuck in a loop.
const ENOUGH: u32 = 2_000;

/// The duration of a job of the transcoding service, in seconds.
const JOB_SECONDS: u32 = 120;

/// The number of deliveries of a message: as many as the stages that try least often.
const DELIVERIES: u32 = 3;

/// The wait before a message that was not acknowledged is delivered again, in seconds.
const WAIT_SECONDS: u32 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    ValidateUpload,
    ValidateBulkUpload,
    SplitPdf,
    SplitSlowPdf,
    TranscodeMedia,
    /// The transcoding service, which is not one of our functions: one of its jobs ends.
    MediaConvert,
    FinishTranscode,
    RunOperation,
    InvalidateCache,
    FetchRemote,
    AnnounceChange,
    RecordFailure,
}

/// The messages on their way. What is new to apps is announced between any two of them.
pub struct Post<'a> {
    world: &'a World,
    underway: Vec<(Timestamp, Stage, Letter)>,
    sent: u32,
    /// The number of jobs seen so far.
    jobs: usize,
    /// Decides which messages never arrive.
    losses: Option<(StdRng, f64)>,
    /// The number of messages that were lost.
    pub lost: u32,
    /// Whether messages become dead letters, and wait for as long as their stage asks.
    gives_up: bool,
    /// Whether what is new to apps is announced between any two messages.
    announces: bool,
}

impl<'a> Post<'a> {
    /// Starts without messages.
    #[must_use]
    pub fn new(world: &'a World) -> Self {
        Self {
            world,
            underway: Vec::new(),
            sent: 0,
            jobs: 0,
            losses: None,
            lost: 0,
            gives_up: false,
            announces: true,
        }
    }

    /// Loses this share of all messages from now on, chosen by random numbers from this seed.
    #[must_use]
    pub fn losing(self, share: f64, seed: u64) -> Self {
        let losses = Some((StdRng::seed_from_u64(seed), share));
        Self { losses, ..self }
    }

    /// Announces nothing by itself, as if S3 sent no notifications of records.
    #[must_use]
    pub fn announcing_nothing(self) -> Self {
        let announces = false;
        Self { announces, ..self }
    }

    /// Puts a message on its way, unless it gets lost.
    fn post(&mut self, due: Timestamp, stage: Stage, letter: Letter) {
        if let Some((chance, share)) = &mut self.losses
            && chance.random_bool(*share)
        {
            self.lost += 1;
            return;
        }
        self.underway.push((due, stage, letter));
    }

    /// Sends a message to validate-upload, as S3 does.
    pub fn notify(&mut self, letter: Letter) {
        self.post(self.world.clock.now(), Stage::ValidateUpload, letter);
    }

    /// Takes the messages that the functions have sent, and S3's about files that they have put.
    pub fn collect(&mut self) {
        let world = self.world;
        let queues: [(&MemoryQueue, Stage); 10] = [
            (&world.pdfs, Stage::SplitPdf),
            (&world.slow_pdfs, Stage::SplitSlowPdf),
            (&world.videos, Stage::TranscodeMedia),
            (&world.transcoded, Stage::FinishTranscode),
            (&world.uploads, Stage::ValidateUpload),
            (&world.bulk_uploads, Stage::ValidateBulkUpload),
            (&world.operations, Stage::RunOperation),
            (&world.invalidations, Stage::InvalidateCache),
            (&world.fetches, Stage::FetchRemote),
            (&world.announcements, Stage::AnnounceChange),
        ];
        for (queue, stage) in queues {
            for sent in queue.take() {
                self.sent += 1;
                // S3 encodes keys in its notifications.
                let body = percent_decode_str(&sent.body).decode_utf8_lossy();
                assert!(
                    body.contains(&sent.group),
                    "a message of another app's group: {sent:?}"
                );
                let letter = Letter {
                    id: format!("sent-{}", self.sent),
                    body: sent.body,
                    attempts: 1,
                };
                let due = later(world.clock.now(), sent.delay_seconds);
                self.post(due, stage, letter);
            }
        }
        for key in world.store.take_brought() {
            self.sent += 1;
            let Some(Key::Uploaded { app, upload, name }) = Key::parse(Bucket::Upload, &key) else {
                panic!("a function put {key} into UPLOAD");
            };
            let file = UploadedFile::new(app, upload, name);
            let letter = Letter::about(&file, &format!("sent-{}", self.sent));
            self.post(world.clock.now(), Stage::ValidateUpload, letter);
        }
        let jobs = world.jobs.all();
        for (id, _) in jobs.iter().skip(self.jobs) {
            let letter = Letter {
                id: id.as_str().to_owned(),
                body: String::new(),
                attempts: 1,
            };
            let due = later(world.clock.now(), JOB_SECONDS);
            self.underway.push((due, Stage::MediaConvert, letter));
        }
        self.jobs = jobs.len();
    }

    /// Delivers the message that is due first, letting time pass until then. Returns `false` if there is none.
    pub async fn deliver(&mut self, faults: &Faults) -> bool {
        self.announce().await;
        self.collect();
        let Some(first) = self.next() else {
            return false;
        };
        let (due, stage, letter) = self.underway.remove(first);
        let wait = due.as_second() - self.world.clock.now().as_second();
        self.world.clock.advance(u32::try_from(wait).unwrap_or(0));
        // The handlers' futures are large, and this one is part of many tests' futures.
        let response = Box::pin(self.hand(stage, &letter, faults)).await;
        self.settle(stage, letter, &response, faults);
        true
    }

    /// Delivers until nothing is on its way.
    ///
    /// # Panics
    /// Panics if messages never end.
    pub async fn finish(&mut self) {
        for _ in 0..ENOUGH {
            if !self.deliver(&Faults::none()).await {
                return;
            }
        }
        panic!("messages without end: {:?}", self.underway);
    }

    /// Delivers until nothing is on its way, and records the calls of these two functions in the given `Faults`.
    ///
    /// # Panics
    /// Panics if messages never end.
    pub async fn written_down(&mut self, run_operation: &Faults, invalidate_cache: &Faults) {
        for _ in 0..ENOUGH {
            self.collect();
            let Some(next) = self.next() else { return };
            let faults = match self.underway.get(next).map(|(_, stage, _)| *stage) {
                Some(Stage::RunOperation) => run_operation.clone(),
                Some(Stage::InvalidateCache) => invalidate_cache.clone(),
                Some(
                    Stage::ValidateUpload
                    | Stage::ValidateBulkUpload
                    | Stage::SplitPdf
                    | Stage::SplitSlowPdf
                    | Stage::TranscodeMedia
                    | Stage::MediaConvert
                    | Stage::FinishTranscode
                    | Stage::FetchRemote
                    | Stage::AnnounceChange
                    | Stage::RecordFailure,
                )
                | None => Faults::none(),
            };
            self.deliver(&faults).await;
        }
        panic!("messages without end: {:?}", self.underway);
    }

    /// Announces what is new, if this post does so.
    async fn announce(&self) {
        if self.announces {
            // This future is part of many tests' futures.
            Box::pin(self.world.announce()).await;
        }
    }

    /// Lets the service complete a job and send its event.
    async fn work(&self, job: &str) {
        let (jobs, store) = (&self.world.jobs, &self.world.store);
        let Some(id) = JobId::parse(job) else { return };
        jobs.complete(&id, store);
        let is_complete =
            |(of, state): &(JobId, JobState)| *of == id && *state == JobState::Complete;
        let status = if jobs.all().iter().any(is_complete) {
            "COMPLETE"
        } else {
            "CANCELED"
        };
        let event = jobs.event(&id, status);
        // EventBridge sends without a group; here each message has its app's.
        let told: serde_json::Value = serde_json::from_str(&event).unwrap_or_default();
        let app = told["detail"]["userMetadata"]["dozo-app"].as_str();
        let Some(app) = app.and_then(|app| AppId::parse(app).ok()) else {
            panic!("an event about no app: {event}");
        };
        let sent = self.world.transcoded.send(&app, &event, 0).await;
        assert!(sent.is_ok(), "a queue without faults");
    }

    /// Returns the index of the message that is due first.
    fn next(&self) -> Option<usize> {
        let first = self.underway.iter().enumerate().min_by_key(|(_, m)| m.0);
        first.map(|(place, _)| place)
    }

    async fn hand(&self, stage: Stage, letter: &Letter, faults: &Faults) -> SqsBatchResponse {
        let batch = Letter::batch(std::slice::from_ref(letter));
        match stage {
            Stage::ValidateUpload => {
                validate_upload::handle(&self.world.validate_upload(faults), batch).await
            }
            Stage::ValidateBulkUpload => {
                let batch = Letter::bulk_batch(std::slice::from_ref(letter));
                validate_upload::handle(&self.world.validate_upload(faults), batch).await
            }
            Stage::SplitPdf => split_pdf::handle(&self.world.split_pdf(faults), batch, far()).await,
            Stage::SplitSlowPdf => {
                let batch = Letter::slow_batch(std::slice::from_ref(letter));
                split_pdf::handle(&self.world.split_pdf(faults), batch, far()).await
            }
            Stage::TranscodeMedia => {
                let app = self.world.transcode_media(faults);
                Box::pin(transcode_media::handle(&app, batch, far())).await
            }
            Stage::MediaConvert => {
                self.work(&letter.id).await;
                SqsBatchResponse::default()
            }
            Stage::FinishTranscode => {
                let app = self.world.finish_transcode(faults);
                Box::pin(finish_transcode::handle(&app, batch, far())).await
            }
            Stage::RunOperation => {
                run_operation::handle(&self.world.run_operation(faults), batch).await
            }
            Stage::InvalidateCache => {
                invalidate_cache::handle(&self.world.invalidate_cache(faults), batch).await
            }
            Stage::FetchRemote => {
                fetch_remote::handle(&self.world.fetch_remote(faults), batch).await
            }
            Stage::AnnounceChange => {
                announce_change::handle(&self.world.announce_change(faults), batch).await
            }
            Stage::RecordFailure => {
                record_failure::handle(&self.world.record_failure(faults), batch).await
            }
        }
    }
}

/// Returns the message as it comes next. A stage would give it up after its tries, and an admin would ask again: here it
/// is sent anew instead, so that it comes until it is handled.
fn once_more(letter: Letter) -> Letter {
    if letter.attempts < DELIVERIES {
        let attempts = letter.attempts + 1;
        return Letter { attempts, ..letter };
    }
    Letter {
        id: format!("{}+", letter.id),
        attempts: 1,
        ..letter
    }
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    let after = SignedDuration::from_secs(seconds.into());
    now.checked_add(after).unwrap_or(Timestamp::MAX)
}
