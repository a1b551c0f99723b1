//! The ids of events that apps are told, and their types.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use ulid::Ulid;

use crate::vocabulary::change::{Change, UPLOAD_FINISHED};
use crate::vocabulary::names::{MediaId, NameError, UploadId};

/// The type of an event that an admin asks for to see whether a webhook arrives.
pub const PING: &str = "webhook.ping";

/// The word before the ULID of a ping.
const PING_PREFIX: &str = "ping-";

/// The id of an event: what it is about, and its number: `{media}-{seq}`, `{upload}-{seq}` or `ping-{ULID}-1`. It has no
/// dot, because what a webhook's signature covers has dots between its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EventId {
    /// An event of a media, with its number.
    Media(MediaId, u32),
    /// An event of an upload, with its number.
    Upload(UploadId, u32),
    /// A ping.
    Ping(PingId),
}

/// The id of a ping: `ping-` and a ULID in lower case, which tells when the ping was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingId(UploadId);

impl PingId {
    /// Creates an id from the time and the low 80 bits of `random`.
    #[must_use]
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(UploadId::new(now, random))
    }

    /// Returns when the ping was asked for, to the millisecond.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        let milliseconds = Ulid::from_string(self.0.as_str()).map_or(0, |id| id.timestamp_ms());
        let milliseconds = i64::try_from(milliseconds).unwrap_or(0);
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for PingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PING_PREFIX}{}", self.0.as_str())
    }
}

impl EventId {
    /// Parses an id; accepts exactly the forms above.
    ///
    /// # Errors
    /// [`NameError::Event`] for everything else.
    pub fn parse(id: &str) -> Result<Self, NameError> {
        let (about, number) = id.rsplit_once('-').ok_or(NameError::Event)?;
        let seq: u32 = number.parse().ok().ok_or(NameError::Event)?;
        let parsed = if let Some(ping) = about.strip_prefix(PING_PREFIX) {
            Self::Ping(PingId(UploadId::parse(ping)?))
        } else if let Ok(media) = MediaId::parse(about) {
            Self::Media(media, seq)
        } else {
            Self::Upload(UploadId::parse(about)?, seq)
        };
        // A number is written in one way only, and numbers begin with 1.
        if seq > 0 && parsed.to_string() == id {
            Ok(parsed)
        } else {
            Err(NameError::Event)
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Media(media, seq) => write!(f, "{media}-{seq}"),
            Self::Upload(upload, seq) => write!(f, "{upload}-{seq}"),
            Self::Ping(ping) => write!(f, "{ping}-1"),
        }
    }
}

impl TryFrom<String> for EventId {
    type Error = NameError;

    fn try_from(id: String) -> Result<Self, NameError> {
        Self::parse(&id)
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.to_string()
    }
}

impl JsonSchema for EventId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EventId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9a-z-]{28,60}$"})
    }
}

/// The type of an event that a webhook can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct EventType(&'static str);

impl EventType {
    /// Returns all types, in the order in which the documentation lists them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let changes = Change::ALL.map(|change| Self(change.as_str()));
        changes.into_iter().chain([Self(UPLOAD_FINISHED)]).collect()
    }

    /// Returns the type as it is written in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl TryFrom<String> for EventType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = Self::all();
        let found = known.iter().find(|one| one.0 == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|one| one.0).collect();
            format!("Give one or more of: {}", names.join(", "))
        })
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        Self::try_from(text).map_err(D::Error::custom)
    }
}

impl JsonSchema for EventType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EventType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": Self::all()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_as_it_was_read_and_others_are_refused() {
        let upload = "01jd8f5w2v9k3m4n5p6q7r8s9t";
        for id in [
            format!("{upload}-0123456789abc-1"),
            format!("{upload}-0123456789abc-4294967295"),
            format!("{upload}-1"),
            format!("ping-{upload}-1"),
        ] {
            assert_eq!(EventId::parse(&id).unwrap().to_string(), id);
        }
        for id in [
            String::new(),
            upload.to_owned(),
            format!("{upload}-0"),
            format!("{upload}-01"),
            format!("{upload}-+1"),
            format!("{upload}-4294967296"),
            format!("ping-{upload}-2"),
            format!("ping-{upload}-0123456789abc-1"),
            format!("{upload}-0123456789abc"),
            format!("{}-1", upload.to_uppercase()),
            format!("{upload}/../x-1"),
        ] {
            assert!(EventId::parse(&id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_ping_knows_its_time() {
        let now: Timestamp = "2026-11-29T10:20:30.123Z".parse().unwrap();
        assert_eq!(PingId::new(now, 7).at(), now);
    }
}
