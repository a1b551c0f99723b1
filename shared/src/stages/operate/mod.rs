//! Carries out orders: withdraws a media, restores it, moves it, erases it, or hands it to its stage again.
//!
//! A message is only a hint: the next step is derived from the record, which is read anew each time.
//!
//! | record                   | action                                                                           |
//! |--------------------------|----------------------------------------------------------------------------------|
//! | one generation behind    | the record is changed as ordered; then as below                                  |
//! | suspending, moving, deleting | objects are taken away, the CDN is invalidated; both again after the grace |
//! | restoring                | objects are brought back; then the media returns to its earlier state            |
//! | validating, processing   | the message of its stage is sent again                                           |
//! | a later generation, at rest | nothing                                                                       |
//!
//! A withdrawal is declared done only after the CDN has confirmed an invalidation that was requested after the last
//! moment at which a process could still have put an object, or filled a cache.

use std::sync::Arc;

use serde_json::json;

use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox};
use crate::ports::store::ObjectStore;
use crate::stages::transcode::claim;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{Request, Task};
use crate::vocabulary::message::job::Look;
use crate::vocabulary::message::order::Order;
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{Grace, Phase};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

pub mod bulk;
mod carry;
mod erase;
mod finish;
pub mod orders;
mod take;
pub mod wishes;

pub use take::Refused;

use carry::{Left, carry};

/// Seconds without an answer from the CDN after which it is asked again.
const PATIENCE_SECONDS: i64 = 3_600;

/// Carries out orders.
pub struct Operator {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The queue that orders come from, and that the rest of long work is sent to.
    pub operations: Arc<dyn Outbox>,
    /// The queue to the CDN.
    pub invalidations: Arc<dyn Outbox>,
    /// The queue to validate-upload.
    pub uploads: Arc<dyn Outbox>,
    /// The queue to finish-transcode, if a service transcodes.
    pub transcoded: Option<Arc<dyn Outbox>>,
    /// How long a process may still be at work after the record was changed.
    pub grace: Grace,
}

impl Operator {
    /// Carries out one order as far as possible now. Returns how far it came, for the log.
    ///
    /// # Errors
    /// Fails if the order could not be decided; then the message must be redelivered.
    pub async fn run(&self, order: &Order) -> Result<&'static str, Error> {
        let Some(record) = self.take(order).await? else {
            return Ok("overtaken");
        };
        self.end_jobs(&record).await?;
        match record.state {
            State::Suspending | State::Moving | State::Deleting => self.withdraw(&record).await,
            State::Restoring => self.restore(&record).await,
            State::Validating | State::Processing => self.hand_over(&record).await,
            State::Ready | State::Rejected | State::Failed | State::Suspended | State::Deleted => {
                Ok("settled before")
            }
        }
    }

    /// Returns the record in the generation of the order, or `None` if it is past that or never reached it.
    async fn take(&self, order: &Order) -> Result<Option<MediaRecord>, Error> {
        let now = self.clock.now();
        let taken = self.records.change(&order.app, &order.media, |record| {
            let behind = |record: &&MediaRecord| record.generation + 1 == order.generation;
            let (Some(record), Some(asked)) = (record.filter(behind), &order.asked) else {
                return Ok(None);
            };
            let mut next = record.clone();
            let taken = take::take(&mut next, asked, self.grace, now)?;
            Ok((taken == take::Taken::Changed).then_some(next))
        });
        let current = |record: &MediaRecord| record.generation == order.generation;
        Ok(taken.await?.record.filter(current))
    }

    async fn withdraw(&self, record: &MediaRecord) -> Result<&'static str, Error> {
        let Some(withdrawal) = &record.withdrawal else {
            return Ok("settled before");
        };
        if record.state == State::Suspending {
            let key = Key::Suspended(record.app.clone(), record.media.clone());
            mark::put(
                &*self.store,
                &key,
                &json!({"generation": record.generation}),
            )
            .await?;
        }
        if self.take_away(record).await? == Left::More {
            self.again(record, 0).await?;
            return Ok("more to take away");
        }
        let now = self.clock.now();
        if now < withdrawal.quiet_at {
            self.ask_to_forget(record, Phase::First).await?;
            let seconds = withdrawal.quiet_at.as_second() - now.as_second() + 1;
            self.again(record, u32::try_from(seconds).unwrap_or(0))
                .await?;
            return Ok("taken away, until nobody can be at work");
        }
        let Some(last) = &withdrawal.last else {
            self.ask_to_forget(record, Phase::Last).await?;
            return Ok("taken away, the CDN is asked");
        };
        if last.completed_at.is_some() {
            return self.finish(record).await;
        }
        if now.as_second() - last.requested_at.as_second() > PATIENCE_SECONDS {
            self.ask_to_forget(record, Phase::Last).await?;
        }
        Ok("taken away, the CDN forgets")
    }

    /// Moves all objects from the place that viewers fetch from to the place where they belong now.
    async fn take_away(&self, record: &MediaRecord) -> Result<Left, Error> {
        let (app, media) = (&record.app, &record.media);
        let delivered = |from| Prefix::delivered(Bucket::Delivery, from, app, media);
        match record.state {
            State::Deleting => erase::erase(&*self.store, record).await,
            State::Moving => {
                let from = delivered(record.visibility.other());
                carry(&*self.store, &from, &|place| {
                    Some(place.seen_by(record.visibility))
                })
                .await
            }
            State::Validating
            | State::Processing
            | State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspending
            | State::Suspended
            | State::Restoring
            | State::Deleted => {
                for from in Visibility::ALL {
                    let to = |place: &crate::vocabulary::keys::Place| {
                        Some(place.in_bucket(Bucket::Backup))
                    };
                    if carry(&*self.store, &delivered(from), &to).await? == Left::More {
                        return Ok(Left::More);
                    }
                }
                Ok(Left::Nothing)
            }
        }
    }

    /// Moves all objects back to the place where they belong now, once no process can still be removing them.
    async fn restore(&self, record: &MediaRecord) -> Result<&'static str, Error> {
        let quiet_at = record.withdrawal.as_ref().map(|w| w.quiet_at);
        let now = self.clock.now();
        if let Some(quiet_at) = quiet_at.filter(|quiet_at| now < *quiet_at) {
            let seconds = quiet_at.as_second() - now.as_second() + 1;
            self.again(record, u32::try_from(seconds).unwrap_or(0))
                .await?;
            return Ok("waits until nobody can be at work");
        }
        for from in Visibility::ALL {
            let prefix = Prefix::delivered(Bucket::Backup, from, &record.app, &record.media);
            let back = |place: &crate::vocabulary::keys::Place| {
                Some(place.in_bucket(Bucket::Delivery).seen_by(record.visibility))
            };
            if carry(&*self.store, &prefix, &back).await? == Left::More {
                self.again(record, 0).await?;
                return Ok("more to bring back");
            }
        }
        self.finish(record).await
    }

    /// Sends validate-upload its message again: the one that failed, or one like S3's. If a later stage was cut off,
    /// validate-upload hands the media on to it, whole and in the current generation.
    async fn hand_over(&self, record: &MediaRecord) -> Result<&'static str, Error> {
        let Some(name) = &record.file_name else {
            return Ok("settled before");
        };
        let file = UploadedFile::new(record.app.clone(), record.media.upload(), name.clone());
        let message = record
            .failed_message
            .clone()
            .filter(|message| upload::read(message).is_ok())
            .unwrap_or_else(|| upload::write(&file));
        self.uploads.send(&message, 0).await?;
        Ok("handed to its stage")
    }

    /// Sends a message to look at a service's job that was begun in an earlier generation, so that it is ended: its
    /// result is not needed any more, as the record shows. This comes before the claim of the job is erased, because
    /// nothing else knows of the job until it reports.
    async fn end_jobs(&self, record: &MediaRecord) -> Result<(), Error> {
        let Some(transcoded) = &self.transcoded else {
            return Ok(());
        };
        let is_under_way = match record.state {
            State::Validating | State::Processing | State::Suspending | State::Deleting => true,
            State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Deleted => false,
        };
        let streams = record.content.as_ref().and_then(|c| c.streams.as_ref());
        if !is_under_way || streams.is_none() {
            return Ok(());
        }
        let begun = claim::begun_before(&*self.store, record).await?;
        let Some((generation, job)) = begun else {
            return Ok(());
        };
        let look = Look::back(record, generation, job);
        Ok(transcoded.send(&message::write(&look)?, 0).await?)
    }

    async fn again(&self, record: &MediaRecord, seconds: u32) -> Result<(), Error> {
        let order = Order::carry_on(record);
        let body = message::write(&order)?;
        let seconds = seconds.min(LONGEST_DELAY_SECONDS);
        Ok(self.operations.send(&body, seconds).await?)
    }

    async fn ask_to_forget(&self, record: &MediaRecord, phase: Phase) -> Result<(), Error> {
        let request = Task::Forget(Request {
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
            phase,
        });
        Ok(self
            .invalidations
            .send(&message::write(&request)?, 0)
            .await?)
    }

    fn count(&self, state: State) {
        let metric = match state {
            State::Suspending => Metric::MediaSuspended,
            State::Restoring => Metric::MediaRestored,
            State::Moving => Metric::MediaMoved,
            State::Deleting => Metric::MediaDeleted,
            State::Validating
            | State::Processing
            | State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspended
            | State::Deleted => return,
        };
        self.metrics.count(metric);
    }
}

/// The author of operations' outcomes in the history of a record.
const BY: &str = Stage::RunOperation.as_str();
