//! Webhooks as admins write and see them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::event_id::{EventId, EventType};
use crate::vocabulary::keys::DeliveryId;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::webhook::{Because, Hook, HookName, Replaced, Standing};

/// The body of `PUT /admin/apps/{app}/webhooks/{name}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// The address that events are sent to: https, and a server on the public internet.
    #[schemars(length(max = 2048))]
    pub url: String,
    /// The types of events that are sent. Without them all are, and those that later versions have.
    #[schemars(length(min = 1))]
    pub events: Option<Vec<EventType>>,
}

/// A webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct WebhookView {
    /// The name.
    pub name: HookName,
    /// The address that events are sent to.
    pub url: String,
    /// The types of events that are sent; absent if all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventType>>,
    /// How the endpoint stands.
    pub state: WebhookState,
    /// The time of the first failure since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    pub failing_since: Option<Timestamp>,
    /// The time at which it was paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    pub paused_at: Option<Timestamp>,
    /// The reason for the pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_because: Option<Because>,
    /// The secret that signs. It is shown once: when the webhook is registered, and when the secret is rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The version of the secret.
    pub secret_version: u32,
    /// The time until which the previous secret signs, too, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    pub old_secret_until: Option<Timestamp>,
    /// The time at which the webhook was registered.
    #[schemars(with = "Moment")]
    pub created_at: Timestamp,
    /// The time at which it was changed last.
    #[schemars(with = "Moment")]
    pub updated_at: Timestamp,
}

/// How an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WebhookState {
    /// The last attempt succeeded, or there was none.
    Active,
    /// The last attempt failed.
    Failing,
    /// Nothing is sent.
    Paused,
}

impl WebhookView {
    pub(super) fn of(
        name: &HookName,
        hook: Hook,
        standing: &Standing,
        now: Timestamp,
        secret: Option<String>,
    ) -> Self {
        let state = match (standing.paused, standing.failures) {
            (Some(_), _) => WebhookState::Paused,
            (None, 0) => WebhookState::Active,
            (None, _) => WebhookState::Failing,
        };
        let old = hook.replaced.last().map(Replaced::until);
        Self {
            name: name.clone(),
            url: hook.url,
            events: hook.events,
            state,
            failing_since: standing.failing_since,
            paused_at: standing.paused.map(|pause| pause.at),
            paused_because: standing.paused.map(|pause| pause.because),
            secret,
            secret_version: hook.version,
            old_secret_until: old.filter(|until| *until > now),
            created_at: hook.created_at,
            updated_at: hook.updated_at,
        }
    }
}

/// The webhooks of an app.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhookList {
    /// The webhooks, by name.
    pub items: Vec<WebhookView>,
}

/// The answer to `POST /admin/apps/{app}/webhooks/{name}/ping`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookPing")]
pub struct Pinged {
    /// The id of the event that is sent.
    pub event: EventId,
    /// The delivery of it, which is listed when it was sent.
    pub delivery: DeliveryId,
}
