//! Messages that were given up and belong to no media. An admin can list and clear them.
//!
//! `failure.rs` stores them under `failed/_unknown/`. Nothing in the platform waits for them; they are kept so that a
//! person can see what was sent to a queue, and who probably sent it.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::ports::store::{Object, ObjectStore, if_there};
use crate::stages::failure::FailedMessage;
use crate::vocabulary::keys::{Bucket, Key, MessageId, Prefix};
use crate::vocabulary::stage::Stage;

/// Messages per page. With 4,000 characters each they fit well into the 6 MB that Lambda can answer with.
const PAGE: u16 = 100;

/// Messages that are read concurrently.
const READS_AT_ONCE: usize = 16;

/// Characters of a body that are shown. A message of a queue has up to 256 KiB.
const MOST_BODY_CHARS: usize = 4_000;

/// One page of messages.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MessagePage")]
pub struct Messages {
    /// The messages, in the order of their ids.
    items: Vec<UnclaimedMessage>,
    /// The value of `after=` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<MessageId>,
}

/// A message as an admin sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnclaimedMessage {
    /// The id of the message.
    message: MessageId,
    /// The stage that gave it up.
    #[schemars(with = "Stage")]
    stage: &'static str,
    /// A stable code, for programs.
    code: String,
    /// How often it was tried.
    attempts: u32,
    /// The body, its first 4,000 characters.
    body: String,
    /// Whether the body is longer than what is shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_cut: bool,
}

/// Lists and clears messages.
pub struct Unclaimed {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
}

impl Unclaimed {
    /// Returns a page of messages, ordered by id, after the one in `after`.
    ///
    /// # Errors
    /// A failure on our side.
    pub async fn list(&self, after: Option<&str>) -> Result<Messages, Refusal> {
        let start = after.map(|id| Key::Unclaimed(MessageId::new(id)).to_string());
        let prefix = Prefix::unclaimed();
        let listing = self.store.list(&prefix, start.as_deref(), PAGE);
        let listing = listing.await.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(message_of).collect();
        let items: Vec<_> = stream::iter(listed.iter().map(|id| self.read(id)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Messages {
            next: listed.last().filter(|_| listing.more).cloned(),
            items: items.into_iter().flatten().collect(),
        })
    }

    /// Removes a message and returns it.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn clear(&self, id: &str) -> Result<UnclaimedMessage, Refusal> {
        let id = MessageId::new(id);
        let key = Key::Unclaimed(id.clone());
        let found = self.load(&key).await?;
        let found = found.ok_or_else(Problem::unknown_message)?;
        let removed = self.store.delete(&key.location(), &found.info.etag).await;
        removed.map_err(Error::from)?;
        Ok(shown(id, &found, &key)?)
    }

    async fn read(&self, id: &MessageId) -> Result<Option<UnclaimedMessage>, Error> {
        let key = Key::Unclaimed(id.clone());
        let found = self.load(&key).await?;
        found
            .map(|found| shown(id.clone(), &found, &key))
            .transpose()
    }

    /// Returns `None` if another admin has cleared it.
    async fn load(&self, key: &Key) -> Result<Option<Object>, Error> {
        Ok(if_there(self.store.get(&key.location(), None).await)?)
    }
}

fn shown(id: MessageId, found: &Object, key: &Key) -> Result<UnclaimedMessage, Error> {
    let message: FailedMessage =
        serde_json::from_slice(&found.body).map_err(|source| Error::Record {
            location: key.to_string(),
            source,
        })?;
    let body: String = message.body.chars().take(MOST_BODY_CHARS).collect();
    Ok(UnclaimedMessage {
        message: id,
        stage: message.stage.as_str(),
        code: message.code,
        attempts: message.attempts,
        is_cut: body.len() < message.body.len(),
        body,
    })
}

fn message_of(key: &str) -> Option<MessageId> {
    let Key::Unclaimed(id) = Key::parse(Bucket::Records, key)? else {
        return None;
    };
    Some(id)
}
