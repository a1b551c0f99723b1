//! The blocks, as admins see and lift them.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Block, TRIES};
use crate::platform::error::Error;
use crate::platform::json;
use crate::platform::problem::{Problem, Refusal};
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, Key, Prefix};

/// The number of blocks per page. With as many media as a block names, a page is 1.2 MB.
const PAGE: u16 = 100;

/// The number of blocks that are read at the same time.
const READS_AT_ONCE: usize = 16;

/// A block as an admin sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Block")]
pub struct Shown {
    /// The SHA-256 of the blocked file.
    sha256: FileDigest,
    #[serde(flatten)]
    block: Block,
}

/// One page of blocks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BlockPage")]
pub struct Blocks {
    /// The blocks, in the order of their digests.
    items: Vec<Shown>,
    /// The value of `after=` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<FileDigest>,
}

/// Shows and lifts blocks, for admins.
pub struct BlockList {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
}

impl BlockList {
    /// Returns a page of blocks, ordered by digest, after the one in `after`.
    ///
    /// # Errors
    /// 400 if `after` is no digest, or a failure on our side.
    pub async fn list(&self, after: Option<&str>) -> Result<Blocks, Refusal> {
        let after = after.map(|text| digest(text, "after")).transpose()?;
        let start = after.map(|digest| Key::Blocked(digest).to_string());
        let prefix = Prefix::blocked();
        let listing = self.store.list(&prefix, start.as_deref(), PAGE);
        let listing = listing.await.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(digest_of).collect();
        let items: Vec<_> = stream::iter(listed.iter().map(|digest| self.load(digest)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Blocks {
            next: listed.last().filter(|_| listing.more).cloned(),
            items: items
                .into_iter()
                .flatten()
                .map(|(shown, _)| shown)
                .collect(),
        })
    }

    /// Returns the block of these bytes.
    ///
    /// # Errors
    /// 400, 404, or a failure on our side.
    pub async fn show(&self, sha256: &str) -> Result<Shown, Refusal> {
        let found = self.load(&digest(sha256, "sha256")?).await?;
        let (shown, _) = found.ok_or_else(Problem::unknown_block)?;
        Ok(shown)
    }

    /// Lifts the block of these bytes, whoever holds it, and returns what it was.
    ///
    /// # Errors
    /// 400, 404, or a failure on our side, after which the block may be lifted.
    pub async fn lift(&self, sha256: &str) -> Result<Shown, Refusal> {
        let digest = digest(sha256, "sha256")?;
        let location = Key::Blocked(digest.clone()).location();
        for _ in 0..TRIES {
            let found = self.load(&digest).await?;
            let (shown, etag) = found.ok_or_else(Problem::unknown_block)?;
            match self.store.delete(&location, &etag).await {
                Ok(()) => return Ok(shown),
                Err(StoreError::Changed | StoreError::Conflict) => {}
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        Err(Error::Contended { attempts: TRIES }.into())
    }

    async fn load(&self, digest: &FileDigest) -> Result<Option<(Shown, ETag)>, Error> {
        let location = Key::Blocked(digest.clone()).location();
        let found = json::get::<Block>(&*self.store, &location).await?;
        let sha256 = digest.clone();
        Ok(found.map(|(block, etag)| (Shown { sha256, block }, etag)))
    }
}

fn digest(text: &str, field: &str) -> Result<FileDigest, Problem> {
    FileDigest::parse(text).map_err(|error| Problem::invalid(field, format!("{error}.")))
}

fn digest_of(key: &str) -> Option<FileDigest> {
    let Key::Blocked(digest) = Key::parse(Bucket::Records, key)? else {
        return None;
    };
    Some(digest)
}
