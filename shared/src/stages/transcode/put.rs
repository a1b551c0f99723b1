//! Puts playlists into delivery.
//!
//! A run replaces the objects of an earlier run that did not finish, so everything published is from one run. Nothing
//! is ever deleted here.

use bytes::Bytes;

use super::delivery::Delivery;
use crate::platform::error::Error;
use crate::ports::store::{Condition, StoreError};
use crate::stages::derived::Derived;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::record::MediaRecord;

/// Attempts at putting one object. Any other writer is being stopped by its own look at the record.
const ATTEMPTS: u32 = 4;

impl Delivery {
    /// Puts one text. Returns `false` if the media belongs to another order by now.
    pub(super) async fn put(
        &self,
        order: &StageOrder,
        derived: &Derived<'_>,
        content_type: &str,
        text: &Bytes,
    ) -> Result<bool, Error> {
        let (location, headers) = (derived.location(), derived.headers(content_type));
        let mut other: Option<ETag> = None;
        for _ in 0..ATTEMPTS {
            let condition = other.as_ref().map_or(Condition::Absent, Condition::Is);
            let put = self
                .store
                .put(&location, text.clone(), &headers, condition)
                .await;
            match put {
                Ok(_) => return Ok(true),
                Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
            other = self.store.head(&location).await?.map(|there| there.etag);
            // Look at the record before overwriting what another run left, or may be leaving.
            if self.current(order).await?.is_none() {
                return Ok(false);
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Returns the record while it belongs to this order.
    pub(super) async fn current(&self, order: &StageOrder) -> Result<Option<MediaRecord>, Error> {
        let key = Key::Media(order.app.clone(), order.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        Ok(found
            .map(|found| found.value)
            .filter(|record| order.is_of(record)))
    }
}
