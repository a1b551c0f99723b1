//! Looks at one mark.

use std::slice;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Sweeper;
use super::queues::{Backlogs, Line, stage};
use super::verdict::{Facts, MOST, Verdict, decide, patience};
use crate::platform::error::Error;
use crate::platform::{json, mark};
use crate::ports::metrics::Metric;
use crate::ports::store::Version;
use crate::stages::failure::FailedMessage;
use crate::stages::progress;
use crate::stages::stale;
use crate::stages::transcode::claim;
use crate::vocabulary::keys::{Begun, Bucket, Key};
use crate::vocabulary::message;
use crate::vocabulary::message::order::Order;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::record::{Failure, MediaRecord, Swept};
use crate::vocabulary::second::Second;
use crate::vocabulary::stage::Stage;

/// The code of a media that was given up because its messages were lost.
pub(super) const LOST: &str = "lost";

/// The result of a look at a mark.
pub(super) enum Seen {
    Ended,
    Underway,
    SentAgain,
    Announced,
    GivenUp,
    /// The media has expired, and is being deleted.
    Expired,
}

/// The content of a mark.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Said {
    /// How far the stage was when the mark was put; see [`Sweeper::done`].
    #[serde(default)]
    done: u64,
}

impl Sweeper {
    /// Looks at the work of a mark, and does what is to be done.
    pub(super) async fn look(
        &self,
        mark: &Version,
        backlogs: &Backlogs<'_>,
    ) -> Result<Seen, Error> {
        let begun = match Key::parse(Bucket::Records, mark.location.key()) {
            Some(Key::Begun(begun)) => begun,
            Some(Key::Expiring(expiring)) => return self.expire(mark, &expiring, backlogs).await,
            _ => return Ok(Seen::Underway),
        };
        let key = Key::Media(begun.app.clone(), begun.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let record = found.map(|found| found.value);
        let is_underway =
            |record: &&MediaRecord| record.generation == begun.generation && !record.is_at_rest();
        let Some(record) = record.as_ref().filter(is_underway) else {
            return self.end(mark, &begun, record.as_ref()).await;
        };
        let now = self.clock.now();
        let (before, done) = self.done(mark, record).await?;
        let since = record
            .swept
            .as_ref()
            .map_or(record.underway_since(), |swept| swept.at);
        let facts = Facts {
            waited: now.duration_since(since).as_secs(),
            times: record.swept.as_ref().map_or(0, |swept| swept.times),
            grace: self.grace_seconds,
            is_backlog: backlogs.is_filled(Line::of(record)).await?,
            goes_on: done > before,
            is_operation: record.is_operated_on(),
        };
        let seen = match decide(facts) {
            Verdict::Wait(seconds) => {
                self.put(&begun, later(now, seconds), facts.times, done)
                    .await?;
                Seen::Underway
            }
            Verdict::SendAgain => {
                self.send_again(&begun, record, (facts.times, done), now)
                    .await?
            }
            Verdict::GiveUp => self.give_up(&begun, record, facts.times, now).await?,
        };
        self.store.erase(slice::from_ref(mark)).await?;
        Ok(seen)
    }

    /// Removes the mark of work that has ended.
    async fn end(
        &self,
        mark: &Version,
        begun: &Begun,
        record: Option<&MediaRecord>,
    ) -> Result<Seen, Error> {
        let mut seen = Seen::Ended;
        if let Some(record) = record
            && self.renew(begun, record, self.clock.now()).await?
        {
            seen = Seen::SentAgain;
        }
        if let Some(record) = record
            && self.remind(begun, record, self.clock.now()).await?
        {
            seen = Seen::Announced;
        }
        let is_stuck = record.is_some_and(|record| record.swept.is_some());
        self.unlist(begun, is_stuck).await?;
        self.remove_stale(begun).await?;
        self.store.erase(slice::from_ref(mark)).await?;
        Ok(seen)
    }

    /// Removes what is left of other marks of the media. Most media were only uploaded, and have none.
    async fn remove_stale(&self, begun: &Begun) -> Result<(), Error> {
        if begun.generation == 1 && begun.sweeps == 0 {
            return Ok(());
        }
        let about = (&begun.app, &begun.media);
        stale::remove_failed(&*self.store, &self.records, about).await?;
        stale::remove_suspended(&*self.store, &self.records, about).await
    }

    /// Sends the media's message again, unless another process has done so meanwhile.
    async fn send_again(
        &self,
        begun: &Begun,
        record: &MediaRecord,
        (times, done): (u32, u64),
        now: Timestamp,
    ) -> Result<Seen, Error> {
        let times = times.saturating_add(1);
        let next = later(now, patience(self.grace_seconds, times));
        self.put(begun, next, times, done).await?;
        // Nobody but this stage orders the removal of what was published of a refused file, so its first order is not late.
        let is_due = record.has_leftovers() && times == 1;
        if !is_due {
            let listed = Key::Stuck(record.app.clone(), record.media.clone());
            mark::put_once(&*self.store, &listed, &json!({})).await?;
        }
        let raised = self.records.change_if(
            (&record.app, &record.media),
            |current| is_same(current, record),
            |current| {
                current.swept = Some(Swept { times, at: now });
                Ok(())
            },
        );
        if !raised.await?.written {
            return Ok(Seen::Underway);
        }
        if is_due {
            tracing::info!(media = %record.media, "what was published of {} is taken away, because its file was refused", record.media);
        } else {
            tracing::warn!(media = %record.media, state = %record.state, times, "nothing happened to {}, so its message is sent again", record.media);
        }
        if times > MOST {
            self.metrics.count(Metric::MediaLost);
        }
        let body = body(record)?;
        let queue = match stage(record) {
            Stage::RunOperation => &self.queues.operations,
            Stage::FetchRemote => &self.queues.fetches,
            Stage::ValidateUpload
            | Stage::SplitPdf
            | Stage::TranscodeMedia
            | Stage::FinishTranscode
            | Stage::InvalidateCache => &self.queues.uploads,
        };
        queue.send(&record.app, &body, 0).await?;
        Ok(Seen::SentAgain)
    }

    /// Records that a media has failed, as record-failure does.
    async fn give_up(
        &self,
        begun: &Begun,
        record: &MediaRecord,
        times: u32,
        now: Timestamp,
    ) -> Result<Seen, Error> {
        let (stage, body) = (stage(record), body(record)?);
        let failure = Failure {
            stage,
            code: LOST.to_owned(),
            message: "The media's message was lost, also each time that it was sent again."
                .to_owned(),
            attempts: times,
            message_id: String::new(),
        };
        let kept = FailedMessage {
            stage,
            message_id: String::new(),
            body: body.clone(),
            attempts: times,
            code: LOST.to_owned(),
        };
        let failed = Key::Failed(record.app.clone(), record.media.clone());
        mark::put(&*self.store, &failed, &kept).await?;
        let written = self.records.change_if(
            (&record.app, &record.media),
            |current| is_same(current, record),
            |current| Ok(current.fail(failure.clone(), &body, BY, now)?),
        );
        let after = written.await?;
        let is_underway =
            |record: MediaRecord| record.generation == begun.generation && !record.is_at_rest();
        if after.record.is_some_and(is_underway) {
            // It has moved on at the last moment.
            let next = later(now, self.grace_seconds.into());
            self.put(begun, next, times, 0).await?;
            return Ok(Seen::Underway);
        }
        if after.written {
            self.metrics.count(Metric::MediaFailed);
            self.metrics.count(Metric::MediaLost);
        }
        self.unlist(begun, false).await?;
        // Somebody has to look whether the app was told.
        let next = later(now, self.grace_seconds.into());
        self.put(begun, next, times, 0).await?;
        Ok(Seen::GivenUp)
    }

    /// Puts the mark by which the work is looked at again at this time.
    pub(super) async fn put(
        &self,
        begun: &Begun,
        look_at: Timestamp,
        sweeps: u32,
        done: u64,
    ) -> Result<(), Error> {
        let since = later(look_at, -i64::from(self.grace_seconds));
        let next = Key::Begun(Begun {
            since: Second::not_before(since),
            sweeps,
            ..begun.clone()
        });
        mark::put_once(&*self.store, &next, &Said { done }).await
    }

    /// Takes a media off the list of stuck ones, unless it is still one.
    async fn unlist(&self, begun: &Begun, is_stuck: bool) -> Result<(), Error> {
        if begun.sweeps == 0 || is_stuck {
            return Ok(());
        }
        // If this fails, the run does too: nobody would look at the mark again.
        let listed = Key::Stuck(begun.app.clone(), begun.media.clone());
        mark::clear(&*self.store, &listed).await
    }

    /// Returns how far the stage was when the mark was put, and how far it is now: two numbers that only grow while work
    /// goes on. For stages that take seconds both are 0.
    async fn done(&self, mark: &Version, record: &MediaRecord) -> Result<(u64, u64), Error> {
        let now = match stage(record) {
            Stage::SplitPdf => {
                let parts = progress::parts(&*self.store, record).await?;
                u64::try_from(parts.len()).unwrap_or(u64::MAX)
            }
            Stage::TranscodeMedia | Stage::FinishTranscode => {
                claim::signs_of_life(&*self.store, record).await?
            }
            Stage::ValidateUpload
            | Stage::RunOperation
            | Stage::InvalidateCache
            | Stage::FetchRemote => {
                return Ok((0, 0));
            }
        };
        let said = json::get::<Said>(&*self.store, &mark.location).await?;
        Ok((said.map_or(0, |(said, _)| said.done), now))
    }
}

/// Returns whether a record has neither moved on nor been swept since it was read.
fn is_same(current: &MediaRecord, read: &MediaRecord) -> bool {
    (current.generation, current.state, &current.swept)
        == (read.generation, read.state, &read.swept)
}

/// Returns the message that makes the media's stage go on, wherever it stopped.
fn body(record: &MediaRecord) -> Result<String, Error> {
    if let Some(stage) = record.brought_by() {
        return Ok(message::write(&StageOrder::new(stage, record))?);
    }
    match &record.file_name {
        Some(name) if !record.is_operated_on() => {
            let (app, upload) = (record.app.clone(), record.media.upload());
            Ok(upload::write(&UploadedFile::new(app, upload, name.clone())))
        }
        Some(_) | None => Ok(message::write(&Order::carry_on(record))?),
    }
}

pub(super) fn later(moment: Timestamp, seconds: i64) -> Timestamp {
    let far = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    moment
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(far)
}

/// The author of history entries.
const BY: &str = "sweep-lost";
