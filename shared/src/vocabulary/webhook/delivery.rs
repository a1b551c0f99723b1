//! The delivery of an event to a webhook: how it stands, and its attempts.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::event_id::EventId;
use crate::vocabulary::moment::Moment;

/// The waits of an event after each attempt that failed, in seconds. They add up to 24.6 hours, so an event is tried nine
/// times over more than a day. The longest wait of a received message is 12 hours.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>
const WAITS_SECONDS: [u32; 8] = [5, 60, 300, 1_800, 7_200, 18_000, 28_800, 32_400];

/// The attempts that a delivery remembers, the latest ones.
const REMEMBERED: usize = 10;

/// The delivery of one event to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookDeliveryRecord")]
pub struct Delivery {
    /// The id of the event, which is also the header `webhook-id`.
    pub event: EventId,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it stands.
    pub state: DeliveryState,
    /// The reason why it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Unsent>,
    /// How often it was sent since `asked_at`.
    pub attempts: u32,
    /// The latest 10 attempts, those before `asked_at` included, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Attempt>,
    /// The time at which it was asked for: that of the event, or of the last request to send it again.
    #[schemars(with = "Moment")]
    pub asked_at: Timestamp,
    /// The earliest time of the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    pub next_at: Option<Timestamp>,
    /// The time at which this was written.
    #[schemars(with = "Moment")]
    pub updated_at: Timestamp,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeliveryState {
    /// It is sent again, or for the first time when the endpoint is well.
    Waiting,
    /// The endpoint answered with a status from 200 to 299.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// It was given up without, or before, the last attempt.
    NotSent,
}

/// The reason why an event was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Unsent {
    /// The webhook is paused.
    Paused,
    /// The endpoint was too slow, or failed too often, for the events that wait for it.
    TooMany,
    /// The webhook's address is not allowed any more.
    Address,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookAttempt")]
pub struct Attempt {
    /// The time at which it began.
    #[schemars(with = "Moment")]
    pub at: Timestamp,
    /// The milliseconds until the answer, or until it failed.
    pub milliseconds: u32,
    /// The HTTP status of the answer, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 999))]
    pub status: Option<u16>,
    /// A stable code of what failed, if there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Attempt {
    /// Returns whether the endpoint took the event.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Returns whether the endpoint says that it is gone for good.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

impl Delivery {
    /// Creates the delivery of an event that was asked for at the first of these times, as it is written at the second.
    #[must_use]
    pub fn new(event: EventId, kind: &str, asked_at: Timestamp, now: Timestamp) -> Self {
        Self {
            event,
            kind: kind.to_owned(),
            state: DeliveryState::Waiting,
            reason: None,
            attempts: 0,
            tries: Vec::new(),
            asked_at,
            next_at: None,
            updated_at: now,
        }
    }

    /// Returns whether this was written for a webhook that was registered at this time. What an earlier one of the same name
    /// has left is older.
    #[must_use]
    pub fn is_since(&self, registered_at: Timestamp) -> bool {
        self.updated_at >= registered_at
    }

    /// Returns the delivery as it is to be made for a message that was asked for at this time; `None` if nothing is left to
    /// do for it: what it asks for was done or given up, or it was asked for again since.
    #[must_use]
    pub fn begun(self, asked_at: Timestamp) -> Option<Self> {
        if asked_at > self.asked_at {
            return Some(Self {
                state: DeliveryState::Waiting,
                reason: None,
                attempts: 0,
                asked_at,
                next_at: None,
                ..self
            });
        }
        (asked_at == self.asked_at && self.state == DeliveryState::Waiting).then_some(self)
    }

    /// Returns the delivery after an attempt, and the seconds until the next one, if there is one. A random part of up to a
    /// tenth is added to each wait.
    #[must_use]
    pub fn tried(mut self, attempt: Attempt, now: Timestamp, random: u128) -> (Self, Option<u32>) {
        let is_success = attempt.is_success();
        let failed_before = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        self.attempts = self.attempts.saturating_add(1);
        self.tries.push(attempt);
        let surplus = self.tries.len().saturating_sub(REMEMBERED);
        self.tries.drain(..surplus);
        self.updated_at = now;
        let wait = WAITS_SECONDS.get(failed_before).filter(|_| !is_success);
        let wait = wait.map(|wait| {
            let more = u32::try_from(random % u128::from(wait / 10 + 1)).unwrap_or(0);
            wait.saturating_add(more)
        });
        self.next_at = wait.map(|wait| now + jiff::SignedDuration::from_secs(wait.into()));
        self.state = match (is_success, wait) {
            (true, _) => DeliveryState::Delivered,
            (false, Some(_)) => DeliveryState::Waiting,
            (false, None) => DeliveryState::Failed,
        };
        (self, wait)
    }

    /// Returns the delivery after its only attempt.
    #[must_use]
    pub fn tried_once(self, attempt: Attempt, now: Timestamp) -> Self {
        let state = if attempt.is_success() {
            DeliveryState::Delivered
        } else {
            DeliveryState::Failed
        };
        let (tried, _) = self.tried(attempt, now, 0);
        Self {
            state,
            next_at: None,
            ..tried
        }
    }

    /// Returns the delivery as it is given up.
    #[must_use]
    pub fn given_up(self, reason: Unsent, now: Timestamp) -> Self {
        Self {
            state: DeliveryState::NotSent,
            reason: Some(reason),
            next_at: None,
            updated_at: now,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-29T10:00:00Z".parse().unwrap()
    }

    fn attempt(status: u16) -> Attempt {
        Attempt {
            at: now(),
            milliseconds: 5,
            status: Some(status),
            error: None,
        }
    }

    fn delivery() -> Delivery {
        let event = EventId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t-1").unwrap();
        Delivery::new(event, "upload.finished", now(), now())
    }

    #[test]
    fn an_event_is_tried_nine_times_over_more_than_a_day() {
        let (mut delivery, mut waits) = (delivery(), Vec::new());
        while delivery.state == DeliveryState::Waiting {
            let (next, wait) = delivery.tried(attempt(500), now(), 0);
            delivery = next;
            waits.extend(wait);
        }
        assert_eq!(
            (delivery.state, delivery.attempts),
            (DeliveryState::Failed, 9)
        );
        assert!(waits.iter().sum::<u32>() > 86_400, "{waits:?}");
        let (_, latest) = self::delivery().tried(attempt(500), now(), u128::MAX);
        assert_eq!(latest, Some(5), "a tenth of a short wait is nothing");
        assert!(waits.iter().all(|wait| wait + wait / 10 <= 43_200));
    }

    #[test]
    fn a_message_that_comes_again_is_not_sent_again_unless_it_was_asked_for() {
        let (done, wait) = delivery().tried(attempt(204), now(), 0);
        assert_eq!((done.state, wait), (DeliveryState::Delivered, None));
        assert_eq!(done.clone().begun(now()), None);
        let later = now() + jiff::SignedDuration::from_secs(1);
        let again = done.begun(later).unwrap();
        assert_eq!((again.attempts, again.tries.len()), (0, 1));
        assert_eq!(again.begun(now()), None, "the message before");
    }

    #[test]
    fn only_some_attempts_are_remembered() {
        let mut many = delivery();
        for _ in 0..30 {
            many = many.tried(attempt(500), now(), 0).0;
        }
        assert_eq!(many.tries.len(), REMEMBERED);
    }

    #[test]
    fn a_redirect_is_a_failure() {
        for (status, is_success) in [(199, false), (200, true), (299, true), (301, false)] {
            assert_eq!(attempt(status).is_success(), is_success, "{status}");
        }
    }
}
