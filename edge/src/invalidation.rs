//! Records invalidations and tells whether a cached answer is older than one of them.
//!
//! Nothing is purged: an entry stores how many invalidated items were known *before* its fetch began, and is valid
//! only if none of the later items names it. So an invalidation that arrives while the origin is being read also
//! applies to the answer of that fetch.
//!
//! Paths are exact or have one `*` at the end; the query string counts if it is in the cache key
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html>). Tags
//! are `#tag`, without wildcards, in any case
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html>).

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::{DisplayErrorContext, SdkError};
use tokio::sync::Mutex;

/// An object's tags beyond this number are ignored, as at CloudFront.
const MAX_TAGS: usize = 50;
/// A longer tag is ignored, as at CloudFront.
const MAX_TAG_CHARACTERS: usize = 256;

/// Reads the tags from the value of the distribution's cache-tag header, in lower case.
pub(crate) fn tags_of(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|tag| (1..=MAX_TAG_CHARACTERS).contains(&tag.len()))
        .filter(|tag| tag.bytes().all(|byte| byte.is_ascii_graphic()))
        .take(MAX_TAGS)
        .map(str::to_ascii_lowercase)
        .collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Item {
    Tag(String),
    Path(String),
    Prefix(String),
}

impl Item {
    fn parse(item: &str) -> Self {
        if let Some(tag) = item.strip_prefix('#') {
            return Self::Tag(tag.to_ascii_lowercase());
        }
        let path = if item.starts_with('/') {
            item.to_owned()
        } else {
            format!("/{item}")
        };
        match path.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Path(path),
        }
    }

    fn names(&self, path: &str, tags: &[String]) -> bool {
        match self {
            Self::Tag(tag) => tags.contains(tag),
            Self::Path(exact) => exact == path,
            Self::Prefix(prefix) => path.starts_with(prefix),
        }
    }
}

/// The invalidated items, in the order in which they became known.
#[derive(Debug, Default)]
pub(crate) struct Log(RwLock<Vec<Item>>);

impl Log {
    /// Returns the number of known items, which an entry stores.
    pub(crate) fn known(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Tells whether an item that became known after `since` names this path (with its keyed query) or one of the
    /// tags.
    pub(crate) fn names_since(&self, since: usize, path: &str, tags: &[String]) -> bool {
        let items = self.0.read().unwrap_or_else(PoisonError::into_inner);
        items.iter().skip(since).any(|item| item.names(path, tags))
    }

    fn append<'a>(&self, items: impl Iterator<Item = &'a String>) {
        let mut log = self.0.write().unwrap_or_else(PoisonError::into_inner);
        log.extend(items.map(|item| Item::parse(item)));
    }
}

/// The invalidations could not be read; in that case nothing may be answered from the cache.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the invalidations: {0}")]
pub(crate) struct Unknown(String);

/// Keeps a [`Log`] up to date from the CloudFront API.
#[derive(Debug)]
pub(crate) struct Follower {
    client: Client,
    distribution: String,
    seen: Mutex<Seen>,
    started: std::sync::atomic::AtomicU64,
}

#[derive(Debug, Default)]
struct Seen {
    ids: HashSet<String>,
    /// The number of the latest completed reading.
    completed: u64,
}

impl Follower {
    /// Starts a follower that ignores the invalidations that exist now, because a new edge has an empty cache.
    pub(crate) async fn start(client: Client, distribution: String) -> Result<Self, Unknown> {
        let follower = Self {
            client,
            distribution,
            seen: Mutex::default(),
            started: 0.into(),
        };
        let ids = follower.list().await?;
        follower.seen.lock().await.ids.extend(ids);
        Ok(follower)
    }

    /// Adds every invalidation created before this call to `log`. Callers that wait at the same time share one
    /// reading, but only one that began after they called.
    pub(crate) async fn catch_up(&self, log: &Log) -> Result<(), Unknown> {
        use std::sync::atomic::Ordering::SeqCst;
        let begun_before = self.started.load(SeqCst);
        let mut seen = self.seen.lock().await;
        if seen.completed > begun_before {
            return Ok(());
        }
        let number = self.started.fetch_add(1, SeqCst) + 1;
        let ids = self.list().await?;
        let new: Vec<String> = ids
            .into_iter()
            .filter(|id| !seen.ids.contains(id))
            .collect();
        for id in new {
            let items = self.items_of(&id).await?;
            log.append(items.iter());
            seen.ids.insert(id);
        }
        seen.completed = number;
        Ok(())
    }

    async fn list(&self) -> Result<Vec<String>, Unknown> {
        let mut ids = Vec::new();
        let mut pages = self
            .client
            .list_invalidations()
            .distribution_id(&self.distribution)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(unknown)?;
            let summaries = page
                .invalidation_list
                .and_then(|list| list.items)
                .unwrap_or_default();
            ids.extend(summaries.into_iter().map(|summary| summary.id));
        }
        Ok(ids)
    }

    async fn items_of(&self, id: &str) -> Result<Vec<String>, Unknown> {
        let request = self
            .client
            .get_invalidation()
            .distribution_id(&self.distribution)
            .id(id);
        let answer = request.send().await.map_err(unknown)?;
        let batch = answer
            .invalidation
            .and_then(|invalidation| invalidation.invalidation_batch);
        Ok(batch
            .and_then(|batch| batch.paths)
            .and_then(|paths| paths.items)
            .unwrap_or_default())
    }
}

fn unknown<E, R>(error: SdkError<E, R>) -> Unknown
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    Unknown(DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_name_what_the_guide_says() {
        let tags = tags_of("media-01abc-x, App-Demo");
        for (item, path, expected) in [
            ("/public/a.jpg", "/public/a.jpg", true),
            ("public/a.jpg", "/public/a.jpg", true),
            ("/public/A.jpg", "/public/a.jpg", false),
            ("/public/a.jpg", "/public/a.jpg?w=1", false),
            ("/public/a.jpg*", "/public/a.jpg?w=1", true),
            ("/public/*", "/public/a/b", true),
            ("/*", "/private/x", true),
            ("/public/*/b", "/public/a/b", false),
            ("#media-01abc-x", "/anything", true),
            ("#MEDIA-01ABC-X", "/anything", true),
            ("#app-demo", "/anything", true),
            ("#media-01abc", "/anything", false),
            ("#media-*", "/anything", false),
        ] {
            assert_eq!(
                Item::parse(item).names(path, &tags),
                expected,
                "{item} on {path}"
            );
        }
    }

    #[test]
    fn only_later_items_count() {
        let log = Log::default();
        log.append(["/a".to_owned()].iter());
        let since = log.known();
        assert!(log.names_since(0, "/a", &[]));
        assert!(!log.names_since(since, "/a", &[]));
        log.append(["#t".to_owned()].iter());
        assert!(log.names_since(since, "/b", &["t".to_owned()]));
    }

    #[test]
    fn tags_have_limits() {
        let many: Vec<String> = (0..60).map(|number| format!("t{number}")).collect();
        assert_eq!(tags_of(&many.join(",")).len(), MAX_TAGS);
        assert_eq!(
            tags_of(&format!("{},ok, ,two words", "x".repeat(257))),
            ["ok"]
        );
    }
}
