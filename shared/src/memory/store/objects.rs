//! The objects of all buckets, and their versions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::memory::clock::MemoryClock;
use crate::ports::clock::Clock;
use crate::ports::store::{Headers, Object, ObjectInfo, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, ObjectLocation, Prefix};

/// The bucket, the key and the id of a version.
type VersionId = (Bucket, String, u64);

#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) current: BTreeMap<(Bucket, String), (Object, Option<Timestamp>)>,
    /// Every version and every delete marker that is kept, by bucket, key and id.
    pub(super) versions: BTreeMap<VersionId, Option<Object>>,
    pub(super) last_version: u64,
    pub(super) keeps_records: bool,
    /// The keys of media's records that were put since somebody last asked.
    pub(super) put: BTreeSet<String>,
    /// The keys of objects in UPLOAD that functions put since somebody last asked.
    pub(super) brought: BTreeSet<String>,
    pub(super) clock: Option<MemoryClock>,
    /// The objects in parts that were not ended: their headers and parts.
    pub(super) unfinished: BTreeMap<String, (Headers, Vec<(u16, Object)>)>,
}

impl Objects {
    pub(super) fn get(&self, location: &ObjectLocation) -> Option<&Object> {
        self.current.get(&at(location)).map(|(object, _)| object)
    }

    pub(super) fn insert(&mut self, location: &ObjectLocation, object: Object) {
        self.remember(location, Some(&object));
        let now = self.clock.as_ref().map(|clock| clock.now().as_second());
        let written_at = now.and_then(|now| Timestamp::from_second(now).ok());
        self.current.insert(at(location), (object, written_at));
    }

    /// Inserts an object as a function puts it. Of some, S3 notifies a queue.
    pub(super) fn put(&mut self, location: &ObjectLocation, object: Object) {
        self.insert(location, object);
        let key = location.key();
        match location.bucket() {
            Bucket::Records if key.starts_with("media/") => self.put.insert(key.to_owned()),
            Bucket::Upload => self.brought.insert(key.to_owned()),
            Bucket::Records | Bucket::Delivery | Bucket::Backup | Bucket::Work => false,
        };
    }

    pub(super) fn remove(&mut self, location: &ObjectLocation) {
        self.remember(location, None);
        self.current.remove(&at(location));
    }

    fn remember(&mut self, location: &ObjectLocation, object: Option<&Object>) {
        let (bucket, key) = at(location);
        let is_versioned = bucket == Bucket::Backup
            || bucket == Bucket::Records
                && (key.starts_with("begun/")
                    || key.starts_with("expiring/")
                    || self.keeps_records && key.starts_with("media/"));
        if is_versioned {
            self.last_version += 1;
            let id = (bucket, key, self.last_version);
            self.versions.insert(id, object.cloned());
        }
    }

    pub(super) fn erase(&mut self, location: &ObjectLocation, id: u64) {
        let (bucket, key) = at(location);
        self.versions.remove(&(bucket, key.clone(), id));
        let all = (bucket, key.clone(), 0)..=(bucket, key, u64::MAX);
        let mut left = self.versions.range(all);
        match left.next_back() {
            Some((_, Some(object))) => self.current.insert(at(location), (object.clone(), None)),
            Some((_, None)) | None => self.current.remove(&at(location)),
        };
    }

    /// Returns the objects of a prefix that come after a key, in the order of their keys.
    pub(super) fn under(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&String, &(Object, Option<Timestamp>))> {
        let first = match after {
            Some(after) if after >= prefix.as_str() => Bound::Excluded(after),
            Some(_) | None => Bound::Included(prefix.as_str()),
        };
        let first = first.map(|key| (prefix.bucket(), key.to_owned()));
        self.current
            .range((first, Bound::Unbounded))
            .take_while(|((bucket, key), _)| {
                *bucket == prefix.bucket() && key.starts_with(prefix.as_str())
            })
            .map(|((_, key), object)| (key, object))
    }
}

/// Returns the first `most` of these versions, which are ordered by key and id, with those of one key latest first.
pub(super) fn latest_first<'a>(
    versions: impl Iterator<Item = &'a VersionId>,
    most: usize,
) -> impl Iterator<Item = &'a VersionId> {
    let mut found: Vec<&VersionId> = Vec::new();
    for version in versions {
        if found.len() >= most && found.last().is_some_and(|last| last.1 != version.1) {
            break;
        }
        found.push(version);
    }
    found.sort_by(|(_, one, older), (_, other, newer)| (one, newer).cmp(&(other, older)));
    found.into_iter().take(most)
}

pub(super) fn at(location: &ObjectLocation) -> (Bucket, String) {
    (location.bucket(), location.key().to_owned())
}

/// Creates an object. Its tag is computed from the content, as S3 does for objects that are put whole.
pub(super) fn object(body: Bytes, headers: &Headers) -> Object {
    let digest = Sha256::digest(&body);
    let tag: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
    Object {
        info: ObjectInfo {
            etag: ETag::new(&tag),
            bytes,
            headers: headers.clone(),
        },
        body,
    }
}

pub(super) fn find(
    objects: &Objects,
    location: &ObjectLocation,
    if_match: Option<&ETag>,
) -> Result<Object, StoreError> {
    let object = objects.get(location).ok_or(StoreError::Missing)?;
    match if_match {
        Some(etag) if *etag != object.info.etag => Err(StoreError::Changed),
        Some(_) | None => Ok(object.clone()),
    }
}
