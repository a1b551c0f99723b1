//! The keys of deliveries to webhooks, which list the newest event first.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::Key;
use crate::vocabulary::event_id::EventId;
use crate::vocabulary::names::{AppId, NameError};

/// The last second that has ten digits: 2286-11-20. Keys count down from it.
const LAST_SECOND: i64 = 9_999_999_999;

/// The id of a delivery among those of its webhook: `{seconds}-{event}`. The seconds are those from the event to
/// 2286-11-20T17:46:39Z, in ten digits, so that ids of later events sort before those of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    seconds: i64,
    /// The event.
    pub event: EventId,
}

impl DeliveryId {
    /// Returns the id of the delivery of an event that happened at this time.
    #[must_use]
    pub fn new(at: Timestamp, event: EventId) -> Self {
        Self {
            seconds: (LAST_SECOND - at.as_second()).clamp(0, LAST_SECOND),
            event,
        }
    }

    /// Parses an id; accepts exactly the form above.
    ///
    /// # Errors
    /// [`NameError::Delivery`] for everything else.
    pub fn parse(id: &str) -> Result<Self, NameError> {
        let (seconds, event) = id.split_once('-').ok_or(NameError::Delivery)?;
        let parsed = Self {
            seconds: seconds.parse().ok().ok_or(NameError::Delivery)?,
            event: EventId::parse(event).ok().ok_or(NameError::Delivery)?,
        };
        if (0..=LAST_SECOND).contains(&parsed.seconds) && parsed.to_string() == id {
            Ok(parsed)
        } else {
            Err(NameError::Delivery)
        }
    }

    /// Returns whether the event happened before the second of this time.
    #[must_use]
    pub fn is_before(&self, time: Timestamp) -> bool {
        LAST_SECOND - self.seconds < time.as_second()
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}-{}", self.seconds, self.event)
    }
}

impl Serialize for DeliveryId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for DeliveryId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DeliveryId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{10}-[0-9a-z-]{28,60}$"})
    }
}

impl Key {
    /// Returns the key of an event as it was sent; `None` for a ping, which is not kept.
    #[must_use]
    pub fn of_event(app: &AppId, event: &EventId) -> Option<Self> {
        match event {
            EventId::Media(media, seq) => Some(Self::Event(app.clone(), media.clone(), *seq)),
            EventId::Upload(upload, seq) => {
                Some(Self::UploadEvent(app.clone(), upload.clone(), *seq))
            }
            EventId::Ping(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_events_are_listed_first_and_ids_are_read_strictly() {
        let event = EventId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc-7").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let id = |text| DeliveryId::new(at(text), event.clone());
        let (early, late) = (id("2026-11-29T10:00:00.9Z"), id("2026-11-29T10:00:01Z"));
        assert!(late.to_string() < early.to_string());
        assert_eq!(DeliveryId::parse(&late.to_string()), Ok(late.clone()));
        assert!(early.is_before(at("2026-11-29T10:00:01Z")));
        assert!(!late.is_before(at("2026-11-29T10:00:01.5Z")));
        for other in [
            "",
            "1",
            "8204028800",
            &format!("1-{event}"),
            &format!("+204028800-{event}"),
        ] {
            assert!(DeliveryId::parse(other).is_err(), "{other}");
        }
    }
}
