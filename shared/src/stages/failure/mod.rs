//! Failures on record: notes that a stage leaves before it gives a message back, and the handling of messages that were
//! given up.

mod given_up;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use given_up::{GivenUp, One};

use crate::platform::batch::{Message, Outcome};
use crate::platform::ending::Ending;
use crate::platform::error::{Error, Next};
use crate::platform::json;
use crate::platform::mark;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox};
use crate::ports::store::{Condition, ObjectStore, StoreError};
use crate::stages::stale;
use crate::stages::tries::{self, Try, is_at};
use crate::vocabulary::keys::{Key, MessageId};
use crate::vocabulary::message::MessageError;
use crate::vocabulary::message::delivery::Send;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::names::{AppId, MediaId, Visibility};
use crate::vocabulary::record::{Failure, MediaRecord};
use crate::vocabulary::stage::{MAX_DELIVERIES, Stage};
use crate::vocabulary::state::State;

/// The code of a failure whose stage left no report: it was throttled, its process died, or it ran out of time or memory.
pub const STAGE_CRASHED: &str = "stage_crashed";

/// The seconds for which an event is kept: 14 days, in `RecordsBucket` of the template.
const EVENT_KEPT_SECONDS: i64 = 14 * 86_400;

/// A message that was given up, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedMessage {
    /// The stage that it failed at.
    pub stage: Stage,
    /// The message id of SQS.
    pub message_id: String,
    /// The body of the message.
    pub body: String,
    /// The number of tries, or of deliveries if none left a report.
    pub attempts: u32,
    /// The code of the failure.
    pub code: String,
}

/// Notes on the record why a stage gives a message back after the try of this number, or after the next one if none was
/// begun. This is best effort: without the note the failure reads as a crash.
pub async fn report(
    records: &Records,
    (app, media): (&AppId, &MediaId),
    (stage, message): (Stage, &Message),
    number: Option<u32>,
    error: &Error,
) {
    let failure = Failure {
        stage,
        code: error.code().to_owned(),
        message: error.to_string(),
        attempts: 0,
        message_id: message.id.clone(),
    };
    let noted = records.change_if(
        (app, media),
        |record| is_at(record, stage),
        |record| {
            tries::fail(record, message, number, failure.clone());
            Ok(())
        },
    );
    if let Err(error) = noted.await {
        tracing::warn!(media = %media, cause = error.chain(), "a failure could not be written to the record");
    }
}

/// Handles a message of a stage: reads it, does its work, notes a failure on the record of its media, and returns how
/// it ended.
pub async fn attempt<M>(
    records: &Records,
    (stage, message): (Stage, &Message),
    read: impl FnOnce(&str) -> Result<M, MessageError>,
    about: impl FnOnce(&M) -> Option<(AppId, MediaId)>,
    work: impl AsyncFnOnce(&M, Try) -> Result<Ending, Error>,
) -> Outcome {
    let order = match read(&message.body) {
        Ok(order) => order,
        Err(error) => return Outcome::of_no_media(Err(error.into())),
    };
    let Some((app, media)) = about(&order) else {
        return Outcome::of_no_media(work(&order, Try::FIRST).await);
    };
    let about = (&app, &media);
    Outcome {
        media: media.to_string(),
        result: try_once(records, about, stage, message, async |begun| {
            work(&order, begun).await
        })
        .await,
    }
}

/// Does a stage's work on a media, unless it has tried the message as often as it may, and notes a failure on the
/// record.
///
/// # Errors
/// The error of the work, or of the note before it.
pub async fn try_once(
    records: &Records,
    about: (&AppId, &MediaId),
    stage: Stage,
    message: &Message,
    work: impl AsyncFnOnce(Try) -> Result<Ending, Error>,
) -> Result<Ending, Error> {
    let begun = tries::begin(records, about, stage, message).await?;
    let result = work(begun).await;
    match result.as_ref().map_err(|error| (error, error.next())) {
        Err((_, Next::RetryIn(_))) => {
            tries::take_back(records, about, (stage, message), begun).await?
        }
        Err((error, _)) => {
            report(records, about, (stage, message), Some(begun.number), error).await;
        }
        Ok(_) => {}
    }
    result
}

/// Records messages that were given up.
pub struct Recorder {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The queue of deliveries to webhooks.
    pub deliveries: Arc<dyn Outbox>,
}

impl Recorder {
    /// Records a dead letter. Returns the media's id and how it was recorded, for the log.
    pub async fn record(&self, message: &Message) -> (String, Result<Ending, Error>) {
        let given_up = match GivenUp::read(&message.body) {
            Ok(GivenUp::Poster) => {
                let kept = self.keep(message, Stage::TranscodeMedia, STAGE_CRASHED);
                return ("no media".to_owned(), kept.await);
            }
            Ok(GivenUp::Change) => {
                let kept = self.keep(message, Stage::InvalidateCache, STAGE_CRASHED);
                return ("no media".to_owned(), kept.await);
            }
            Ok(GivenUp::Delivery(send)) => {
                return (
                    "no media".to_owned(),
                    self.deliver_later(&send, message).await,
                );
            }
            Ok(given_up) => given_up,
            Err(error) => {
                let kept = self.keep(message, Stage::ValidateUpload, error.code());
                return ("no media".to_owned(), kept.await);
            }
        };
        let mut recorded = ("no media".to_owned(), Ok(Ending::NothingToRecord));
        for one in given_up.list() {
            recorded = match one {
                One::File(file) => (file.media.to_string(), self.fail(file, message).await),
                One::StageOrder(order) => (
                    order.media.to_string(),
                    self.fail_at_stage(order, message).await,
                ),
                One::Operation(stage, app, media, generation) => (
                    media.to_string(),
                    self.halt(stage, (app, media), generation, message).await,
                ),
            };
            if recorded.1.is_err() {
                break;
            }
        }
        recorded
    }

    /// Sends an event's delivery back to where it came from, as long as the event is kept: it was given up because this side
    /// failed for hours, and no record need say yet that anybody waits for it.
    async fn deliver_later(&self, send: &Send, message: &Message) -> Result<Ending, Error> {
        let age = self.clock.now().as_second() - send.asked_at().as_second();
        if age > EVENT_KEPT_SECONDS {
            return Ok(Ending::EventGone);
        }
        let group = send.to().group();
        let sent = self
            .deliveries
            .send_in_group(&group, &message.body, LONGEST_DELAY_SECONDS);
        sent.await?;
        Ok(Ending::SentBack)
    }

    /// Notes that an operation was given up. The media stays as it is, half way; asking for the operation again resumes
    /// it.
    async fn halt(
        &self,
        stage: Stage,
        (app, media): (&AppId, &MediaId),
        generation: u32,
        message: &Message,
    ) -> Result<Ending, Error> {
        let key = Key::Media(app.clone(), media.clone());
        let current = self.records.load::<MediaRecord>(&key).await?;
        let halted = |record: &MediaRecord| record.generation == generation && is_at(record, stage);
        let current = current.map(|record| record.value);
        let Some(current) = current.filter(halted) else {
            return self.settled(app, media).await;
        };
        let failure = diagnose(Some(&current), stage, message);
        let mark = Key::Failed(app.clone(), media.clone());
        mark::put(&*self.store, &mark, &kept_after(message, &failure)).await?;
        let noted = self.records.change_if((app, media), halted, |record| {
            record.record_failure(failure.clone());
            Ok(())
        });
        if !noted.await?.written {
            return self.settled(app, media).await;
        }
        self.metrics.count(Metric::MediaFailed);
        Ok(Ending::Halted)
    }

    /// Marks a media as failed at the stage that it was handed to, unless it has moved on since.
    async fn fail_at_stage(&self, order: &StageOrder, message: &Message) -> Result<Ending, Error> {
        let (app, media, stage) = (&order.app, &order.media, order.stage);
        let key = Key::Media(app.clone(), media.clone());
        let current = self.records.load::<MediaRecord>(&key).await?;
        let current = current.map(|record| record.value);
        let Some(current) = current.filter(|record| order.is_of(record)) else {
            return self.settled(app, media).await;
        };
        let failure = diagnose(Some(&current), stage, message);
        let mark = Key::Failed(app.clone(), media.clone());
        mark::put(&*self.store, &mark, &kept_after(message, &failure)).await?;
        let now = self.clock.now();
        let written = self.records.change_if(
            (app, media),
            |record| order.is_of(record),
            |record| Ok(record.fail(failure.clone(), &message.body, BY, now)?),
        );
        if !written.await?.written {
            return self.settled(app, media).await;
        }
        self.metrics.count(Metric::MediaFailed);
        Ok(Ending::Failed)
    }

    /// Marks a media as failed, unless it has moved on since. The mark is written before the record: readers of marks
    /// tolerate a stale one, but a failed media without a mark would not be found.
    async fn fail(&self, file: &UploadedFile, message: &Message) -> Result<Ending, Error> {
        let key = Key::Media(file.app.clone(), file.media.clone());
        let current = self
            .records
            .load::<MediaRecord>(&key)
            .await?
            .map(|record| record.value);
        if current
            .as_ref()
            .is_some_and(|record| !is_at(record, Stage::ValidateUpload))
        {
            return self.settled(&file.app, &file.media).await;
        }
        let stage = Stage::ValidateUpload;
        let failure = diagnose(current.as_ref(), stage, message);
        let mark = Key::Failed(file.app.clone(), file.media.clone());
        mark::put(&*self.store, &mark, &kept_after(message, &failure)).await?;
        let now = self.clock.now();
        let grant = self.records.grant(&file.app, &file.upload).await?;
        let written = self.records.change(&file.app, &file.media, |record| {
            let mut failed = match record {
                Some(record) if is_at(record, Stage::ValidateUpload) => record.clone(),
                Some(_) => return Ok(None),
                None => {
                    let (app, name) = (file.app.clone(), file.name.clone());
                    let new = MediaRecord::new(app, &file.upload, name, Visibility::Private, now);
                    new.declared_by(grant.as_ref())
                }
            };
            failed.fail(failure.clone(), &message.body, BY, now)?;
            Ok(Some(failed))
        });
        let after = written.await?;
        if after.written {
            self.metrics.count(Metric::MediaFailed);
        }
        let failed = after
            .record
            .is_some_and(|record| record.state == State::Failed);
        if failed {
            return Ok(Ending::Failed);
        }
        self.settled(&file.app, &file.media).await
    }

    /// Removes the mark that an earlier delivery may have left of a media that has moved on since.
    async fn settled(&self, app: &AppId, media: &MediaId) -> Result<Ending, Error> {
        stale::remove_failed(&*self.store, &self.records, (app, media)).await?;
        Ok(Ending::SettledBefore)
    }

    /// Stores a message that belongs to no media, and counts it.
    async fn keep(&self, message: &Message, stage: Stage, code: &str) -> Result<Ending, Error> {
        let key = Key::Unclaimed(MessageId::new(&message.id));
        let kept = kept(message, stage, (code, MAX_DELIVERIES));
        if self.put_new(&key, &kept).await? {
            self.metrics.count(Metric::MessageUnclaimed);
        }
        Ok(Ending::Unclaimed)
    }

    /// Puts a message. Returns `false` if one is already there.
    async fn put_new(&self, key: &Key, message: &FailedMessage) -> Result<bool, Error> {
        let location = key.location();
        match json::put(&*self.store, &location, message, Condition::Absent).await {
            Ok(_) => Ok(true),
            Err(StoreError::Changed) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

const BY: &str = "record-failure";

/// Returns the stage's own report if the last try left one, else a crash.
fn diagnose(record: Option<&MediaRecord>, stage: Stage, message: &Message) -> Failure {
    let report = record.and_then(|record| tries::last_report(record, stage, message));
    if let Some(report) = report {
        return report.clone();
    }
    Failure {
        stage,
        code: STAGE_CRASHED.to_owned(),
        message:
            "The stage left no report: it was throttled, crashed, or ran out of time or memory."
                .to_owned(),
        attempts: MAX_DELIVERIES,
        message_id: message.id.clone(),
    }
}

fn kept_after(message: &Message, failure: &Failure) -> FailedMessage {
    kept(message, failure.stage, (&failure.code, failure.attempts))
}

fn kept(message: &Message, stage: Stage, (code, attempts): (&str, u32)) -> FailedMessage {
    FailedMessage {
        stage,
        message_id: message.id.clone(),
        body: message.body.clone(),
        attempts,
        code: code.to_owned(),
    }
}
