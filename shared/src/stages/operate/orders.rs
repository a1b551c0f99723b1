//! Accepts orders: checks whether the command is possible now, and answers once it is certain to be carried out.
//!
//! The order is sent first, then the record is changed. If the process dies in between, the queued order makes the
//! change. An order whose change was overtaken by another finds a different generation and has no effect.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::begin::{Applied, Refused};
use super::transitions::apply;
use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::{Records, Written};
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::ports::store::ObjectStore;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::order::{Command, Order, Request};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::operation::Grace;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Maximum number of attempts to change a record that others change at the same time.
const ATTEMPTS: u32 = 8;

/// The service that accepts orders.
pub struct Orders {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue of run-operation.
    pub operations: Arc<dyn Outbox>,
    /// How long somebody may still be at work after a change of the record.
    pub grace: Grace,
}

/// The answer to an order: the current state of the media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "OperationStatus")]
pub struct Placed {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// Its state.
    pub state: State,
    /// Its generation.
    pub generation: u32,
    #[serde(skip)]
    under_way: bool,
}

impl Placed {
    /// Returns 202 while there is work left to do, or 200 if the command is already fulfilled.
    #[must_use]
    pub fn status(&self) -> u16 {
        if self.under_way { 202 } else { 200 }
    }

    fn new(record: &MediaRecord, under_way: bool) -> Self {
        Self {
            app: record.app.clone(),
            media: record.media.clone(),
            state: record.state,
            generation: record.generation,
            under_way,
        }
    }
}

impl Orders {
    /// Accepts an order, which is carried out after `delay_seconds`.
    ///
    /// # Errors
    /// 404; 409 with the reason; or a failure on our side, after which the order may still be carried out.
    pub async fn place(
        &self,
        app: &AppId,
        media: &MediaId,
        request: &Request,
        delay_seconds: u32,
    ) -> Result<Placed, Refusal> {
        let key = Key::Media(app.clone(), media.clone());
        for _ in 0..ATTEMPTS {
            let found = self.records.load::<MediaRecord>(&key).await?;
            let found = found.ok_or_else(Problem::unknown_media)?;
            let mut next = found.value.clone();
            match apply(&mut next, request, self.grace, self.clock.now())? {
                Applied::Refused(why) => return Err(Problem::from(why).into()),
                Applied::Done => return Ok(Placed::new(&found.value, false)),
                Applied::UnderWay => {
                    self.send(&next, request, 0).await?;
                    return Ok(Placed::new(&next, true));
                }
                Applied::Changed => {}
            }
            let failed = Key::Failed(app.clone(), media.clone());
            let stale = match request.command {
                Command::Retry => mark::seen(&*self.store, &failed).await?,
                Command::Suspend(_)
                | Command::Restore
                | Command::Move(_)
                | Command::PutCaptions(_)
                | Command::RemoveCaptions(_)
                | Command::Delete
                | Command::Expire => None,
            };
            self.send(&next, request, delay_seconds).await?;
            if self.records.replace(&mut next, &found).await? == Written::Done {
                mark::remove(&*self.store, &failed, stale.as_ref()).await;
                return Ok(Placed::new(&next, true));
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    async fn send(
        &self,
        record: &MediaRecord,
        request: &Request,
        delay_seconds: u32,
    ) -> Result<(), Error> {
        let order = Order {
            request: Some(request.clone()),
            ..Order::carry_on(record)
        };
        let body = crate::vocabulary::message::write(&order)?;
        Ok(self
            .operations
            .send(&record.app, &body, delay_seconds)
            .await?)
    }
}

impl From<Refused> for Problem {
    fn from(why: Refused) -> Self {
        match why {
            Refused::NothingToRetry => Self::conflict(
                "nothing_to_retry",
                "The media has not failed",
                "Only a media that failed can be retried, or one whose work has not gone on for eleven minutes.",
            ),
            Refused::NotSuspended => Self::conflict(
                "not_suspended",
                "The media is not suspended",
                "Only a suspended media can be restored. If it is being suspended, wait until that is done.",
            ),
            Refused::NotReady => Self::conflict(
                "not_ready",
                "The media is not ready",
                "Only a ready media can change its visibility.",
            ),
            Refused::NotServed => Self::conflict(
                "not_ready",
                "The media is not ready",
                "Only a ready media can change its captions.",
            ),
            Refused::NotAudioOrVideo => Self::conflict(
                "not_audio_or_video",
                "The media is neither audio nor video",
                "Only audio and video have captions.",
            ),
            Refused::TooManyCaptions => Self::conflict(
                "too_many_captions",
                "The media has too many captions",
                "A media has at most 32 captions, those of its file included. Take some away first.",
            ),
            Refused::LegalHold => Self::conflict(
                "legal_hold",
                "The media is under legal hold",
                "Before you delete the media, restore it or suspend it for another reason.",
            ),
            Refused::Deleted => Self::deleted(),
        }
    }
}
