//! Deletes media that have expired.
//!
//! A mark tells when to look, and only the record tells whether the media has expired by now. Whoever changes the time puts
//! the new mark before the record. So this mark may go whenever the record says that its time is not the media's: another
//! mark is there for it. That is so, too, while the media may not be deleted because an authority demands it: whoever ends
//! that puts a mark first.
//!
//! The media is deleted like any other: the order goes to its queue, and then the record changes, under the condition that
//! it has expired. An order whose media was given more time before anybody took it does nothing. The mark goes last, so
//! that a process may die after any call.

use std::slice;

use super::Sweeper;
use super::look::Seen;
use super::queues::{Backlogs, Line};
use crate::platform::error::Error;
use crate::platform::problem::Refusal;
use crate::ports::store::Version;
use crate::vocabulary::keys::{Expiring, Key};
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The name of the caller that deletes, in the history of a media.
const BY: &str = "sweep-lost";

impl Sweeper {
    /// Looks at a media whose time may be over, and removes the mark. While other operations wait, both are left for a later
    /// run.
    pub(super) async fn expire(
        &self,
        mark: &Version,
        expiring: &Expiring,
        backlogs: &Backlogs<'_>,
    ) -> Result<Seen, Error> {
        if backlogs.is_filled(Line::Operations).await? {
            return Ok(Seen::Underway);
        }
        let (app, media) = (&expiring.app, &expiring.media);
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let now = self.clock.now();
        let mut seen = Seen::Ended;
        if found.is_some_and(|found| found.value.has_expired(now)) {
            let request = Request {
                command: Command::Expire,
                by: BY.to_owned(),
            };
            match self.orders.place(app, media, &request, 0).await {
                Ok(placed) if placed.state == State::Deleting => seen = Seen::Expired,
                // It was given more time meanwhile, or somebody else was faster.
                Ok(_) | Err(Refusal::Caller(_)) => {}
                Err(Refusal::Ours(error)) => return Err(error),
            }
        }
        self.store.erase(slice::from_ref(mark)).await?;
        Ok(seen)
    }
}
