//! Sends an event to a webhook, and writes down what became of it.
//!
//! A message is a hint at one event for one webhook. What was sent is on the delivery's record, and how the endpoint stands
//! on a record of its own, so a message that comes twice or late finds what was done. The order is: read both; claim the
//! endpoint, if it is not well; send; write down the delivery; write down how the endpoint stands. Who dies before the
//! delivery is written sends the event again.
//!
//! A message that finds the endpoint claimed by another, or in a pause after failures, is put off without a call: it is sent
//! anew with a delay, so that an endpoint that is down for a day does not use up the deliveries of its messages.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Book, Secrets};
use crate::platform::cloud_event::{CONTENT_TYPE as EVENT_TYPE, CloudEvent};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::{Records, Versioned, Written};
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::queue::{LONGEST_DELAY_SECONDS, Outbox};
use crate::ports::store::{ObjectStore, StoreError};
use crate::ports::web::{Request, Web, WebError};
use crate::vocabulary::event_id::{EventId, PING};
use crate::vocabulary::keys::{DeliveryId, Key};
use crate::vocabulary::message;
use crate::vocabulary::message::delivery::{Send, SendEvent};
use crate::vocabulary::web_address::{Reach, WebAddress};
use crate::vocabulary::webhook::{Attempt, Delivery, Hook, Pass, Pause, Standing, Unsent};

/// How long an answer is waited for. The Standard Webhooks advise 15 to 30 seconds.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
const WITHIN: Duration = Duration::from_secs(15);

/// How often a message is put off. With the longest delay each time this is three days: an endpoint that is so far behind
/// never catches up.
const MOST_PUT_OFF: u32 = 300;

/// The shortest wait of a message that is put off, in seconds; it doubles each time.
const FIRST_WAIT_SECONDS: u32 = 5;

/// The seconds that a message may come too early, because the clocks of two machines differ.
const CLOCKS_DIFFER_SECONDS: u32 = 1;

/// Sends events to webhooks.
pub struct Sender {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Webhooks, as they are stored.
    pub book: Book,
    /// Derives secrets.
    pub secrets: Secrets,
    /// Other people's servers.
    pub web: Arc<dyn Web>,
    /// The servers that may be called.
    pub reach: Reach,
    /// The queue of deliveries, for messages that are put off.
    pub deliveries: Arc<dyn Outbox>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
}

/// An event as it is sent.
struct Event {
    kind: String,
    at: Timestamp,
    body: Bytes,
}

/// A delivery that is to be made, and the version of its record that it is based on.
struct Begun {
    key: Key,
    delivery: Delivery,
    read: Option<Versioned<Delivery>>,
}

impl Sender {
    /// Sends the event of a message, if that is left to do.
    ///
    /// # Errors
    /// [`Error::Untaken`] if the endpoint did not take the event and it is to be sent again; a failure on our side.
    pub async fn send(&self, order: &SendEvent) -> Result<Ending, Error> {
        let to = &order.to;
        let registered = self.book.registered(&to.app, &to.hook, &to.id).await?;
        let Some(hook) = registered else {
            return Ok(Ending::WebhookGone);
        };
        let Some(event) = self.event(order).await? else {
            return Ok(Ending::EventGone);
        };
        let Some(begun) = self.begin(order, &event).await? else {
            return Ok(Ending::SettledBefore);
        };
        self.is_due(&begun.delivery)?;
        let Ok(address) = WebAddress::parse(&hook.url, self.reach) else {
            return self.give_up(begun, Unsent::Address).await;
        };
        if let EventId::Ping(_) = order.event {
            return self.ping(order, &hook, address, event, begun).await;
        }
        let endpoint = hook.endpoint();
        let (standing, read) = self.book.standing(&to.app, &to.hook, endpoint).await?;
        let standing = match standing.pass(self.clock.now()) {
            Pass::Free => standing,
            Pass::Paused(_) => return self.give_up(begun, Unsent::Paused).await,
            Pass::Closed(until) => return self.put_off(order, begun, until).await,
            Pass::Claim(claimed) => {
                let about = (&to.app, &to.hook);
                let written = self.book.write_standing(about, &claimed, read.as_ref());
                if written.await? == Written::Lost {
                    return self.put_off(order, begun, self.clock.now()).await;
                }
                claimed
            }
        };
        let attempt = self.post(order, &hook, address, &event).await?;
        self.settle(order, begun, &standing, attempt).await
    }

    /// Waits until the next attempt may be made. A second message of the same event would spend the attempts of a day within
    /// hours, and so would one that comes back early, because a process died before it had set the wait.
    ///
    /// # Errors
    /// [`Error::Busy`] if it is too early.
    fn is_due(&self, delivery: &Delivery) -> Result<(), Error> {
        let now = self.clock.now().as_second();
        let left = delivery.next_at.map_or(0, |at| at.as_second() - now);
        match u32::try_from(left) {
            Ok(seconds) if seconds > CLOCKS_DIFFER_SECONDS => Err(Error::Busy { seconds }),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Writes down an attempt, and how the endpoint stands after it, unless it stands as it was found.
    async fn settle(
        &self,
        order: &SendEvent,
        begun: Begun,
        found: &Standing,
        attempt: Attempt,
    ) -> Result<Ending, Error> {
        let (now, random) = (self.clock.now(), self.clock.random());
        let to = &order.to;
        let (next, wait) = begun.delivery.clone().tried(attempt.clone(), now, random);
        self.write(begun, &next).await?;
        if attempt.is_success() && found.succeeded(attempt.milliseconds) == *found {
            return Ok(Ending::WebhookSent);
        }
        let changed = self
            .book
            .change_standing((&to.app, &to.hook), &found.id, |standing| {
                if attempt.is_success() {
                    standing.succeeded(attempt.milliseconds)
                } else {
                    standing.failed(now, &attempt, random)
                }
            });
        let (before, after) = match changed.await {
            Ok(changed) => changed,
            // The delivery is on record; the next attempt tells how the endpoint stands.
            Err(error) if attempt.is_success() => {
                tracing::warn!(
                    cause = error.chain(),
                    "how an endpoint stands was not written"
                );
                return Ok(Ending::WebhookSent);
            }
            Err(error) => return Err(error),
        };
        if let (None, Some(pause)) = (before.paused, after.paused) {
            self.tell(order, pause);
        }
        if attempt.is_success() {
            return Ok(Ending::WebhookSent);
        }
        match wait {
            None => Ok(Ending::WebhookFailed),
            Some(seconds) => Err(Error::Untaken {
                what: what(&attempt),
                seconds,
            }),
        }
    }

    /// Sends a ping, once, whatever is known of the endpoint. It says nothing about how the endpoint stands.
    async fn ping(
        &self,
        order: &SendEvent,
        hook: &Hook,
        address: WebAddress,
        event: Event,
        begun: Begun,
    ) -> Result<Ending, Error> {
        let attempt = self.post(order, hook, address, &event).await?;
        let is_success = attempt.is_success();
        let next = begun.delivery.clone().tried_once(attempt, self.clock.now());
        self.write(begun, &next).await?;
        Ok(if is_success {
            Ending::WebhookSent
        } else {
            Ending::WebhookFailed
        })
    }

    fn tell(&self, order: &SendEvent, pause: Pause) {
        let (app, hook) = (&order.to.app, &order.to.hook);
        tracing::warn!(app = %app, hook = %hook, because = ?pause.because, "the webhook {hook} of {app} is paused");
        self.metrics.count(Metric::WebhookPaused);
    }

    /// Sends the message again with a delay, because the endpoint is not well before `until`.
    async fn put_off(
        &self,
        order: &SendEvent,
        begun: Begun,
        until: Timestamp,
    ) -> Result<Ending, Error> {
        if order.put_off >= MOST_PUT_OFF {
            return self.give_up(begun, Unsent::TooMany).await;
        }
        // What waits is listed, and a later request to send what was not delivered finds it.
        let on_record = begun.read.as_ref().map(|read| &read.value);
        if on_record != Some(&begun.delivery) {
            let waiting = begun.delivery.clone();
            self.write(begun, &waiting).await?;
        }
        let seconds = self.wait(order.put_off, until);
        let body = message::write(&Send::SendEvent(SendEvent {
            put_off: order.put_off.saturating_add(1),
            ..order.clone()
        }))?;
        let group = order.to.group();
        let sent = self.deliveries.send_in_group(&group, &body, seconds);
        sent.await?;
        Ok(Ending::WebhookPutOff)
    }

    /// Returns how many seconds a message is put off: until the endpoint may be tried, and longer each time, so that many
    /// messages for one endpoint do not ask all the time. A random part of the latter is left out.
    fn wait(&self, put_off: u32, until: Timestamp) -> u32 {
        let left = until.as_second() - self.clock.now().as_second();
        let left = u32::try_from(left).unwrap_or(0);
        let bound = FIRST_WAIT_SECONDS
            .saturating_mul(1 << put_off.min(16))
            .min(LONGEST_DELAY_SECONDS);
        let sooner = self.clock.random() % u128::from(bound / 2 + 1);
        let longer = bound - u32::try_from(sooner).unwrap_or(0);
        left.max(longer).min(LONGEST_DELAY_SECONDS)
    }

    async fn give_up(&self, begun: Begun, reason: Unsent) -> Result<Ending, Error> {
        let next = begun.delivery.clone().given_up(reason, self.clock.now());
        self.write(begun, &next).await?;
        Ok(Ending::WebhookNotSent)
    }

    /// Writes the record of a delivery, unless somebody else has; then the message comes again and finds what was written.
    async fn write(&self, begun: Begun, next: &Delivery) -> Result<(), Error> {
        let etag = begun.read.as_ref().map(|read| &read.etag);
        match self.records.write(&begun.key, next, etag).await? {
            Written::Done => Ok(()),
            Written::Lost => Err(Error::Contended { attempts: 1 }),
        }
    }

    /// Reads the record of the delivery; `None` if nothing is left to do for this message.
    async fn begin(&self, order: &SendEvent, event: &Event) -> Result<Option<Begun>, Error> {
        let id = DeliveryId::new(event.at, order.event.clone());
        let key = Key::Delivery(order.to.app.clone(), order.to.hook.clone(), id);
        let read = self.records.load::<Delivery>(&key).await?;
        let known = read.as_ref().map(|read| read.value.clone());
        let known = known.unwrap_or_else(|| {
            let now = self.clock.now();
            Delivery::new(order.event.clone(), &event.kind, order.asked_at, now)
        });
        let begun = known.begun(order.asked_at);
        Ok(begun.map(|delivery| Begun {
            key,
            delivery,
            read,
        }))
    }

    /// Returns the event as it was frozen; `None` if it is not kept any more. A ping is made anew, and is the same each time.
    async fn event(&self, order: &SendEvent) -> Result<Option<Event>, Error> {
        let (app, hook) = (&order.to.app, &order.to.hook);
        if let EventId::Ping(ping) = &order.event {
            let (at, data) = (ping.at(), json!({"app": app, "webhook": hook}));
            let event = CloudEvent::new(PING, (app, &ping.to_string()), 1, at, data);
            return Ok(Some(Event {
                kind: PING.to_owned(),
                at,
                body: event.write()?.into(),
            }));
        }
        let Some(key) = Key::of_event(app, &order.event) else {
            return Ok(None);
        };
        let location = key.location();
        let body = match self.store.get(&location, None).await {
            Ok(object) => object.body,
            Err(StoreError::Missing) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let read = serde_json::from_slice::<Value>(&body);
        let read = read.map_err(|source| Error::Record {
            location: location.key().to_owned(),
            source,
        })?;
        let text = |name: &str| read.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Some(Event {
            kind: text("type").to_owned(),
            at: text("time").parse().unwrap_or(order.asked_at),
            body,
        }))
    }

    /// Sends an event once.
    async fn post(
        &self,
        order: &SendEvent,
        hook: &Hook,
        address: WebAddress,
        event: &Event,
    ) -> Result<Attempt, Error> {
        let at = self.clock.now();
        let id = order.event.to_string();
        let about = (&order.to.app, &order.to.hook);
        let signed = self.secrets.sign(about, hook, (&id, at, &event.body));
        let request = Request {
            method: Method::POST,
            address,
            headers: headers(&id, at, &signed.await?),
            body: event.body.clone(),
        };
        let begun = Instant::now();
        let answer = self.web.send(request, WITHIN).await;
        let (status, error) = match answer {
            // The body is somebody else's, and nothing in it is needed.
            Ok(answer) => (Some(answer.status), None),
            Err(error) => (None, Some(code(&error).to_owned())),
        };
        Ok(Attempt {
            at,
            milliseconds: u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX),
            status,
            error,
        })
    }
}

fn headers(id: &str, at: Timestamp, signature: &str) -> HeaderMap {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let values = [
        id.to_owned(),
        at.as_second().to_string(),
        signature.to_owned(),
    ];
    let mut headers: HeaderMap = names
        .into_iter()
        .map(HeaderName::from_static)
        .zip(values)
        .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
        .collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENT_TYPE));
    headers.insert(USER_AGENT, HeaderValue::from_static("Dozo-Webhooks"));
    headers
}

/// Returns what an attempt met with, for the log.
fn what(attempt: &Attempt) -> String {
    match (attempt.status, &attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, error) => error.clone().unwrap_or_default(),
    }
}

/// Returns a stable code, for programs.
fn code(error: &WebError) -> &'static str {
    match error {
        WebError::NotPublic => "address_not_public",
        WebError::UnknownName => "unknown_host",
        WebError::TooSlow => "timed_out",
        WebError::Broken(_) => "connection_failed",
    }
}
