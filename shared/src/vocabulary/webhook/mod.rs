//! Webhooks: where an app's events are sent to, how each of them stands, and what became of each delivery.
//!
//! [`Hooks`] is what an admin registers: one object for an app, which only the API writes. [`Standing`] is what the
//! sending learns of an endpoint; only the sender writes it, and an admin who resumes. So neither holds the other up.

mod delivery;
mod standing;

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use delivery::{Attempt, Delivery, DeliveryState, Unsent};
pub use standing::{Because, Pass, Pause, Standing};

use crate::vocabulary::event_id::EventType;
use crate::vocabulary::names::{NameError, is_word};

/// The most webhooks of an app. Each event of the app is a message for each of them.
pub const MOST_HOOKS: usize = 10;

/// How long a secret signs beside the one that took its place, in seconds: a day.
pub const OLD_SECRET_SECONDS: u32 = 86_400;

/// The most secrets that sign beside the current one. The header with the signatures stays short.
pub const MOST_OLD_SECRETS: usize = 3;

/// The name of a webhook: `[a-z][a-z0-9-]{0,30}`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,30}$"))]
pub struct HookName(String);

impl HookName {
    /// Parses a name; accepts exactly the grammar above.
    ///
    /// # Errors
    /// [`NameError::Webhook`] for everything else.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if is_word(name) && name.len() <= 31 {
            Ok(Self(name.to_owned()))
        } else {
            Err(NameError::Webhook)
        }
    }

    /// Returns the name as it is written in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HookName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::parse(&name)
    }
}

impl From<HookName> for String {
    fn from(name: HookName) -> Self {
        name.0
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The webhooks of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    /// The webhooks, by name.
    pub hooks: BTreeMap<HookName, Hook>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The address that events are sent to.
    pub url: String,
    /// The types of events that are sent; `None` for all, and for those that later versions have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventType>>,
    /// The random id of this registration: 32 hexadecimal digits. Whoever removes a webhook and registers another one under
    /// its name gets another id, and other secrets.
    pub id: String,
    /// The random id of its address, which is new with each address; `None` for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The version of the current secret, from 1 on.
    pub version: u32,
    /// The versions before, with the time at which the next one took their place, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    /// The time at which the webhook was registered.
    pub created_at: Timestamp,
    /// The time at which it was changed last.
    pub updated_at: Timestamp,
}

/// A version of a secret that another one has replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The version.
    pub version: u32,
    /// The time at which the next version took its place.
    pub at: Timestamp,
}

impl Replaced {
    /// Returns until when this version signs beside the current one.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        let day = SignedDuration::from_secs(OLD_SECRET_SECONDS.into());
        self.at.checked_add(day).unwrap_or(self.at)
    }
}

impl Hook {
    /// Returns the id of the endpoint, which another address of the same webhook does not have.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_deref().unwrap_or(&self.id)
    }

    /// Returns whether events of this type are sent.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        let Some(events) = &self.events else {
            return true;
        };
        events.iter().any(|wanted| wanted.as_str() == kind)
    }

    /// Returns the versions that sign now, the current one first.
    #[must_use]
    pub fn versions(&self, now: Timestamp) -> Vec<u32> {
        let old = self.replaced.iter().filter(|one| one.until() > now);
        [self.version]
            .into_iter()
            .chain(old.map(|one| one.version).rev())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_segments_of_keys() {
        for name in ["a", "shop-orders", &"a".repeat(31)] {
            assert!(HookName::parse(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "A",
            "-a",
            "1",
            "a/b",
            "a.b",
            "a_b",
            "ä",
            &"a".repeat(32),
        ] {
            assert!(HookName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_secret_signs_for_a_day_after_it_was_replaced() {
        let at: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
        let hook = Hook {
            url: "https://shop.example/hook".to_owned(),
            events: None,
            id: "0".repeat(32),
            endpoint: None,
            version: 3,
            replaced: vec![
                Replaced {
                    version: 1,
                    at: at - SignedDuration::from_hours(23),
                },
                Replaced { version: 2, at },
            ],
            created_at: at,
            updated_at: at,
        };
        let after = |hours| hook.versions(at + SignedDuration::from_hours(hours));
        assert_eq!(after(0), [3, 2, 1]);
        assert_eq!(after(1), [3, 2]);
        assert_eq!(after(24), [3]);
    }
}
