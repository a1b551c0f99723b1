//! The common part of all that bring files: it decides whether a file is still to be brought, and what becomes of its
//! media if it cannot be.

use std::sync::Arc;

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::{Metric, Metrics};
use crate::ports::queue::Outbox;
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::keys::{Key, ObjectLocation};
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::origin::Origin;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;

/// The place that files are brought to.
pub struct Arrivals {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counts what was rejected.
    pub metrics: Arc<dyn Metrics>,
    /// The queue of validate-upload.
    pub uploads: Arc<dyn Outbox>,
}

/// The work that an order to bring a file asks for now.
pub(super) enum Wanted {
    /// Nothing; this is how the order ended.
    Nothing(Ending),
    /// This file, from there.
    File(UploadedFile, Origin),
}

impl Arrivals {
    /// Returns what is to be brought. A file that is there already is not brought again, as the order may come twice; S3's
    /// event for it may be lost, so the message is sent once more.
    pub(super) async fn wanted(&self, order: &StageOrder) -> Result<Wanted, Error> {
        let key = Key::Media(order.app.clone(), order.media.clone());
        let record = self.records.load::<MediaRecord>(&key).await?;
        let record = record.map(|record| record.value);
        let record = record.filter(|record| order.is_of(record));
        let Some(name) = record.and_then(|record| record.file_name) else {
            return Ok(Wanted::Nothing(Ending::Overtaken));
        };
        let file = UploadedFile::new(order.app.clone(), order.media.upload(), name);
        match self.store.head(&file.key().location()).await {
            Ok(None) => {}
            Ok(Some(_)) | Err(StoreError::Unreadable) => {
                let message = upload::write(&file);
                self.uploads.send(&file.app, &message, 0).await?;
                return Ok(Wanted::Nothing(Ending::HandedOn));
            }
            Err(error) => return Err(error.into()),
        }
        let grant = self.records.grant(&file.app, &file.upload).await?;
        // It is gone when the media was erased.
        let origin = grant.and_then(|grant| grant.origin);
        Ok(origin.map_or(Wanted::Nothing(Ending::Overtaken), |origin| {
            Wanted::File(file, origin)
        }))
    }

    /// Rejects a media whose file does not come, if it still waits for it.
    pub(super) async fn refuse(&self, order: &StageOrder, why: &Reason) -> Result<Ending, Error> {
        let now = self.clock.now();
        let rejected = self.records.change_if(
            (&order.app, &order.media),
            |record| order.is_of(record),
            |record| Ok(record.reject(why, None, order.stage, now)?),
        );
        if !rejected.await?.written {
            return Ok(Ending::Overtaken);
        }
        self.metrics.count(Metric::MediaRejected);
        Ok(Ending::Rejected)
    }

    /// Removes what was brought.
    pub(super) async fn remove(&self, at: &ObjectLocation) -> Result<(), Error> {
        let Some(there) = self.store.head(at).await? else {
            return Ok(());
        };
        Ok(self.store.delete(at, &there.etag).await?)
    }
}
