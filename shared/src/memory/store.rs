//! An object store with S3's conditions, in memory.
//!
//! BACKUP keeps its versions, as it does in the template, and so do marks of work in RECORDS, and records if a test
//! asks for it; the platform never looks at versions of anything else. Records that are put are noted, as S3 notifies of
//! them.
//! Clones share the objects, and [`MemoryStore::seen_by`] gives a view of them through the faults of one process.

mod objects;
mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use objects::{Objects, at, find, object};

use crate::memory::clock::MemoryClock;
use crate::memory::faults::Faults;
use crate::ports::clock::Clock;
use crate::ports::store::{
    COPY_FROM, COPY_TO, Coming, Condition, DELETE, ERASE, Headers, LIST, LIST_VERSIONS, Listed,
    Listing, Object, ObjectInfo, ObjectStore, PUT_NEW, PUT_OVER, READ, READ_VERSION, StoreError,
    Version,
};
use crate::vocabulary::access::Call;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, ObjectLocation, Prefix};

/// The bytes that come at once of an object that is opened.
const PIECE: usize = 64 << 10;

/// The buckets, in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
    faults: Faults,
    pace: Option<MemoryClock>,
    breaks_off: Option<usize>,
}

impl MemoryStore {
    /// Returns the same buckets, seen through the faults of another process.
    #[must_use]
    pub fn seen_by(&self, faults: &Faults) -> Self {
        Self {
            objects: self.objects.clone(),
            faults: faults.clone(),
            pace: self.pace.clone(),
            breaks_off: self.breaks_off,
        }
    }

    /// Returns the same buckets, of whose objects no more than so many bytes come until the connection breaks.
    #[must_use]
    pub fn breaking_off_after(&self, bytes: usize) -> Self {
        Self {
            breaks_off: Some(bytes),
            ..self.clone()
        }
    }

    /// Returns the same buckets; the calls of concurrent tasks are interleaved by this clock's random numbers.
    #[must_use]
    pub fn paced_by(&self, chance: &MemoryClock) -> Self {
        Self {
            pace: Some(chance.clone()),
            ..self.clone()
        }
    }

    /// Returns the same buckets; from now on they note when objects are written, by this clock.
    #[must_use]
    pub fn timed_by(self, clock: &MemoryClock) -> Self {
        self.with(|objects| objects.clock = Some(clock.clone()));
        self
    }

    /// Returns the same buckets; from now on they keep the versions of media's records.
    #[must_use]
    pub fn keeping_records(self) -> Self {
        self.with(|objects| objects.keeps_records = true);
        self
    }

    /// Removes and returns the keys of media's records that were put since the last call.
    #[must_use]
    pub fn take_put_records(&self) -> BTreeSet<String> {
        self.with(|objects| std::mem::take(&mut objects.put))
    }

    /// Removes and returns the keys of objects in UPLOAD that functions put since the last call.
    #[must_use]
    pub fn take_brought(&self) -> BTreeSet<String> {
        self.with(|objects| std::mem::take(&mut objects.brought))
    }

    /// Puts an object without conditions or faults, as an uploader does.
    pub fn upload(&self, location: &ObjectLocation, body: &[u8]) -> ETag {
        let object = object(Bytes::copy_from_slice(body), &Headers::default());
        let etag = object.info.etag.clone();
        self.with(|objects| objects.insert(location, object));
        etag
    }

    /// Removes an object without conditions or faults, as a lifecycle rule does.
    pub fn expire(&self, location: &ObjectLocation) {
        self.with(|objects| objects.remove(location));
    }

    /// Returns the object at a place, without faults.
    #[must_use]
    pub fn find(&self, location: &ObjectLocation) -> Option<Object> {
        self.with(|objects| objects.get(location).cloned())
    }

    /// Returns all objects of a bucket, by key.
    #[must_use]
    pub fn contents(&self, bucket: Bucket) -> BTreeMap<String, Object> {
        let of_bucket = |objects: &mut Objects| {
            let found = objects.current.iter().filter(|((b, _), _)| *b == bucket);
            found
                .map(|((_, key), (object, _))| (key.clone(), object.clone()))
                .collect()
        };
        self.with(of_bucket)
    }

    /// Makes a call: lets the other tasks of a test run first, then acts unless a fault strikes.
    async fn call<T>(
        &self,
        call: Call,
        on: &str,
        bucket: Bucket,
        act: impl FnOnce(&mut Objects) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let turns = self.pace.as_ref().map_or(1, |chance| chance.random() % 4);
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let fate = self.faults.pass(call, || format!("{bucket:?} {on}"));
        let result = if fate.acts {
            self.with(act)
        } else {
            Err(struck())
        };
        if fate.answers { result } else { Err(struck()) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Objects) -> T) -> T {
        act(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn struck() -> StoreError {
    StoreError::Unavailable("a fault of the test".into())
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn head(&self, location: &ObjectLocation) -> Result<Option<ObjectInfo>, StoreError> {
        let found =
            |objects: &mut Objects| Ok(objects.get(location).map(|object| object.info.clone()));
        self.call(READ, location.key(), location.bucket(), found)
            .await
    }

    async fn open(
        &self,
        location: &ObjectLocation,
        if_match: Option<&ETag>,
    ) -> Result<Coming, StoreError> {
        let found = |objects: &mut Objects| find(objects, location, if_match);
        let Object { info, body } = self
            .call(READ, location.key(), location.bucket(), found)
            .await?;
        let end = self
            .breaks_off
            .map_or(body.len(), |bytes| bytes.min(body.len()));
        let broken = (end < body.len()).then(|| Err(struck()));
        let pieces = (0..end).step_by(PIECE);
        let pieces = pieces.map(move |start| Ok(body.slice(start..end.min(start + PIECE))));
        Ok(Coming {
            info,
            pieces: stream::iter(pieces.chain(broken)).boxed(),
        })
    }

    async fn get_range(
        &self,
        location: &ObjectLocation,
        range: Range<u64>,
        if_match: Option<&ETag>,
    ) -> Result<Object, StoreError> {
        let part = |objects: &mut Objects| {
            let Object { info, body } = find(objects, location, if_match)?;
            let bound = |offset: u64| {
                usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(body.len())
            };
            let body = body.slice(bound(range.start)..bound(range.end));
            Ok(Object { info, body })
        };
        self.call(READ, location.key(), location.bucket(), part)
            .await
    }

    async fn put(
        &self,
        location: &ObjectLocation,
        body: Bytes,
        headers: &Headers,
        condition: Condition<'_>,
    ) -> Result<ETag, StoreError> {
        let call = match condition {
            Condition::Absent => PUT_NEW,
            Condition::Is(_) => PUT_OVER,
        };
        let put = |objects: &mut Objects| {
            let current = objects.get(location).map(|object| &object.info.etag);
            match (condition, current) {
                (Condition::Absent, None) => {}
                (Condition::Is(wanted), Some(current)) if wanted == current => {}
                (Condition::Is(_), None) => return Err(StoreError::Missing),
                (Condition::Absent | Condition::Is(_), Some(_)) => return Err(StoreError::Changed),
            }
            let object = object(body, headers);
            let etag = object.info.etag.clone();
            objects.put(location, object);
            Ok(etag)
        };
        self.call(call, location.key(), location.bucket(), put)
            .await
    }

    async fn delete(&self, location: &ObjectLocation, if_match: &ETag) -> Result<(), StoreError> {
        let delete = |objects: &mut Objects| match find(objects, location, Some(if_match)) {
            Ok(_) => {
                objects.remove(location);
                Ok(())
            }
            Err(StoreError::Missing) => Ok(()),
            Err(error) => Err(error),
        };
        self.call(DELETE, location.key(), location.bucket(), delete)
            .await
    }

    async fn copy(
        &self,
        from: &Listed,
        to: &ObjectLocation,
        headers: Option<&Headers>,
    ) -> Result<(), StoreError> {
        let read = |objects: &mut Objects| find(objects, &from.location, Some(&from.etag));
        let location = &from.location;
        let mut copied = self
            .call(COPY_FROM, location.key(), location.bucket(), read)
            .await?;
        if let Some(headers) = headers {
            copied.info.headers = headers.clone();
        }
        let write = |objects: &mut Objects| {
            objects.put(to, copied);
            Ok(())
        };
        self.call(COPY_TO, to.key(), to.bucket(), write).await
    }

    async fn versions(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
    ) -> Result<Vec<Version>, StoreError> {
        let list = |objects: &mut Objects| {
            let first = after.unwrap_or_default().max(prefix.as_str());
            let first = (prefix.bucket(), first.to_owned(), 0);
            let found = objects.versions.range(first..).map(|(id, _)| id);
            let found = found.take_while(|(bucket, key, _)| {
                *bucket == prefix.bucket() && key.starts_with(prefix.as_str())
            });
            let found = found.filter(|(_, key, _)| after.is_none_or(|after| key.as_str() > after));
            Ok(objects::latest_first(found, 1_000)
                .map(|(_, key, id)| Version {
                    location: ObjectLocation::listed(prefix.bucket(), key.clone()),
                    id: id.to_string(),
                })
                .collect())
        };
        self.call(LIST_VERSIONS, prefix.as_str(), prefix.bucket(), list)
            .await
    }

    async fn get_version(&self, version: &Version) -> Result<Object, StoreError> {
        let (bucket, key) = at(&version.location);
        let id = (bucket, key, version.id.parse().unwrap_or(0));
        let find = |objects: &mut Objects| {
            let found = objects.versions.get(&id).cloned().flatten();
            found.ok_or(StoreError::Missing)
        };
        self.call(READ_VERSION, version.location.key(), bucket, find)
            .await
    }

    async fn erase(&self, versions: &[Version]) -> Result<(), StoreError> {
        let Some(first) = versions.first() else {
            return Ok(());
        };
        let erase = |objects: &mut Objects| {
            for version in versions {
                let id = version.id.parse().unwrap_or(0);
                objects.erase(&version.location, id);
            }
            Ok(())
        };
        let location = &first.location;
        self.call(ERASE, location.key(), location.bucket(), erase)
            .await
    }

    async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Listing, StoreError> {
        let list = |objects: &mut Objects| {
            let limit = usize::from(limit);
            let mut found: Vec<_> = objects
                .under(prefix, after)
                .take(limit + 1)
                .map(|(key, (object, written_at))| Listed {
                    location: ObjectLocation::listed(prefix.bucket(), key.clone()),
                    etag: object.info.etag.clone(),
                    bytes: object.info.bytes,
                    written_at: *written_at,
                })
                .collect();
            let more = found.len() > limit;
            found.truncate(limit);
            Ok(Listing {
                objects: found,
                more,
            })
        };
        self.call(LIST, prefix.as_str(), prefix.bucket(), list)
            .await
    }
}
