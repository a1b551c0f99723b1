//! Changes what an app says about a media: title, alternative text, tags and fields of its own, and when it expires.
//!
//! It may be changed in every state but after a deletion. Nothing that is delivered has it but the manifest of a document,
//! which [`crate::stages::operate`] rewrites afterwards: the message that has it do so is sent before the record is changed,
//! and is received after.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::{Records, Versioned, Written};
use crate::platform::{body, json};
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::stages::focus::WRITTEN_WITHIN_SECONDS;
use crate::stages::split::manifest;
use crate::vocabulary::description::{
    Description, MOST_ALT, MOST_FIELDS, MOST_TAG, MOST_TAGS, MOST_TITLE, Unfit,
};
use crate::vocabulary::expiry::{self, Declared};
use crate::vocabulary::keys::Key;
use crate::vocabulary::message;
use crate::vocabulary::message::order::Order;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Maximum number of attempts to change a record that others change at the same time.
const ATTEMPTS: u32 = 8;

/// The answer: all that is said now.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MediaDescription")]
pub struct Described {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The description as it is now.
    #[serde(flatten)]
    pub description: Description,
    /// The time at which the media expires.
    #[schemars(with = "Option<Moment>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The version of the media's record.
    #[serde(skip)]
    pub version: String,
}

/// Changes descriptions.
pub struct Descriptions {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue of run-operation.
    pub operations: Arc<dyn Outbox>,
}

impl Descriptions {
    /// Changes what is said about a media by a JSON merge patch: fields that are not named stay, `null` removes one. If
    /// versions are given, the record must be at one of them.
    ///
    /// # Errors
    /// 404; 400 with the field's name; 409 after a deletion; 412 if the record has another version; or a failure on our
    /// side, after which the change may be made.
    pub async fn change(
        &self,
        app: &AppId,
        media: &MediaId,
        patch: &Map<String, Value>,
        versions: Option<&Versions>,
    ) -> Result<Described, Refusal> {
        let key = Key::Media(app.clone(), media.clone());
        let mut written = None;
        for _ in 0..ATTEMPTS {
            let found: Option<Versioned<MediaRecord>> = self.records.load(&key).await?;
            let found = found.ok_or_else(Problem::unknown_media)?;
            let record = &found.value;
            if written.as_ref() == Some(&record.write_id) {
                return Ok(described(record));
            }
            if matches!(record.state, State::Deleting | State::Deleted) {
                return Err(Problem::deleted().into());
            }
            if versions.is_some_and(|versions| !versions.have(&record.write_id)) {
                return Err(changed_meanwhile().into());
            }
            let before = Declared {
                description: record.description.clone(),
                expires_at: record.expires_at,
            };
            let after = patched(&before, patch, self.clock.now())?;
            if after == before {
                // The message that has the manifest rewritten may have been lost.
                if record.manifest_behind {
                    self.retell(record).await?;
                }
                return Ok(described(record));
            }
            let mut next = record.clone();
            next.description = after.description;
            next.expires_at = after.expires_at;
            if record.is_document() && !manifest::says_the_same(record, &next) {
                next.manifest_behind = true;
                self.retell(record).await?;
            }
            if self.records.replace(&mut next, &found).await? == Written::Done {
                return Ok(described(&next));
            }
            written = Some(next.write_id);
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    /// Has the manifest of a published document rewritten. Of any other, that happens when it is published, whatever
    /// becomes of this message.
    async fn retell(&self, record: &MediaRecord) -> Result<(), Error> {
        if record.state != State::Ready {
            return Ok(());
        }
        let body = message::write(&Order::carry_on(record))?;
        let sent = self
            .operations
            .send(&record.app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }
}

/// The versions in the header `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions(Option<Vec<String>>);

impl Versions {
    /// Reads the value of the header: `*`, or entity tags with commas between them. What is no strong entity tag matches
    /// nothing. <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1>
    #[must_use]
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self(None);
        }
        let tags = header.split(',').filter_map(|tag| {
            let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
            Some(tag.to_owned())
        });
        Self(Some(tags.collect()))
    }

    fn have(&self, version: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|tags| tags.iter().any(|tag| tag == version))
    }
}

/// The body of `PATCH /apps/{app}/media/{media}`, which is merged into what is said already.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescriptionPatch {
    /// A title for people.
    #[schemars(length(min = 1, max = MOST_TITLE))]
    title: Option<String>,
    /// The text for people who do not see the picture.
    #[schemars(length(min = 1, max = MOST_ALT))]
    alt: Option<String>,
    /// Words by which the app finds the media, in its order. They are replaced as a whole.
    #[serde(default)]
    #[schemars(length(max = MOST_TAGS), inner(length(min = 1, max = MOST_TAG)))]
    tags: Vec<String>,
    /// Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`; `null` removes
    /// a field.
    #[serde(default)]
    #[schemars(extend("maxProperties" = MOST_FIELDS))]
    metadata: BTreeMap<String, String>,
    /// The time at which the media expires. It deletes itself within an hour after that; `null` keeps it.
    #[schemars(with = "Option<Moment>")]
    expires_at: Option<Timestamp>,
}

fn described(record: &MediaRecord) -> Described {
    Described {
        app: record.app.clone(),
        media: record.media.clone(),
        description: record.description.clone(),
        expires_at: record.expires_at,
        version: record.write_id.clone(),
    }
}

fn patched(
    current: &Declared,
    patch: &Map<String, Value>,
    now: Timestamp,
) -> Result<Declared, Problem> {
    let unfit = |unfit: Unfit| Problem::invalid(&unfit.field, unfit.give);
    let mut wanted = serde_json::to_value(current).unwrap_or_default();
    json::merge(&mut wanted, Value::Object(patch.clone()));
    let wanted: DescriptionPatch = body::read(wanted.to_string().as_bytes())?;
    let description = Description {
        title: wanted.title,
        alt: wanted.alt,
        tags: wanted.tags,
        metadata: wanted.metadata,
    };
    let expires_at = wanted.expires_at;
    // A media that expires just now may still be described.
    let stays = expires_at == current.expires_at;
    Ok(Declared {
        description: description.checked().map_err(unfit)?,
        expires_at: if stays {
            expires_at
        } else {
            expiry::checked(expires_at, now).map_err(unfit)?
        },
    })
}

/// 412: the media is at another version.
#[must_use]
pub fn changed_meanwhile() -> Problem {
    Problem {
        status: 412,
        ..Problem::conflict(
            "changed",
            "The media has changed",
            "It is not at the version in If-Match. Ask for the media, and change what it is now.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_strong_entity_tags() {
        for (header, has) in [
            ("*", true),
            ("\"a\"", true),
            ("\"b\", \"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(Versions::parse(header).have("a"), has, "{header}");
        }
    }
}
