//! Stores cached answers up to a total size; the least recently used is removed first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use lru::LruCache;

use super::cache_key::CacheKey;

/// Memory for all bodies together, in bytes.
pub(crate) const MAX_STORE_BYTES: u64 = 256 << 20;
/// A larger body is passed on and never cached, so that one video does not empty the cache.
pub(crate) const MAX_BODY_BYTES: u64 = 64 << 20;
/// The assumed size of an entry without its body: key, headers, tags.
const ENTRY_OVERHEAD_BYTES: u64 = 2 << 10;

/// A whole answer of the origin.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) status: StatusCode,
    /// The headers as the origin sent them, including the cache tag; the headers policy is applied later.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Cache tags, in lower case.
    pub(crate) tags: Vec<String>,
    /// The time when the origin last sent or confirmed the answer; `Age` counts from it.
    pub(crate) vouched_at: SystemTime,
    pub(crate) fresh_until: SystemTime,
    pub(crate) stale_on_error: bool,
    /// Number of invalidated items known before the fetch began.
    pub(crate) known_invalidations: usize,
}

impl Entry {
    /// Tells whether the entry may be used without asking the origin.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        now < self.fresh_until
    }

    /// Returns the whole seconds since the origin last sent or confirmed the answer.
    pub(crate) fn age_seconds(&self, now: SystemTime) -> u64 {
        now.duration_since(self.vouched_at)
            .unwrap_or(Duration::ZERO)
            .as_secs()
    }

    fn weight(&self) -> u64 {
        u64::try_from(self.body.len())
            .unwrap_or(u64::MAX)
            .saturating_add(ENTRY_OVERHEAD_BYTES)
    }
}

/// The cache.
#[derive(Debug)]
pub(crate) struct Store {
    kept: Mutex<Kept>,
    max_bytes: u64,
}

#[derive(Debug)]
struct Kept {
    entries: LruCache<CacheKey, Arc<Entry>>,
    bytes: u64,
}

impl Store {
    /// Creates an empty cache for `max_bytes`.
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self {
            kept: Mutex::new(Kept {
                entries: LruCache::unbounded(),
                bytes: 0,
            }),
            max_bytes,
        }
    }

    /// Returns the entry of a key, fresh or not.
    pub(crate) fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.lock().entries.get(key).cloned()
    }

    /// Stores an entry in place of the key's old one, and removes entries that no longer fit.
    pub(crate) fn put(&self, key: CacheKey, entry: Arc<Entry>) {
        let mut kept = self.lock();
        kept.bytes += entry.weight();
        if let Some((_, old)) = kept.entries.push(key, entry) {
            kept.bytes = kept.bytes.saturating_sub(old.weight());
        }
        while kept.bytes > self.max_bytes {
            let Some((_, oldest)) = kept.entries.pop_lru() else {
                break;
            };
            kept.bytes = kept.bytes.saturating_sub(oldest.weight());
        }
    }

    /// Removes a key's entry.
    pub(crate) fn remove(&self, key: &CacheKey) {
        let mut kept = self.lock();
        if let Some(old) = kept.entries.pop(key) {
            kept.bytes = kept.bytes.saturating_sub(old.weight());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cache_key::{KeyParts, Selection};
    use super::*;

    fn key(path: &str) -> CacheKey {
        let parts = KeyParts {
            queries: Selection::None,
            cookies: Selection::None,
            headers: Vec::new(),
        };
        CacheKey::new(0, &parts, path, None, &HeaderMap::new())
    }

    fn entry(bytes: usize) -> Arc<Entry> {
        Arc::new(Entry {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: vec![0; bytes].into(),
            tags: Vec::new(),
            vouched_at: SystemTime::UNIX_EPOCH,
            fresh_until: SystemTime::UNIX_EPOCH,
            stale_on_error: false,
            known_invalidations: 0,
        })
    }

    #[test]
    fn the_least_recently_used_goes_first_and_bytes_are_counted_once() {
        let store = Store::new(3 * (1_000 + ENTRY_OVERHEAD_BYTES));
        for path in ["/a", "/b", "/c", "/a", "/a"] {
            store.put(key(path), entry(1_000));
        }
        assert!(
            store.get(&key("/b")).is_some(),
            "putting a key again does not count twice"
        );
        store.put(key("/d"), entry(1_000));
        assert!(store.get(&key("/c")).is_none());
        assert!(store.get(&key("/a")).is_some() && store.get(&key("/b")).is_some());
        store.put(key("/huge"), entry(10_000));
        assert!(store.get(&key("/huge")).is_none());
        assert_eq!(store.lock().bytes, 0);
    }
}
