//! Sends all events of a webhook again that happened since a time.

use futures_util::stream::{self, TryStreamExt};

use super::Sender;
use super::deliveries::delivery_of;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::vocabulary::event_id::EventId;
use crate::vocabulary::keys::{DeliveryId, Key, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::delivery::{Send, SendEvent, SendSince, To};
use crate::vocabulary::webhook::{Delivery, DeliveryState, Hook};

/// The deliveries that one message looks at. Another message goes on behind them.
const PAGE: u16 = 200;

/// Deliveries that are read and sent at the same time.
const AT_ONCE: usize = 16;

impl Sender {
    /// Asks for the events of a page of deliveries to be sent again, those of the latest events first. A message that comes
    /// twice asks for the same again, which is sent once: it was asked for at the same time.
    ///
    /// # Errors
    /// A failure on our side.
    pub async fn send_since(&self, all: &SendSince) -> Result<Ending, Error> {
        let To { app, hook, id } = &all.to;
        let Some(registered) = self.book.registered(app, hook, id).await? else {
            return Ok(Ending::WebhookGone);
        };
        let prefix = Prefix::deliveries(app, hook);
        let after = all
            .after
            .as_deref()
            .and_then(|id| DeliveryId::parse(id).ok());
        let after = after.map(|id| Key::Delivery(app.clone(), hook.clone(), id).to_string());
        let page = self.store.list(&prefix, after.as_deref(), PAGE).await?;
        let listed: Vec<_> = page.keys().filter_map(delivery_of).collect();
        let wanted: Vec<_> = listed
            .iter()
            .take_while(|id| !id.is_before(all.since))
            .collect();
        stream::iter(wanted.iter().copied().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |id| self.ask_again(all, &registered, id))
            .await?;
        let is_last = !page.more || wanted.len() < listed.len();
        let Some(last) = listed.last().filter(|_| !is_last) else {
            return Ok(Ending::WebhookAsked);
        };
        let rest = SendSince {
            after: Some(last.to_string()),
            ..all.clone()
        };
        let body = message::write(&Send::SendSince(rest))?;
        let group = all.to.group();
        self.deliveries.send_in_group(&group, &body, 0).await?;
        Ok(Ending::WebhookAskedInPart)
    }

    /// Asks for one event to be sent again. Pings are not. What waits is sent sooner, and its message from before finds that.
    async fn ask_again(&self, all: &SendSince, hook: &Hook, id: &DeliveryId) -> Result<(), Error> {
        if matches!(id.event, EventId::Ping(_)) {
            return Ok(());
        }
        let key = Key::Delivery(all.to.app.clone(), all.to.hook.clone(), id.clone());
        let Some(found) = self.records.load::<Delivery>(&key).await? else {
            return Ok(());
        };
        let is_left_out = all.undelivered && found.value.state == DeliveryState::Delivered;
        if is_left_out || !found.value.is_since(hook.created_at) {
            return Ok(());
        }
        let body = message::write(&Send::SendEvent(SendEvent {
            to: all.to.clone(),
            event: id.event.clone(),
            asked_at: all.asked_at,
            put_off: 0,
        }))?;
        let group = all.to.group();
        Ok(self.deliveries.send_in_group(&group, &body, 0).await?)
    }
}
