//! Judges audio and video by a few byte ranges, because the files are too large to be read whole.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use dozo_probe::{Container, Source, Stop, probe};

use super::Settler;
use super::judge::Verdict;
use super::rules;
use crate::platform::error::Error;
use crate::ports::store::{ObjectInfo, ObjectStore, StoreError};
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::keys::ObjectLocation;
use crate::vocabulary::kind::Format;

/// One version of an upload, read in ranges.
struct Upload<'a> {
    store: &'a dyn ObjectStore,
    location: &'a ObjectLocation,
    info: &'a ObjectInfo,
}

#[async_trait]
impl Source for Upload<'_> {
    type Error = StoreError;

    fn bytes(&self) -> u64 {
        self.info.bytes
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, StoreError> {
        let version = Some(&self.info.etag);
        Ok(self
            .store
            .get_range(self.location, range, version)
            .await?
            .body)
    }
}

impl Settler {
    /// Judges a file that begins as this container.
    pub(super) async fn probe(
        &self,
        location: &ObjectLocation,
        info: &ObjectInfo,
        (format, container): (Format, Container),
        app: &AppRecord,
        limits: &Limits,
    ) -> Result<Verdict, Error> {
        let upload = Upload {
            store: &*self.store,
            location,
            info,
        };
        let found = match probe(&upload, container).await {
            Ok(found) => found,
            Err(Stop::Refused(refusal)) => {
                return Ok(Verdict::Refused(rules::refused(refusal, format)));
            }
            Err(Stop::Source(error)) => return Verdict::from_read(error),
        };
        Ok(
            match rules::played(format, &found, info.bytes, app, limits) {
                Ok(content) => Verdict::Accepted(Box::new(content), None),
                Err(reason) => Verdict::Refused(reason),
            },
        )
    }
}
