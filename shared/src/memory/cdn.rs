//! A CDN in memory. It caches what it has served until it is invalidated, and takes a while to complete an
//! invalidation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::memory::faults::Faults;
use crate::memory::store::MemoryStore;
use crate::ports::cdn::{Cdn, CdnError, INVALIDATE, LOOK_AT_INVALIDATION};
use crate::ports::store::Object;
use crate::vocabulary::keys::{CACHE_TAG, ObjectLocation};

/// A CDN in front of DELIVERY; clones share its cache.
#[derive(Debug, Clone, Default)]
pub struct MemoryCdn {
    inner: Arc<Mutex<Inner>>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Inner {
    cache: BTreeMap<String, Object>,
    invalidations: BTreeMap<String, Batch>,
    throttles: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Batch {
    items: Vec<String>,
    /// The keys that were in the cache at the time of the request.
    found: Vec<String>,
    complete: bool,
}

impl MemoryCdn {
    /// Returns the same CDN, seen through the faults of a process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            inner: self.inner.clone(),
            faults: faults.clone(),
        }
    }

    /// Returns the content that a viewer gets at a place: from the cache, or from DELIVERY, which fills the cache.
    #[must_use]
    pub fn fetch(&self, origin: &MemoryStore, location: &ObjectLocation) -> Option<Bytes> {
        self.with(|inner| {
            if let Some(kept) = inner.cache.get(location.key()) {
                return Some(kept.body.clone());
            }
            let object = origin.find(location)?;
            inner
                .cache
                .insert(location.key().to_owned(), object.clone());
            Some(object.body)
        })
    }

    /// Keeps what a viewer got from DELIVERY, as if the answer to a request had been on its way until now.
    pub fn fill(&self, location: &ObjectLocation, object: Object) {
        self.with(|inner| {
            let key = location.key().to_owned();
            inner.cache.insert(key, object);
        });
    }

    /// Returns the keys in the cache.
    #[must_use]
    pub fn cached(&self) -> Vec<String> {
        self.with(|inner| inner.cache.keys().cloned().collect())
    }

    /// Returns the number of different invalidations.
    #[must_use]
    pub fn invalidations(&self) -> usize {
        self.with(|inner| inner.invalidations.len())
    }

    /// Sets whether requests for an invalidation are refused, as CloudFront refuses them while too many are in progress.
    pub fn throttle(&self, throttles: bool) {
        self.with(|inner| inner.throttles = throttles);
    }

    /// Returns the items of each invalidation, in no particular order of the invalidations.
    #[must_use]
    pub fn asked_for(&self) -> Vec<Vec<String>> {
        self.with(|inner| {
            let batches = inner.invalidations.values();
            batches.map(|batch| batch.items.clone()).collect()
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn invalidate(&mut self, reference: &str, items: &[String]) -> Result<String, CdnError> {
        if self.throttles {
            return Err(CdnError("TooManyInvalidationsInProgress".into()));
        }
        if let Some(known) = self.invalidations.get(reference) {
            return if known.items == items {
                Ok(reference.to_owned())
            } else {
                Err(CdnError("InvalidationBatchAlreadyExists".into()))
            };
        }
        let tagged = |object: &Object| {
            let tags = object.info.headers.metadata.get(CACHE_TAG);
            let mut tags = tags.map(String::as_str).unwrap_or_default().split(',');
            tags.any(|tag| items.iter().any(|item| item.strip_prefix('#') == Some(tag)))
        };
        let found = self.cache.iter().filter(|(_, object)| tagged(object));
        let batch = Batch {
            items: items.to_vec(),
            found: found.map(|(key, _)| key.clone()).collect(),
            complete: false,
        };
        self.invalidations.insert(reference.to_owned(), batch);
        Ok(reference.to_owned())
    }

    /// Returns whether an invalidation is complete. The first look finds it in progress, and completes it.
    fn look(&mut self, id: &str) -> bool {
        let Some(batch) = self.invalidations.get_mut(id) else {
            return false;
        };
        if batch.complete {
            return true;
        }
        batch.complete = true;
        for key in &batch.found {
            self.cache.remove(key);
        }
        false
    }
}

fn struck() -> CdnError {
    CdnError("a fault of the test".into())
}

#[async_trait]
impl Cdn for MemoryCdn {
    async fn invalidate(&self, reference: &str, items: &[String]) -> Result<String, CdnError> {
        let fate = self.faults.pass(INVALIDATE, || "Distribution".to_owned());
        let result = if fate.acts {
            self.with(|inner| inner.invalidate(reference, items))
        } else {
            Err(struck())
        };
        if fate.answers { result } else { Err(struck()) }
    }

    async fn is_complete(&self, id: &str) -> Result<bool, CdnError> {
        let fate = self
            .faults
            .pass(LOOK_AT_INVALIDATION, || "Distribution".to_owned());
        let complete = fate.acts && self.with(|inner| inner.look(id));
        if fate.answers {
            Ok(complete)
        } else {
            Err(struck())
        }
    }
}
