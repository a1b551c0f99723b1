//! Carries out orders: suspend a media, restore it, move it, erase it, change its captions, or send it back to its stage.
//!
//! As everywhere, a message is only a hint: the next step follows from the record, which is read again each time.
//!
//! | record                         | action                                                                |
//! |--------------------------------|-----------------------------------------------------------------------|
//! | one generation behind          | the order is applied to the record; then as below                     |
//! | suspending, moving, deleting   | objects are removed, at once and after `quiet_at`; the CDN forgets    |
//! | updating                       | captions become those of the record in the same way ([`captions`])    |
//! | restoring                      | objects are brought back; then the media returns to its earlier state |
//! | validating, processing         | its stage gets its message again                                      |
//! | ready, of a document           | its manifest says what the app says now (`retell`)                    |
//! | rejected, published in part    | what was published is taken away in the same way                      |
//! | a later generation, or at rest | nothing                                                               |
//!
//! Nobody who began earlier can still be at work after `quiet_at`. A withdrawal is done only after the CDN has
//! confirmed an invalidation that was requested after the last moment at which anybody could have put an object or
//! filled a cache. `forgets` decides whether there is one before that, too, and where nothing can be cached at all.

use std::sync::Arc;

use serde_json::json;

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox};
use crate::ports::store::ObjectStore;
use crate::stages::blocked;
use crate::stages::transcode::claim;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{Request, Task};
use crate::vocabulary::message::job::JobCheck;
use crate::vocabulary::message::order::Order;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{Forgets, Grace, Phase};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

mod begin;
pub mod bulk;
pub mod captions;
mod carry;
mod erase;
mod finish;
mod forgets;
mod listed;
pub mod orders;
mod orders_config;
mod outlast;
pub mod requests;
mod retell;
mod transitions;

pub use begin::Refused;
pub use finish::THUMBS_AFTER_SECONDS;
pub use orders_config::OrdersConfig;

use carry::{Left, carry};

/// The time in seconds after which an unconfirmed invalidation is requested again.
const PATIENCE_SECONDS: i64 = 3_600;

/// The service that carries out orders.
pub struct Operator {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts finished operations.
    pub metrics: Arc<dyn Metrics>,
    /// The queue that orders come from. Operations that take longer are sent there again.
    pub operations: Arc<dyn Outbox>,
    /// The queue of requests to invalidate the CDN.
    pub invalidations: Arc<dyn Outbox>,
    /// The queue of validate-upload.
    pub uploads: Arc<dyn Outbox>,
    /// The queue of thumbnails that are made ahead, which wait with bulk uploads.
    pub thumbs: Arc<dyn Outbox>,
    /// The queue of fetch-remote.
    pub fetches: Arc<dyn Outbox>,
    /// The queue of finish-transcode.
    pub transcoded: Arc<dyn Outbox>,
    /// How long somebody may still be at work after a change of the record.
    pub grace: Grace,
}

impl Operator {
    /// Carries out an order as far as possible now. Returns how far it got, for the log.
    ///
    /// # Errors
    /// Fails if this could not be decided; the message must then be delivered again.
    pub async fn run(&self, order: &Order) -> Result<Ending, Error> {
        let Some(record) = self.take(order).await? else {
            return Ok(Ending::Overtaken);
        };
        self.end_jobs(&record).await?;
        match record.state {
            State::Suspending | State::Moving | State::Updating | State::Deleting => {
                self.withdraw(&record).await
            }
            State::Rejected if record.has_leftovers() => self.withdraw(&record).await,
            State::Restoring => self.restore(&record).await,
            State::Validating | State::Processing => self.hand_over(&record).await,
            State::Ready if record.is_document() => self.retell(&record).await,
            State::Ready | State::Rejected | State::Failed | State::Suspended | State::Deleted => {
                Ok(Ending::SettledBefore)
            }
        }
    }

    /// Applies the order and returns the record, or `None` if the record has a generation other than the order's.
    async fn take(&self, order: &Order) -> Result<Option<MediaRecord>, Error> {
        let now = self.clock.now();
        let applied = self.records.change(&order.app, &order.media, |record| {
            let behind = |record: &&MediaRecord| record.generation + 1 == order.generation;
            let (Some(record), Some(request)) = (record.filter(behind), &order.request) else {
                return Ok(None);
            };
            let mut next = record.clone();
            let applied = transitions::apply(&mut next, request, self.grace, now)?;
            Ok((applied == begin::Applied::Changed).then_some(next))
        });
        let current = |record: &MediaRecord| record.generation == order.generation;
        Ok(applied.await?.record.filter(current))
    }

    async fn withdraw(&self, record: &MediaRecord) -> Result<Ending, Error> {
        let blocked = self.block(record).await?;
        let Some(record) = &self.outlast_viewers(record).await? else {
            return Ok(Ending::Overtaken);
        };
        let Some(withdrawal) = &record.withdrawal else {
            return Ok(Ending::SettledBefore);
        };
        if self.take_away(record).await? == Left::More {
            self.again(record, 0).await?;
            return Ok(Ending::MoreToWithdraw);
        }
        let now = self.clock.now();
        if now < withdrawal.quiet_at {
            if withdrawal.forgets == Forgets::Twice && withdrawal.first.is_none() {
                self.request_invalidation(record, Phase::First).await?;
            }
            let seconds = withdrawal.quiet_at.as_second() - now.as_second() + 1;
            self.again(record, u32::try_from(seconds).unwrap_or(0))
                .await?;
            return Ok(Ending::WithdrawnUntilQuiet);
        }
        blocked?;
        if withdrawal.forgets == Forgets::Never {
            if record.has_leftovers() && self.is_quiet_later(record).await? {
                // Another run has found something, and has taken it away.
                self.again(record, 0).await?;
                return Ok(Ending::WithdrawnUntilQuiet);
            }
            return self.finish(record).await;
        }
        let Some(last) = &withdrawal.last else {
            if self.is_quiet_later(record).await? {
                self.again(record, 0).await?;
                return Ok(Ending::WithdrawnUntilQuiet);
            }
            self.request_invalidation(record, Phase::Last).await?;
            return Ok(Ending::WithdrawnCdnAsked);
        };
        if last.completed_at.is_some() {
            return self.finish(record).await;
        }
        if now.as_second() - last.requested_at.as_second() > PATIENCE_SECONDS {
            self.request_invalidation(record, Phase::Last).await?;
        }
        Ok(Ending::WithdrawnCdnForgets)
    }

    /// Marks the media as suspended, if it is, and blocks its bytes. Returns whether they are blocked: what is public is
    /// taken away all the same, but the operation does not end without the block.
    async fn block(&self, record: &MediaRecord) -> Result<Result<(), Error>, Error> {
        if record.state == State::Suspending {
            let key = Key::Suspended(record.app.clone(), record.media.clone());
            mark::put(
                &*self.store,
                &key,
                &json!({"generation": record.generation}),
            )
            .await?;
        }
        let overtook = record
            .withdrawal
            .as_ref()
            .is_some_and(|w| w.overtook_suspension);
        if record.state != State::Suspending && !overtook {
            return Ok(Ok(()));
        }
        let blocked = blocked::block(&*self.store, record, &*self.clock).await;
        if let Err(error) = &blocked {
            tracing::warn!(cause = %error, "the bytes are not blocked yet");
        }
        Ok(blocked)
    }

    /// Takes all objects from where viewers can fetch them: erases them, or moves them to where they belong now.
    async fn take_away(&self, record: &MediaRecord) -> Result<Left, Error> {
        let (app, media) = (&record.app, &record.media);
        let delivered = |from| Prefix::delivered(Bucket::Delivery, from, app, media);
        match record.state {
            State::Deleting => erase::erase(&*self.store, record).await,
            State::Updating => self.update(record).await,
            State::Moving => {
                let from = delivered(record.visibility.other());
                carry(&*self.store, &from, &|location| {
                    Some(location.seen_by(record.visibility))
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
                // Nothing of a refused file ever comes back.
                let is_kept = record.state != State::Rejected;
                for from in Visibility::ALL {
                    let to = |location: &crate::vocabulary::keys::ObjectLocation| {
                        is_kept.then(|| location.in_bucket(Bucket::Backup))
                    };
                    if carry(&*self.store, &delivered(from), &to).await? == Left::More {
                        return Ok(Left::More);
                    }
                }
                Ok(Left::Nothing)
            }
        }
    }

    /// Brings all objects back to where they belong now, after nobody can still be at work taking them away.
    async fn restore(&self, record: &MediaRecord) -> Result<Ending, Error> {
        let quiet_at = record.withdrawal.as_ref().map(|w| w.quiet_at);
        let now = self.clock.now();
        if let Some(quiet_at) = quiet_at.filter(|quiet_at| now < *quiet_at) {
            let seconds = quiet_at.as_second() - now.as_second() + 1;
            self.again(record, u32::try_from(seconds).unwrap_or(0))
                .await?;
            return Ok(Ending::WaitsUntilQuiet);
        }
        // What was published of a refused file does not come back.
        let comes_back = record.resume_state != Some(State::Rejected);
        for from in Visibility::ALL {
            let prefix = Prefix::delivered(Bucket::Backup, from, &record.app, &record.media);
            let back = |location: &crate::vocabulary::keys::ObjectLocation| {
                let there = location.in_bucket(Bucket::Delivery);
                comes_back.then(|| there.seen_by(record.visibility))
            };
            if carry(&*self.store, &prefix, &back).await? == Left::More {
                self.again(record, 0).await?;
                return Ok(Ending::MoreToRestore);
            }
        }
        blocked::unblock(&*self.store, record, &*self.clock).await?;
        self.finish(record).await
    }

    /// Sends validate-upload its message again: the one that failed, or one like S3's. Work that a later stage did not
    /// finish goes from there to that stage again, all of it and in the current generation. Who has to bring a file that is not
    /// there yet is told to do so.
    async fn hand_over(&self, record: &MediaRecord) -> Result<Ending, Error> {
        if let Some(stage) = record.brought_by() {
            let order = message::write(&StageOrder::new(stage, record))?;
            let queue = match stage {
                Stage::FetchRemote => &self.fetches,
                Stage::ValidateUpload
                | Stage::SplitPdf
                | Stage::TranscodeMedia
                | Stage::FinishTranscode
                | Stage::RunOperation
                | Stage::InvalidateCache => &self.operations,
            };
            queue.send(&record.app, &order, 0).await?;
            return Ok(Ending::HandedOn);
        }
        let Some(name) = &record.file_name else {
            return Ok(Ending::SettledBefore);
        };
        let file = UploadedFile::new(record.app.clone(), record.media.upload(), name.clone());
        let message = record
            .failed_message
            .clone()
            .filter(|message| upload::read(message).is_ok())
            .unwrap_or_else(|| upload::write(&file));
        self.uploads.send(&record.app, &message, 0).await?;
        Ok(Ending::HandedOn)
    }

    /// Has finish-transcode look at a service's job of an earlier generation, whose result is no longer wanted, as the
    /// record shows. This happens before the job's claim is erased: afterwards nobody would know of the job until it
    /// sends an event.
    async fn end_jobs(&self, record: &MediaRecord) -> Result<(), Error> {
        let is_under_way = match record.state {
            State::Validating | State::Processing | State::Suspending | State::Deleting => true,
            State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Updating
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
        let check = JobCheck::back(record, generation, job);
        Ok(self
            .transcoded
            .send(&record.app, &message::write(&check)?, 0)
            .await?)
    }

    pub(super) async fn again(&self, record: &MediaRecord, seconds: u32) -> Result<(), Error> {
        let order = Order::carry_on(record);
        let body = message::write(&order)?;
        let seconds = seconds.min(LONGEST_DELAY_SECONDS);
        Ok(self.operations.send(&record.app, &body, seconds).await?)
    }

    async fn request_invalidation(&self, record: &MediaRecord, phase: Phase) -> Result<(), Error> {
        let request = Task::Forget(Request {
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
            phase,
        });
        Ok(self
            .invalidations
            .send(&record.app, &message::write(&request)?, 0)
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
            | State::Updating
            | State::Deleted => return,
        };
        self.metrics.count(metric);
    }
}

/// The author of history entries about finished operations.
const BY: &str = Stage::RunOperation.as_str();
