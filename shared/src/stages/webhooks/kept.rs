//! The webhooks of apps, kept for a few seconds in a process: a burst of events of one app reads them once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::Book;
use crate::platform::error::Error;
use crate::ports::queue::Outbox;
use crate::vocabulary::event_id::EventId;
use crate::vocabulary::message;
use crate::vocabulary::message::delivery::{Send, SendEvent, To};
use crate::vocabulary::names::AppId;
use crate::vocabulary::webhook::Hooks;

/// The seconds for which webhooks are kept. For so long a new one may miss events.
const KEPT_SECONDS: i64 = 5;

/// The most apps whose webhooks are kept.
const MOST: usize = 256;

/// Tells which webhooks an app has, and asks for events to be sent to them.
pub struct KeptHooks {
    book: Book,
    deliveries: Arc<dyn Outbox>,
    kept: Mutex<BTreeMap<AppId, (Timestamp, Arc<Hooks>)>>,
}

impl KeptHooks {
    /// Reads webhooks from this book, and sends to this queue.
    #[must_use]
    pub fn new(book: Book, deliveries: Arc<dyn Outbox>) -> Self {
        Self {
            book,
            deliveries,
            kept: Mutex::default(),
        }
    }

    /// Asks for an event to be sent to each webhook of the app that wants events of its type. This is asked also for those
    /// that are paused: what is not sent to them is on record then, and can be sent later.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Record`], and [`Error::Queue`]. Then some may have been asked for.
    pub async fn send(
        &self,
        app: &AppId,
        event: &EventId,
        kind: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let hooks = self.of(app).await?;
        for (name, hook) in hooks.hooks.iter().filter(|(_, hook)| hook.wants(kind)) {
            let to = To {
                app: app.clone(),
                hook: name.clone(),
                id: hook.id.clone(),
            };
            let group = to.group();
            let body = message::write(&Send::SendEvent(SendEvent {
                to,
                event: event.clone(),
                asked_at: at,
                put_off: 0,
            }))?;
            self.deliveries.send_in_group(&group, &body, 0).await?;
        }
        Ok(())
    }

    async fn of(&self, app: &AppId) -> Result<Arc<Hooks>, Error> {
        let now = self.book.clock.now();
        if let Some(kept) = self.kept(app, now) {
            return Ok(kept);
        }
        let hooks = Arc::new(self.book.of(app).await?);
        if let Ok(mut all) = self.kept.lock() {
            all.retain(|_, (at, _)| is_recent(*at, now));
            if all.len() < MOST {
                all.insert(app.clone(), (now, Arc::clone(&hooks)));
            }
        }
        Ok(hooks)
    }

    fn kept(&self, app: &AppId, now: Timestamp) -> Option<Arc<Hooks>> {
        let all = self.kept.lock().ok()?;
        let (_, hooks) = all.get(app).filter(|(at, _)| is_recent(*at, now))?;
        Some(Arc::clone(hooks))
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (0..KEPT_SECONDS).contains(&(now.as_second() - at.as_second()))
}
