//! Marks in the database by which failed and suspended media are found. A mark has no meaning without its record.
//!
//! A mark is written before the record and removed after it, so a stale mark may remain for a while (see
//! [`crate::stages::stale`]) but none is ever missing. A mark is removed only in the version that was seen before the
//! record was changed, so a mark that is written meanwhile is kept.

use serde::Serialize;

use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::{Condition, ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;

/// The number of tries to write a mark that others write at the same time.
const TRIES: u32 = 4;

/// Writes a mark, replacing an older one.
///
/// # Errors
/// [`Error::Store`], and [`Error::Contended`] if others wrote the mark at every try.
pub async fn put(
    store: &dyn ObjectStore,
    key: &Key,
    says: &(impl Serialize + Sync),
) -> Result<(), Error> {
    let location = key.location();
    for _ in 0..TRIES {
        let there = seen(store, key).await?;
        let written = json::replace(store, &location, says, there.as_ref());
        if written.await?.is_some() {
            return Ok(());
        }
    }
    Err(Error::Contended { attempts: TRIES })
}

/// Writes a mark that says the same whoever writes it. One that is there stays.
///
/// # Errors
/// [`Error::Store`], and [`Error::Contended`] if others were writing the mark at every try.
pub async fn put_once(
    store: &dyn ObjectStore,
    key: &Key,
    says: &(impl Serialize + Sync),
) -> Result<(), Error> {
    for _ in 0..TRIES {
        match json::put(store, &key.location(), says, Condition::Absent).await {
            Ok(_) | Err(StoreError::Changed) => return Ok(()),
            // Another write is under way, and may yet fail.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::Contended { attempts: TRIES })
}

/// Returns the current version of a mark, if there is one.
///
/// # Errors
/// [`Error::Store`]
pub async fn seen(store: &dyn ObjectStore, key: &Key) -> Result<Option<ETag>, Error> {
    Ok(store.head(&key.location()).await?.map(|info| info.etag))
}

/// Removes a mark if it is still the version that was seen. A failure is only logged, because a stale mark does no
/// harm.
pub async fn remove(store: &dyn ObjectStore, key: &Key, seen: Option<&ETag>) {
    let Some(etag) = seen else { return };
    match store.delete(&key.location(), etag).await {
        Ok(()) | Err(StoreError::Changed) => {}
        Err(error) => {
            tracing::warn!(key = %key, cause = %error, "a stale mark could not be removed")
        }
    }
}

/// Removes a mark, if there is one. Unlike with [`remove`], a failure is an error, for callers who rely on it that the mark
/// is gone.
///
/// # Errors
/// [`Error::Store`]
pub async fn clear(store: &dyn ObjectStore, key: &Key) -> Result<(), Error> {
    let Some(seen) = seen(store, key).await? else {
        return Ok(());
    };
    match store.delete(&key.location(), &seen).await {
        Ok(()) | Err(StoreError::Changed) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
