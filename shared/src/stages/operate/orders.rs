//! Takes orders: checks whether an operation is possible, and answers once it is certain to be carried out.
//!
//! The order is sent before the record is changed. If the process dies in between, the order is in the queue, and makes
//! the change itself. An order whose change was overtaken by another one finds another generation, and is void.

use std::sync::Arc;

use serde::Serialize;

use super::take::{Refused, Taken, take};
use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::{Records, Written};
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::ports::store::ObjectStore;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::order::{Asked, Order, Wish};
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::operation::Grace;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Attempts to change a record that others change at the same time.
const ATTEMPTS: u32 = 8;

/// Takes orders.
pub struct Orders {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue to run-operation.
    pub operations: Arc<dyn Outbox>,
    /// How long a process may still be at work after the record was changed.
    pub grace: Grace,
}

/// The answer to an order: the current state of the media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The app that it belongs to.
    pub app: App,
    /// The media.
    pub media: Media,
    /// Its state.
    pub state: State,
    /// Its generation.
    pub generation: u32,
    #[serde(skip)]
    under_way: bool,
}

impl Placed {
    /// Returns 202 if there is something left to do, 200 if nothing had to change.
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
    /// Takes an order; it is carried out after `delay_seconds`.
    ///
    /// # Errors
    /// 404; 409 with what prevents it; or a failure of ours, after which the order may be carried out all the same.
    pub async fn place(
        &self,
        app: &App,
        media: &Media,
        asked: &Asked,
        delay_seconds: u32,
    ) -> Result<Placed, Refusal> {
        let key = Key::Media(app.clone(), media.clone());
        for _ in 0..ATTEMPTS {
            let found = self.records.load::<MediaRecord>(&key).await?;
            let found = found.ok_or_else(Problem::unknown_media)?;
            let mut next = found.value.clone();
            match take(&mut next, asked, self.grace, self.clock.now())? {
                Taken::Refused(why) => return Err(refusal(why).into()),
                Taken::Done => return Ok(Placed::new(&found.value, false)),
                Taken::UnderWay => {
                    self.send(&next, asked, 0).await?;
                    return Ok(Placed::new(&next, true));
                }
                Taken::Changed => {}
            }
            let failed = Key::Failed(app.clone(), media.clone());
            let stale = match asked.wish {
                Wish::Retry => mark::seen(&*self.store, &failed).await?,
                Wish::Suspend(_) | Wish::Restore | Wish::Move(_) | Wish::Delete => None,
            };
            self.send(&next, asked, delay_seconds).await?;
            if self.records.replace(&mut next, &found.etag).await? == Written::Done {
                mark::remove(&*self.store, &failed, stale.as_ref()).await;
                return Ok(Placed::new(&next, true));
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    async fn send(
        &self,
        record: &MediaRecord,
        asked: &Asked,
        delay_seconds: u32,
    ) -> Result<(), Error> {
        let order = Order {
            asked: Some(asked.clone()),
            ..Order::carry_on(record)
        };
        let body = crate::vocabulary::message::write(&order)?;
        Ok(self.operations.send(&body, delay_seconds).await?)
    }
}

fn refusal(why: Refused) -> Problem {
    match why {
        Refused::NothingToRetry => Problem::conflict(
            "nothing_to_retry",
            "Nothing of this media failed",
            "Only a failed media can be tried again.",
        ),
        Refused::NotSuspended => Problem::conflict(
            "not_suspended",
            "The media is not suspended",
            "Only a suspended media can be restored; one that is suspending, when that is done.",
        ),
        Refused::NotReady => Problem::conflict(
            "not_ready",
            "The media is not ready",
            "Only a ready media can change its visibility.",
        ),
        Refused::LegalHold => Problem::conflict(
            "legal_hold",
            "The media is under legal hold",
            "Restore it, or give its suspension another reason, before it is deleted.",
        ),
        Refused::Deleted => Problem::conflict(
            "deleted",
            "The media is deleted",
            "It cannot be brought back; upload it anew.",
        ),
    }
}
