//! Refuses documents whose bytes are blocked. A document is read whole for that, before anything of it is public.

use std::time::{Duration, Instant};

use super::{Splitter, Step};
use crate::platform::digest;
use crate::platform::error::Error;
use crate::ports::store::{Listed, StoreError};
use crate::stages::blocked;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::record::MediaRecord;

/// The time for reading a document whole: a quarter of the function's timeout, 120 s. A document that takes longer has
/// no digest and is published all the same. With 17 MB a second, the platform's largest, 500 MiB, is read in it.
const READING: Duration = Duration::from_secs(30);

impl Splitter {
    /// Returns the digest of the bound version, from the record or by reading the file. It is noted on the record before
    /// the original is public, so that whoever suspends the media blocks its bytes.
    pub(super) async fn digest(
        &self,
        order: &StageOrder,
        record: &MediaRecord,
        file: &Listed,
        deadline: Instant,
    ) -> Result<Step<Option<FileDigest>>, Error> {
        let known = record.content.as_ref().and_then(|content| content.digest());
        if known.is_some() {
            return Ok(Step::On(known));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let digest = match digest::read(&*self.store, file, READING.min(left)).await {
            Ok(digest) => digest,
            Err(StoreError::Missing | StoreError::Changed) => {
                return self.overwritten(order, record).await;
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(digest) = &digest {
            blocked::note_digest(&self.records, order, digest).await?;
        }
        Ok(Step::On(digest))
    }
}
