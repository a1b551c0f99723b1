//! Refuses documents whose bytes are blocked. A document is read whole for that, once, before anything of it is public.

use std::time::Duration;

use super::{Splitter, Step};
use crate::platform::digest;
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::metrics::Metric;
use crate::ports::store::{Listed, StoreError};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::stage::Stage;

/// The time for reading a document whole: a quarter of the function's timeout, 120 s. A document that takes longer has
/// no digest and is published all the same. With 17 MB a second, the platform's largest, 500 MiB, is read in it.
const READING: Duration = Duration::from_secs(30);

impl Splitter {
    /// Returns the digest of the bound version, from the record or by reading the file.
    pub(super) async fn digest(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        file: &Listed,
    ) -> Result<Step<Option<FileDigest>>, Error> {
        let known = record.content.as_ref().and_then(|content| content.digest());
        if known.is_some() {
            return Ok(Step::On(known));
        }
        match digest::read(&*self.store, file, READING).await {
            Ok(digest) => Ok(Step::On(digest)),
            Err(StoreError::Missing | StoreError::Changed) => self.overwritten(order, record).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Rejects the media, if the order still applies to it. The record keeps the digest.
    pub(super) async fn refuse_blocked<T>(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        digest: Option<&FileDigest>,
    ) -> Result<Step<T>, Error> {
        let (source, now) = (record.source.as_ref(), self.clock.now());
        let refused = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| {
                if let Some(content) = record.content.as_mut() {
                    content.note_digest(digest);
                }
                Ok(record.reject(&Reason::BlockedContent, source, Stage::SplitPdf, now)?)
            },
        );
        if refused.await?.written {
            self.metrics.count(Metric::MediaRejected);
        }
        Ok(Step::Settled(Ending::Rejected))
    }
}
