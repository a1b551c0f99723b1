//! Objects in parts, in memory.

use async_trait::async_trait;
use bytes::Bytes;

use super::MemoryStore;
use super::objects::{Objects, object};
use crate::ports::parts::{PUT_PARTS, Parts};
use crate::ports::store::{Headers, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::ObjectLocation;

/// The smallest part besides the last, in bytes.
const LEAST_BYTES: usize = 5 << 20;

#[async_trait]
impl Parts for MemoryStore {
    async fn begin_parts(
        &self,
        location: &ObjectLocation,
        headers: &Headers,
    ) -> Result<String, StoreError> {
        let begin = |objects: &mut Objects| {
            objects.last_version += 1;
            let upload = format!("upload-{}", objects.last_version);
            let begun = (headers.clone(), Vec::new());
            objects.unfinished.insert(upload.clone(), begun);
            Ok(upload)
        };
        self.call(PUT_PARTS, location.key(), location.bucket(), begin)
            .await
    }

    async fn put_part(
        &self,
        location: &ObjectLocation,
        upload: &str,
        number: u16,
        body: Bytes,
    ) -> Result<ETag, StoreError> {
        let put = |objects: &mut Objects| {
            let (_, parts) = objects
                .unfinished
                .get_mut(upload)
                .ok_or(StoreError::Missing)?;
            let part = object(body, &Headers::default());
            let etag = part.info.etag.clone();
            parts.retain(|(of, _)| *of != number);
            parts.push((number, part));
            Ok(etag)
        };
        self.call(PUT_PARTS, location.key(), location.bucket(), put)
            .await
    }

    async fn end_parts(
        &self,
        location: &ObjectLocation,
        upload: &str,
        parts: &[ETag],
    ) -> Result<ETag, StoreError> {
        let end = |objects: &mut Objects| {
            let (headers, put) = objects.unfinished.get(upload).ok_or(StoreError::Missing)?;
            if objects.get(location).is_some() {
                return Err(StoreError::Changed);
            }
            let mut body = Vec::new();
            for (number, etag) in (1..).zip(parts) {
                let part = put.iter().find(|(of, _)| *of == number);
                let part = part.filter(|(_, part)| part.info.etag == *etag);
                let (_, part) = part.ok_or_else(|| invalid("InvalidPart"))?;
                if part.body.len() < LEAST_BYTES && usize::from(number) < parts.len() {
                    return Err(invalid("EntityTooSmall"));
                }
                body.extend_from_slice(&part.body);
            }
            let object = object(body.into(), headers);
            let etag = object.info.etag.clone();
            objects.put(location, object);
            objects.unfinished.remove(upload);
            Ok(etag)
        };
        self.call(PUT_PARTS, location.key(), location.bucket(), end)
            .await
    }

    async fn drop_parts(&self, location: &ObjectLocation, upload: &str) -> Result<(), StoreError> {
        let drop = |objects: &mut Objects| {
            objects.unfinished.remove(upload);
            Ok(())
        };
        self.call(PUT_PARTS, location.key(), location.bucket(), drop)
            .await
    }
}

impl MemoryStore {
    /// Returns the number of objects in parts that were neither ended nor dropped.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.with(|objects| objects.unfinished.len())
    }
}

fn invalid(code: &str) -> StoreError {
    StoreError::Unavailable(code.into())
}
