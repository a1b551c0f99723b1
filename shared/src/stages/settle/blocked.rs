//! Refuses pictures whose bytes are blocked. Other kinds are refused by their stages, which read them whole.

use super::publish::is_bound;
use super::{Pass, Settler};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::metrics::Metric;
use crate::stages::blocked::are_blocked;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::rejection::{BLOCKED_CONTENT, Reason};
use crate::vocabulary::stage::Stage;

impl Settler {
    pub(super) async fn is_blocked(&self, content: &Content) -> Result<bool, Error> {
        are_blocked(&*self.store, &content.digests()).await
    }

    /// Returns whether this version was rejected because its bytes were blocked, and they still are.
    pub(super) async fn is_still_blocked(
        &self,
        record: &MediaRecord,
        found: Option<&ETag>,
    ) -> Result<bool, Error> {
        let rejection = record.rejection.as_ref();
        match &record.content {
            Some(content)
                if record.source.as_ref() == found
                    && rejection.is_some_and(|rejection| rejection.code == BLOCKED_CONTENT) =>
            {
                self.is_blocked(content).await
            }
            Some(_) | None => Ok(false),
        }
    }

    /// Rejects a media that is still bound to this version.
    pub(super) async fn refuse_blocked(
        &self,
        record: &MediaRecord,
        source: &ETag,
    ) -> Result<Pass, Error> {
        let (now, generation) = (self.clock.now(), record.generation);
        let written = self.records.change_if(
            (&record.app, &record.media),
            |record| is_bound(record, source, generation),
            |record| {
                let (why, stage) = (&Reason::BlockedContent, Stage::ValidateUpload);
                Ok(record.reject(why, Some(source), stage, now)?)
            },
        );
        if !written.await?.written {
            return Ok(Pass::Again);
        }
        self.metrics.count(Metric::MediaRejected);
        Ok(Pass::Settled(Ending::Rejected))
    }
}
