//! Removes marks that no record accounts for.
//!
//! A mark is written before its record and removed after it. A process that dies between the two, or whose call fails,
//! leaves a mark behind. So does a failed media that is deleted, and an operation that is given up and goes on all the
//! same. Such a mark does no harm to readers, who look at the record, but it would stay for ever.
//!
//! The mark is looked at before the record, so that one that is written meanwhile is another version, and stays. One that
//! was there, and whose record is written just then, is put back.

use serde_json::json;

use crate::platform::error::Error;
use crate::platform::mark;
use crate::platform::records::Records;
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Removes the mark of a failed media, unless an admin has to look at it.
///
/// # Errors
/// [`Error::Store`], and [`Error::Record`] if the object is not a record.
pub async fn remove_failed(
    store: &dyn ObjectStore,
    records: &Records,
    (app, media): (&AppId, &MediaId),
) -> Result<(), Error> {
    let mark = Key::Failed(app.clone(), media.clone());
    let is_accounted = MediaRecord::is_given_up;
    if remove(store, records, &mark, (app, media), is_accounted).await? {
        let key = Key::Media(app.clone(), media.clone());
        let record = records.load::<MediaRecord>(&key).await?;
        if let Some(record) = record.filter(|record| is_accounted(&record.value)) {
            let generation = record.value.generation;
            mark::put(store, &mark, &json!({"generation": generation})).await?;
        }
    }
    Ok(())
}

/// Removes the mark of a suspended media, unless it is suspended or about to be so or no longer so.
///
/// # Errors
/// Those of [`remove_failed`].
pub async fn remove_suspended(
    store: &dyn ObjectStore,
    records: &Records,
    (app, media): (&AppId, &MediaId),
) -> Result<(), Error> {
    let mark = Key::Suspended(app.clone(), media.clone());
    let is_accounted =
        |record: &MediaRecord| record.state == State::Suspended || record.state.is_operation();
    remove(store, records, &mark, (app, media), is_accounted)
        .await
        .map(drop)
}

/// Returns whether the mark was removed.
async fn remove(
    store: &dyn ObjectStore,
    records: &Records,
    mark: &Key,
    (app, media): (&AppId, &MediaId),
    is_accounted: impl Fn(&MediaRecord) -> bool,
) -> Result<bool, Error> {
    let Some(seen) = mark::seen(store, mark).await? else {
        return Ok(false);
    };
    let key = Key::Media(app.clone(), media.clone());
    let record = records.load::<MediaRecord>(&key).await?;
    if record.is_some_and(|record| is_accounted(&record.value)) {
        return Ok(false);
    }
    match store.delete(&mark.location(), &seen).await {
        Ok(()) => Ok(true),
        Err(StoreError::Changed) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
