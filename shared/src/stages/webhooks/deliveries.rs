//! Lists deliveries, and asks for events to be sent again, or for a ping.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Webhooks;
use super::view::Pinged;
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::vocabulary::event_id::{EventId, PingId};
use crate::vocabulary::keys::{Bucket, DeliveryId, Key, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::delivery::{Send, SendEvent, SendSince, To};
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::AppId;
use crate::vocabulary::webhook::{Delivery, Hook, HookName};

/// Deliveries per page. Each is read.
const PAGE: u16 = 100;

/// Deliveries that are read at the same time.
const READS_AT_ONCE: usize = 32;

/// One page of deliveries.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDeliveryPage")]
pub struct DeliveryPage {
    /// The deliveries, those of the latest events first.
    items: Vec<DeliveryView>,
    /// The value of `after=` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<DeliveryId>,
}

/// The delivery of one event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub struct DeliveryView {
    /// The id of the delivery.
    delivery: DeliveryId,
    /// How it stands.
    #[serde(flatten)]
    stands: Delivery,
}

/// The body of `POST /admin/apps/{app}/webhooks/{name}/resend`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendSince {
    /// Events that happened at this time or later are sent again.
    #[schemars(with = "Moment")]
    pub since: Timestamp,
    /// Whether those that were delivered are left out; without it `false`.
    #[serde(default)]
    pub undelivered: bool,
}

/// The answer to a request to send events again.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookResend")]
pub struct Resending {
    /// The time of the request. Deliveries that are made for it have this time as `asked_at`.
    #[schemars(with = "Moment")]
    pub asked_at: Timestamp,
}

impl Webhooks {
    /// Returns a page of deliveries, those of the latest events first, after the one in `after`.
    ///
    /// # Errors
    /// 400 if `after` is none; 404; or a failure on our side.
    pub async fn deliveries(
        &self,
        app: &AppId,
        name: &HookName,
        after: Option<&str>,
    ) -> Result<DeliveryPage, Refusal> {
        let hook = self.find(app, name).await?;
        let after = after.map(DeliveryId::parse).transpose();
        let after = after.map_err(|error| Problem::invalid("after", format!("{error}.")))?;
        let key = |id: &DeliveryId| Key::Delivery(app.clone(), name.clone(), id.clone());
        let start = after.as_ref().map(|id| key(id).to_string());
        let prefix = Prefix::deliveries(app, name);
        let listing = self.store.list(&prefix, start.as_deref(), PAGE);
        let listing = listing.await.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(delivery_of).collect();
        let items: Vec<_> = stream::iter(listed.iter())
            .map(|id| async move {
                let found = self.book.records.load::<Delivery>(&key(id)).await?;
                Ok::<_, Error>(found.map(|found| DeliveryView {
                    delivery: id.clone(),
                    stands: found.value,
                }))
            })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(DeliveryPage {
            next: listed.last().filter(|_| listing.more).cloned(),
            items: items
                .into_iter()
                .flatten()
                .filter(|one| one.stands.is_since(hook.created_at))
                .collect(),
        })
    }

    /// Sends one event again.
    ///
    /// # Errors
    /// 400; 404; 409 if the webhook is paused; or a failure on our side.
    pub async fn resend(
        &self,
        app: &AppId,
        name: &HookName,
        delivery: &str,
    ) -> Result<Resending, Refusal> {
        let id = DeliveryId::parse(delivery)
            .map_err(|error| Problem::invalid("delivery", format!("{error}.")))?;
        let hook = self.find(app, name).await?;
        let key = Key::Delivery(app.clone(), name.clone(), id.clone());
        let found = self.book.records.load::<Delivery>(&key).await?;
        found
            .filter(|found| found.value.is_since(hook.created_at))
            .ok_or_else(Problem::unknown_delivery)?;
        self.is_not_paused(app, name, &hook).await?;
        let asked_at = self.book.clock.now();
        let event = SendEvent {
            to: to(app, name, hook),
            event: id.event,
            asked_at,
            put_off: 0,
        };
        self.ask(Send::SendEvent(event)).await?;
        Ok(Resending { asked_at })
    }

    /// Sends all events again that happened since a time, as far as their deliveries are on record.
    ///
    /// # Errors
    /// 404; 409 if the webhook is paused; or a failure on our side.
    pub async fn resend_since(
        &self,
        app: &AppId,
        name: &HookName,
        wanted: &ResendSince,
    ) -> Result<Resending, Refusal> {
        let hook = self.find(app, name).await?;
        self.is_not_paused(app, name, &hook).await?;
        let asked_at = self.book.clock.now();
        let all = SendSince {
            to: to(app, name, hook),
            since: wanted.since,
            asked_at,
            undelivered: wanted.undelivered,
            after: None,
        };
        self.ask(Send::SendSince(all)).await?;
        Ok(Resending { asked_at })
    }

    /// Sends an event that says nothing, once, also to a webhook that is paused.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn ping(&self, app: &AppId, name: &HookName) -> Result<Pinged, Refusal> {
        let hook = self.find(app, name).await?;
        let ping = PingId::new(self.book.clock.now(), self.book.clock.random());
        let at = ping.at();
        let event = EventId::Ping(ping);
        let order = SendEvent {
            to: to(app, name, hook),
            event: event.clone(),
            asked_at: at,
            put_off: 0,
        };
        self.ask(Send::SendEvent(order)).await?;
        Ok(Pinged {
            delivery: DeliveryId::new(at, event.clone()),
            event,
        })
    }

    async fn is_not_paused(
        &self,
        app: &AppId,
        name: &HookName,
        hook: &Hook,
    ) -> Result<(), Refusal> {
        let (standing, _) = self.book.standing(app, name, hook.endpoint()).await?;
        if standing.paused.is_some() {
            return Err(Problem::webhook_paused().into());
        }
        Ok(())
    }

    async fn ask(&self, order: Send) -> Result<(), Error> {
        let (group, body) = (order.to().group(), message::write(&order)?);
        Ok(self.deliveries.send_in_group(&group, &body, 0).await?)
    }
}

fn to(app: &AppId, name: &HookName, hook: Hook) -> To {
    To {
        app: app.clone(),
        hook: name.clone(),
        id: hook.id,
    }
}

pub(super) fn delivery_of(key: &str) -> Option<DeliveryId> {
    let Key::Delivery(_, _, delivery) = Key::parse(Bucket::Records, key)? else {
        return None;
    };
    Some(delivery)
}
